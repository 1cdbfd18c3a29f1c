"""The site catalogue: what is taken, and how a wrong entry is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.config.plain import plain
from launcher.config.site import Site, load_site, parse_catalogue, with_remote
from launcher.config.toml_document import MOST_BYTES
from launcher.errors import BadUsage

EXAMPLE = Path(__file__).parents[3] / "resources" / "site.example.toml"
HOME = '[home]\nuri = "s3://lab-home/{user_hash}/"\n'


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "site.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def site_of(tmp_path: Path, text: str) -> Site:
    return load_site(written(tmp_path, text)).site


def complaint(tmp_path: Path, text: str | bytes) -> str:
    path = written(tmp_path, text)
    with pytest.raises(BadUsage) as caught:
        load_site(path)
    assert caught.value.exit_code == 2 and str(path) in str(caught.value)
    return str(caught.value)


def test_the_example_for_admins_is_a_sound_catalogue() -> None:
    site = load_site(EXAMPLE).site
    assert [bucket.access for bucket in site.bucket] == ["read-only", "writable"]
    assert site.session.max_minutes == 960 and site.save.exclude == ("*.tmp", "~$*")


def test_a_catalogue_needs_no_more_than_a_home(tmp_path: Path) -> None:
    site = site_of(tmp_path, HOME)
    assert (site.schema_version, site.s3.strict, site.s3.endpoint_url, site.bucket) == (1, True, "", ())
    assert (site.save.keep_days, site.save.quota_gb, site.session.max_minutes) == (30, 0, 0)


def test_every_entry_of_the_contract_is_taken(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        """\
schema = 1
title = "Behaviour core"
[s3]
endpoint_url = "http://127.0.0.1:8333"
region = "us-west-2"
profile = "appstream_machine_role"
ca_bundle = "/etc/ca.pem"
strict = false
credentials_file = 'C:\\site\\credentials'
[catalogue]
uri = "s3://lab-site/site.toml"
[home]
uri = "s3://lab-pose-home/{access_mode}/{user_hash}"
[broker]
url = "https://broker.example.org/session"
[[bucket]]
name = "Open field"
uri = "s3://lab-data/openfield"
mount = "/mnt/openfield"
[[bucket]]
name = "All"
uri = "s3://lab-data"
access = "writable"
[session]
max_minutes = 960
disconnect_minutes = 120
idle_minutes = 0
[scratch]
dir = "D:/pose"
[save]
exclude = ["*.tmp"]
keep_days = 7
quota_gb = 50
""",
    )
    assert site.home.uri == "s3://lab-pose-home/{access_mode}/{user_hash}/"
    assert [(one.uri, one.access, one.mount) for one in site.bucket] == [
        ("s3://lab-data/openfield/", "read-only", "/mnt/openfield"),
        ("s3://lab-data/", "writable", ""),
    ]
    assert (site.s3.strict, site.s3.credentials_file) == (False, "C:\\site\\credentials")
    assert (site.scratch.dir, site.save.quota_gb, site.catalogue.uri) == ("D:/pose", 50, "s3://lab-site/site.toml")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HOME + '[[bucket]]\nname = "a"\nuri = "s3://lab/"\nacces = "read-only"\n', 6, 'did you mean "access"?'),
        (HOME + "[sesion]\n", 3, '"sesion" is not known (did you mean "session"?'),
        (HOME + '[s3]\nprofile = "lab\\n"\n', 4, "[s3] profile"),
        (HOME + "[s3]\nendpoint = 1\n", 4, 'did you mean "endpoint_url"?'),
        (
            HOME + "[s3]\nxyzzy = 1\n",
            4,
            "allowed: endpoint_url, region, profile, ca_bundle, strict, patience_seconds, credentials_file",
        ),
        (HOME + "[s3]\nsecret_key = 'hunter2'\n", 4, '[s3] "secret_key" is not known'),
        ("[home]\nurl = 's3://lab/{user}/'\n", 2, 'did you mean "uri"?'),
        ("title = 'x'\n[home]\n", 2, "[home] uri is missing"),
        (HOME + "[[bucket]]\nname = 'x'\n", 3, "[[bucket]] uri is missing (s3://bucket/prefix/"),
        (HOME + "[bucket]\nname = 'x'\n", 3, "in double brackets"),
        ("schema = 2\n" + HOME, 1, "schema is 2; allowed is 1; a newer catalogue needs a newer launcher"),
        ("schema = true\n" + HOME, 1, "schema is true"),
        ("title = 5\n" + HOME, 1, "title is 5; allowed is one line of text"),
        ("title = 'a\x1b'\n" + HOME, 1, "not TOML"),
        ('title = "a\\u001b[31m"\n' + HOME, 1, 'title is "a\\u001b[31m"'),
        (HOME + "[session]\nmax_minutes = '960'\n", 4, 'max_minutes is "960"; allowed is a whole number'),
        (HOME + "[session]\nmax_minutes = true\n", 4, "max_minutes is true"),
        (HOME + "[session]\nmax_minutes = 1.5\n", 4, "max_minutes is 1.5"),
        (HOME + "[session]\nmax_minutes = -1\n", 4, "from 0 (not known) to 7200"),
        (HOME + "[session]\nmax_minutes = 7201\n", 4, "max_minutes is 7201"),
        (HOME + "[save]\nkeep_days = 0\n", 4, "from 1 to 3650"),
        (HOME + "[save]\nexclude = '*.tmp'\n", 4, "a list of at most 500 file patterns"),
        (HOME + "[save]\nexclude = [\n  'a',\n  '',\n]\n", 6, '[save] exclude is ""'),
        (HOME + "[s3]\nstrict = 'no'\n", 4, 'strict is "no"; allowed is true or false'),
        (HOME + "[s3]\nprofile = 'a b'\n", 4, "the name of a profile"),
        (HOME + "[s3]\nregion = 'US West'\n", 4, "region"),
        (HOME + "[s3]\nca_bundle = 'ca.pem'\n", 4, "the full path"),
        (HOME + "[scratch]\ndir = '../x'\n", 4, "the full path of a folder"),
        (HOME + "[catalogue]\nuri = 's3://lab-site/'\n", 4, "s3://bucket/key of one object"),
        (HOME + "[[bucket]]\nname = ''\nuri = 's3://lab/'\n", 4, "a name for people"),
        (HOME + "[[bucket]]\nname = 'a'\nuri = 's3://lab/'\nmount = '/'\n", 6, "below the root"),
        (HOME + "[[bucket]]\nname = 'a'\nuri = 's3://lab/'\nmount = '/data/../etc'\n", 6, 'no ".." part'),
        (HOME + "[[bucket]]\nname = 'a'\nuri = 's3://lab/'\nmount = 'C:\\data\\..'\n", 6, 'no ".." part'),
        (HOME + "[[bucket]]\nname = 'a'\nuri = 's3://lab/'\naccess = 'rw'\n", 6, '"read-only" or "writable"'),
        (HOME + "s3 = 5\n", 3, '[home] "s3" is not known'),
        ("s3 = 5\n" + HOME, 1, "s3 is 5; allowed is a table [s3]"),
        (HOME + "title = [\n", 3, "not TOML"),
        ("title = \n" + HOME, 1, "not TOML: Invalid value"),
        ("title = 'a'\ntitle = 'b'\n" + HOME, 2, "not TOML: Cannot overwrite a value"),
        (HOME + "[s3]\n[s3]\n", 4, "not TOML"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_line_and_what_is_allowed(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    said = complaint(tmp_path, text)
    assert f"site.toml line {line}: " in said and words in said
    assert "hunter2" not in said and "\x1b" not in said


def test_a_missing_home_is_told_without_a_line(tmp_path: Path) -> None:
    assert "site.toml: the table [home] is missing" in complaint(tmp_path, "schema = 1\n")


def test_several_wrong_entries_are_told_in_the_order_of_their_lines(tmp_path: Path) -> None:
    said = complaint(tmp_path, "[home]\nuri = 5\n[s3]\nstrict = 1\nregon = 'x'\n[save]\nkeep_days = 0\n")
    lines = [said.index(f"line {line}: ") for line in (2, 4, 5, 7)]
    assert lines == sorted(lines) and said.count("site.toml") == 1


def test_a_long_list_of_mistakes_is_cut_short(tmp_path: Path) -> None:
    said = complaint(tmp_path, HOME + "".join(f"key{number} = 1\n" for number in range(9)))
    assert "and 4 more" in said and len(said) < 1000


@pytest.mark.parametrize("key", ["name", "uri"])
def test_two_buckets_of_one_name_or_place_are_refused(tmp_path: Path, key: str) -> None:
    second = {"name": 'name = "a"\nuri = "s3://lab/y"', "uri": 'name = "b"\nuri = "s3://lab/x/"'}[key]
    said = complaint(tmp_path, f'{HOME}[[bucket]]\nname = "a"\nuri = "s3://lab/x"\n[[bucket]]\n{second}\n')
    assert f"line {7 if key == 'name' else 8}: [[bucket]] {key}" in said and "twice" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"title = '\xff'\n", "line 1: this is not UTF-8"),
        (b"#\n#\n\xe4", "line 3: this is not UTF-8"),
        (b"#\n" * (MOST_BYTES // 2 + 1), "larger than 1 MB"),
        (b"a = " + b"[" * 3_900, "nested too deeply"),
        (b"\n" + b"a." * 2_000 + b"a = 1", "line 2: this line is longer than 4000"),
        (b"a." * 1_900 + b"a = 1", '"a" is not known'),
        (b"", "[home] is missing"),
        (b"\x00", "not TOML"),
    ],
    ids=["latin-1", "third-line", "huge", "nested", "long-line", "dots", "empty", "zero"],
)
def test_a_file_that_is_no_catalogue_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in complaint(tmp_path, content)


def test_what_is_not_there_or_is_no_file_is_told_apart_from_a_wrong_one(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="cannot be read"):
        load_site(tmp_path / "nothing.toml")
    with pytest.raises(BadUsage, match="it is not a file"):
        load_site(tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "site.toml")
    with pytest.raises(BadUsage, match="it is not a file"):
        load_site(tmp_path / "site.toml")


def test_a_file_from_a_windows_editor_is_read(tmp_path: Path) -> None:
    loaded = load_site(written(tmp_path, b"\xef\xbb\xbf" + HOME.replace("\n", "\r\n").encode()))
    assert loaded.source(("home", "uri")) == "site.toml line 2"


ALLOWED_ADDRESSES = [
    "https://s3.example.org",
    "https://s3.example.org:9000/",
    "HTTPS://s3.example.org",
    "http://127.0.0.1:8333",
    "http://127.8.9.1",
    "http://[::1]:8333",
    "http://localhost:1",
]
REFUSED_ADDRESSES = [
    "http://s3.example.org",
    "http://127.0.0.1.example.org",
    "http://localhost.example.org",
    "http://0.0.0.0:1",
    "http://127.1",
    "http://2130706433",
    "http://[::ffff:127.0.0.1]",
    "http://[::]",
    "http://10.0.0.1",
    "http://localhost@example.org",
    "https://user:hunter2@example.org",
    "https://example.org/?token=hunter2",
    "https://example.org?",
    "https://example.org/#x",
    "https://",
    "https:/example.org",
    "//127.0.0.1",
    "s3.example.org",
    "ftp://example.org",
    "file:///x",
    "https://example.org\\@x",
    "https://example.org:99999",
    "https://[::1",
]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("", True), ("https://exa mple.org", False)]
    + [(address, True) for address in ALLOWED_ADDRESSES]
    + [(address, False) for address in REFUSED_ADDRESSES],
)
def test_data_goes_over_https_or_stays_on_this_computer(tmp_path: Path, address: str, allowed: bool) -> None:
    text = f"{HOME}[s3]\nendpoint_url = '{address}'\n"
    if allowed:
        assert site_of(tmp_path, text).s3.endpoint_url == address.rstrip("/")
    else:
        said = complaint(tmp_path, text)
        assert "line 4: [s3] endpoint_url is" in said and "on this computer only" in said and "hunter2" not in said


REFUSED_PREFIXES = [
    "lab-data/openfield",
    "s3:/lab-data",
    "s3://",
    "s3:///x",
    "s3://Lab/x",
    "s3://la/x",
    "s3://lab_data/x",
    "s3://a..b/x",
    "s3://-lab/x",
    "s3://lab-/x",
    "s3://192.168.0.1/x",
    "s3://xn--lab/x",
    "s3://lab//x",
    "s3://lab/a//b",
    "s3://lab/../x",
    "s3://lab/./x",
    "s3://lab/x//",
    "https://lab/x",
    "S3://lab/x",
]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://lab-data/openfield/", "s3://lab-data/openfield/"),
        ("s3://lab-data/openfield", "s3://lab-data/openfield/"),
        ("s3://lab-data", "s3://lab-data/"),
        ("s3://lab-data/", "s3://lab-data/"),
        ("s3://a.b-1/ü x/#1", "s3://a.b-1/ü x/#1/"),
        ("s3://" + "a" * 64, None),
        ("s3://lab/" + "k" * 1025, None),
    ]
    + [(uri, None) for uri in REFUSED_PREFIXES],
)
def test_a_bucket_is_named_by_its_uri(tmp_path: Path, uri: str, expected: str | None) -> None:
    text = f"{HOME}[[bucket]]\nname = 'a'\nuri = '{uri}'\n"
    if expected:
        assert site_of(tmp_path, text).bucket[0].uri == expected
    else:
        assert "line 5: [[bucket]] uri is" in complaint(tmp_path, text)


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("s3://home/{access_mode}/{user_hash}/", True),
        ("s3://home/{user}", True),
        ("s3://home", True),
        ("s3://home/{username}/", False),
        ("s3://home/{user.__class__}/", False),
        ("s3://home/{user[0]}/", False),
        ("s3://home/{user!r}/", False),
        ("s3://home/{user:>9}/", False),
        ("s3://home/{}/", False),
        ("s3://home/{user/", False),
        ("s3://home/user}/", False),
        ("s3://{user}/x/", False),
        ("", False),
    ],
)
def test_a_home_names_the_person_in_known_words_only(tmp_path: Path, uri: str, allowed: bool) -> None:
    text = f"[home]\nuri = '{uri}'\n"
    if allowed:
        assert site_of(tmp_path, text).home.uri == uri.rstrip("/") + "/"
    else:
        assert "line 2: [home] uri is" in complaint(tmp_path, text)


def test_a_catalogue_in_s3_gives_buckets_and_nothing_else() -> None:
    remote = parse_catalogue(
        """\
schema = 1
title = "Other"
[[bucket]]
name = "New"
uri = "s3://lab-new"
[s3]
endpoint_url = "https://evil.example.org"
credentials_file = "relative is not even looked at"
""",
        "s3://lab-site/site.toml",
    )
    assert [(one.name, one.uri) for one in remote.buckets] == [("New", "s3://lab-new/")]
    assert remote.notices == (
        's3://lab-site/site.toml line 2: "title" is ignored; only [[bucket]] is taken from there',
        's3://lab-site/site.toml line 6: "s3" is ignored; only [[bucket]] is taken from there',
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[bucket]]\nname = 'a'\nuri = 'x'\n", "s3://lab-site/site.toml line 3: [[bucket]] uri"),
        ("schema = 2\n", "line 1: schema is 2"),
        ("bucket = 5\n", "line 1: bucket is 5"),
        ("[[", "line 1: this is not TOML"),
    ],
)
def test_a_wrong_entry_in_s3_is_refused_with_its_line_too(text: str, words: str) -> None:
    with pytest.raises(BadUsage) as caught:
        parse_catalogue(text, "s3://lab-site/site.toml")
    assert words in str(caught.value)


def test_remote_buckets_are_added_and_never_replace_the_admins_own(tmp_path: Path) -> None:
    site = site_of(tmp_path, HOME + "[[bucket]]\nname = 'Mine'\nuri = 's3://lab/x'\n")
    remote = parse_catalogue(
        "[[bucket]]\nname = 'Theirs'\nuri = 's3://lab/x/'\naccess = 'writable'\n[[bucket]]\nname = 'B'\nuri = 's3://lab/y'\n"
    )
    assert [(one.name, one.access) for one in with_remote(site, remote).bucket] == [
        ("Mine", "read-only"),
        ("B", "read-only"),
    ]


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    said = ""
    try:
        parse_catalogue(text)
    except BadUsage as refusal:
        said = str(refusal)
    assert plain(said) == said

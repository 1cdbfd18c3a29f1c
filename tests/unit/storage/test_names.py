"""What can be a file: the same answer on both systems, and every refusal in words."""

from __future__ import annotations

import time
from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.errors import NamesRefused
from launcher.storage.names import (
    is_folder_marker,
    leading_out,
    local_path,
    project_id,
    refusal,
    refusal_here,
    refusals,
    safe_name,
)

ROOTS: list[PurePath] = [
    PurePosixPath("/scratch/pose"),
    PureWindowsPath("D:\\pose"),
    PureWindowsPath("\\\\host\\share\\p"),
]

ACCEPTED = [
    "config.yaml",
    "labeled-data/m4s1/img0000.png",
    "a b/c d.txt",
    " leading space",
    ".hidden",
    "...x",
    "a..b",
    "-rf",
    "~",
    "~user",
    "videos/m3v1mp4.mp4",
    "mäuse/übung.slp",
    "実験/録画.mp4",
    "e\u0301",
    "\U0001f42d.slp",
    "console.txt",
    "com10",
    "lpt",
    "nulled",
    "sub/.pose-launcher/x",
    ".pose-launcher.txt",
    "x.partial",
    "x.partial-zz",
    "a.partial-1f.txt",
    "(conflict of interest).txt",
    "d/a (conflict 2026-01-31 1405 ann-1f2e).csv",
    "%41",
    "a&b;c'd`e$f",
    "a" * 240,
    "x/" + "é" * 127,
    "COM",
    "AUXILIARY",
    "conin",
    "a#b",
    "=cmd",
    "@SUM(1)",
    "\u2028",
]

REFUSED = [
    ("", "no name"),
    ("/etc/passwd", 'starts with "/"'),
    ("../up", '".."'),
    ("a/../../b", '".."'),
    ("..", '".."'),
    (".", '"."'),
    ("./a", '"."'),
    ("a/.", '"."'),
    ("a//b", "empty part"),
    ("a/", "empty part"),
    ("//host/share/x", 'starts with "/"'),
    ("..\\up", "backslash"),
    ("a\\b", "backslash"),
    ("C:/x", "drive"),
    ("c:x", "drive"),
    ("file.txt:stream", "hidden stream"),
    ("dir/a::$DATA", "hidden stream"),
    ("a\x00b", "control"),
    ("a\nb", "control"),
    ("\x1b[31mred", "control"),
    ("a\x7f", "control"),
    ("a\x85b", "control"),
    ("a\x9bb", "control"),
    ("gpj\u202eexe.png", "turns text around"),
    ("a\u2066b", "turns text around"),
    ("\u200fx", "turns text around"),
    ("CON", '"CON"'),
    ("con", "device"),
    ("a/NUL.txt", "device"),
    ("aux.tar.gz", "device"),
    ("prn /x", "ends with a dot or a space"),
    ("prn .x", "device"),
    ("COM1", "device"),
    ("com9.log", "device"),
    ("COM\u00b9", "device"),
    ("lpt\u00b2.txt", "device"),
    ("LPT\u00b3/x", "device"),
    ("CONIN$", "device"),
    ("conout$.txt", "device"),
    ("a/Nul/b", "device"),
    ("a.", "ends with a dot"),
    ("a ", "space"),
    ("dir./x", "ends with a dot"),
    ("dir /x", "space"),
    ("a. .", "dot"),
    ("...", "dot"),
    ("a<b", "< >"),
    ("a>b", "< >"),
    ('a"b', "< >"),
    ("a|b", "< >"),
    ("what?", "< >"),
    ("*.png", "< >"),
    ("x" * 256, "longer than 255 bytes"),
    ("é" * 128, "longer than 255 bytes"),
    ("\U0001f42d" * 64, "longer than 255 bytes"),
    ("/".join(["abcdefgh"] * 27), "longer than 240"),
    ("a/" + "b" * 239, "longer than 240"),
    ("k" * 1024, "longer than 255"),
    ("a\ud800b", "Unicode"),
    ("\udc80", "Unicode"),
    (".pose-launcher", "keeps for itself"),
    (".pose-launcher/schema", "keeps for itself"),
    (".Pose-Launcher/x", "keeps for itself"),
    (".pose-launcher-unfinished", "keeps for itself"),
    ("a/x.mp4.partial-0f3a", "keeps for itself"),
    ("x.PARTIAL-ABCD", "keeps for itself"),
    ("x.partial-12/y", "keeps for itself"),
]


@pytest.mark.parametrize("key", ACCEPTED)
def test_ordinary_names_are_files_under_both_systems(key: str) -> None:
    assert refusal(key) is None
    for root in ROOTS:
        assert local_path(root, key).relative_to(root).as_posix() == key


@pytest.mark.parametrize(("key", "words"), REFUSED)
def test_a_name_that_cannot_be_a_file_is_refused_in_words(key: str, words: str) -> None:
    reason = refusal(key)
    assert reason is not None and words in reason
    for root in ROOTS:
        with pytest.raises(NamesRefused):
            local_path(root, key)


@pytest.mark.parametrize(
    ("key", "marker"), [("a/", True), ("a/b/", True), ("/", True), ("a", False), ("", False), ("a/b", False)]
)
def test_folder_markers_are_told_by_their_last_character(key: str, marker: bool) -> None:
    assert is_folder_marker(key) is marker


CLASHES = [
    (["A.txt", "a.txt", "b.txt"], {"A.txt": '"a.txt"', "a.txt": '"A.txt"'}),
    (["caf\u00e9", "cafe\u0301"], {"caf\u00e9": "cafe\u0301", "cafe\u0301": "caf\u00e9"}),
    (["STRASSE", "straße"], {"STRASSE": "straße", "straße": "STRASSE"}),
    (["d/X", "d/x", "d/Y"], {"d/X": '"d/x"', "d/x": '"d/X"'}),
    (["file", "file/x"], {"file": '"file/"'}),
    (["File", "file/deep/x"], {"File": '"file/"'}),
    (["a/b", "a/b/c/d", "a/c"], {"a/b": '"a/b/"'}),
    (["Lab/one", "lab/two", "other/three"], {"Lab/one": '"lab/"', "lab/two": '"Lab/"'}),
    (["Lab/x/one", "lab/y/two", "three"], {"Lab/x/one": '"lab/"', "lab/y/two": '"Lab/"'}),
    (["x", "x/../y"], {"x/../y": '".."'}),
    (["x", "x/CON"], {"x/CON": "device"}),
    (["a", "a"], {}),
    (["ab/c", "abc", "ab-c/d"], {}),
    ([], {}),
]


@pytest.mark.parametrize(("keys", "expected"), CLASHES)
def test_keys_that_clash_are_refused_and_name_each_other(keys: list[str], expected: dict[str, str]) -> None:
    for order in (keys, keys[::-1]):
        found = refusals(order)
        assert found.keys() == expected.keys()
        assert all(words in found[key] for key, words in expected.items())


def test_three_twins_are_all_refused() -> None:
    assert refusals(["ABC", "Abc", "abc", "abd"]).keys() == {"ABC", "Abc", "abc"}


#: Pieces that meet in hostile and in ordinary keys; plain random text is refused nearly always and would prove little.
PIECES = st.sampled_from(
    [
        "a",
        "Z",
        "img",
        ".",
        "..",
        " ",
        "-",
        "~",
        "é",
        "e\u0301",
        "\U0001f42d",
        "con",
        "NUL",
        "com1",
        "c:",
        "\\",
        ":",
        "$",
        "%",
        ".txt",
        "\u202e",
        "\n",
        "\x00",
        ".partial-",
        "0f",
        "\ud800",
        "\u2028",
        "\u00a0",
        "\u3000",
        "/",
        "/",
        "/",
    ]
)
KEYS = st.one_of(
    st.lists(PIECES, max_size=12).map("".join), st.text(max_size=30), st.text(alphabet="ab./ ~-", max_size=12)
)


@given(KEYS)
def test_an_accepted_key_stays_below_the_root_and_comes_back_byte_for_byte(key: str) -> None:
    accepted = refusal(key) is None
    for root in ROOTS:
        if not accepted:
            with pytest.raises(NamesRefused):
                local_path(root, key)
            continue
        path = local_path(root, key)
        assert path.is_relative_to(root) and path != root
        assert path.relative_to(root).as_posix().encode() == key.encode()
        assert list(path.relative_to(root).parts) == key.split("/")
        assert not {"", ".", ".."} & set(path.relative_to(root).parts)
    if accepted:
        assert not PureWindowsPath(key).is_reserved() and not PureWindowsPath(key).drive


@given(st.lists(st.text(alphabet="aAbBé/", min_size=1, max_size=6), max_size=8))
def test_what_is_left_after_refusals_can_lie_side_by_side_without_letter_case(keys: list[str]) -> None:
    left = set(keys) - refusals(keys).keys()
    files = {key.casefold() for key in left}
    folders = {key.rpartition("/")[0] for key in left}
    assert len(files) == len(left)
    assert len({folder.casefold() for folder in folders}) == len(folders)
    assert not any(key.startswith(f"{other}/") for key in files for other in files)


def test_a_hundred_thousand_keys_are_judged_quickly() -> None:
    keys = [f"labeled-data/m{i % 200}/ünit {i % 7}/img{i:05d}.png" for i in range(100_000)]
    started = time.process_time()
    assert refusals(keys) == {}
    # The aim is 1.5 s; a wide margin, since this shall only catch work that grows faster than the listing.
    assert time.process_time() - started < 15


NAMES = [
    ("openfield-Pranav-2018-10-30", "openfield-Pranav-2018-10-30"),
    ("fly pair", "fly-pair"),
    ("../../etc", "etc"),
    ("", "project"),
    ("...", "project"),
    ("--x", "x"),
    (".hidden", "hidden"),
    ("a/b\\c:d", "a-b-c-d"),
    ("CON", "project-CON"),
    ("nul.txt", "project-nul.txt"),
    ("con.", "project-con"),
    ("Mäuse", "M-use"),
    ("実験", "project"),
    ("a" * 60, "a" * 40),
    ("a" * 39 + ".b", "a" * 39),
    ("x.partial", "x-partial"),
    ("$(reboot)", "reboot-"),
    ("a\x1b[0m", "a--0m"),
    ("COM\u00b9", "COM-"),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_a_safe_name_is_short_plain_and_never_special(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join)), st.text(max_size=20))
def test_a_project_id_can_always_be_a_folder(name: str, uri: str) -> None:
    assert refusal(safe_name(name)) is None and refusal(project_id(name, uri)) is None
    assert 1 <= len(safe_name(name)) <= 40 and safe_name(name).isascii()


def test_projects_of_one_name_get_different_ids() -> None:
    first, second = (project_id("Open field", f"s3://lab/{folder}/config.yaml") for folder in ("2018", "2019"))
    assert first == "Open-field-" + first[-8:] and first != second
    assert project_id("minimal", "s3://b/k") == "minimal-a65db92a"


@pytest.mark.parametrize(
    "path", ["../x", "/tmp/x", "a/../../x", "a\\..\\x", "a//x", "./x", "a/", "a\0", ".pose-launcher/x"]
)
def test_what_leads_out_of_a_folder_is_found_among_others(path: str) -> None:
    assert leading_out(["a/b.txt", path]) == path


def test_names_that_only_one_system_takes_lead_nowhere_and_come_back_only_there() -> None:
    odd = ["10:30.txt", "aux.txt", "a\nb", "trail.", "C:x", "..a", "a..", "sub/.pose-launcher/x"]
    assert leading_out(odd) is None
    assert all(refusal_here(path, "nt") for path in odd if path not in ("..a", "sub/.pose-launcher/x"))
    assert not any(refusal_here(path, "posix") for path in odd)

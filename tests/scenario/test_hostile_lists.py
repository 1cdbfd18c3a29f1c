"""Somebody puts something else in the place of one of our lists in the home bucket: work is saved all the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from launcher.journal import manifest
from launcher.saving.session_file import LARGEST
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import LABELS, bring, in_home, project_id, save, small_project

PROJECT = small_project(2)
MORE = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"
DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.fixture
def folder(site: Site) -> Path:
    """Saved, and then worked on."""
    folder = bring(site, PROJECT)
    save(site, folder)
    (folder / LABELS).write_bytes(MORE)
    return folder


def replace(site: Site, place: str, data: bytes) -> None:
    """As another client does it."""
    site.s3.put_object(Bucket=site.home_bucket, Key=f"person/.pose-launcher/{place}", Body=data)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\0", DEEP, b'{"schema": 2, "files": [{"path": "../../x"}]}'])
def test_a_damaged_list_of_what_was_saved_does_not_keep_work_here(site: Site, folder: Path, data: bytes) -> None:
    replace(site, f"state/{project_id(folder)}.json", data)
    doubt = site.run("verify", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    assert [row["path"] for row in doubt.json["bad"]] == [f".pose-launcher/state/{project_id(folder)}.json"]
    assert (doubt.code, doubt.json["checked"]) == (4, len(PROJECT) + 1), "the files are compared all the same"
    done = site.run("save", folder, "--json")
    assert (done.code, [row["path"] for row in done.json["saved"]]) == (0, [LABELS]), done.err
    assert in_home(site, folder)[LABELS] == MORE
    proof = site.run("verify", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    assert (proof.code, proof.json["bad"], proof.json["checked"]) == (0, [], len(PROJECT)), proof.err
    kept = site.objects(site.home_bucket, f"person/.pose-launcher/history/{project_id(folder)}/doubtful/")
    assert list(kept.values()) == [data], "what was replaced can be looked at"


@pytest.mark.parametrize("is_verified", [True, False])
def test_one_that_was_deleted_is_written_again_with_what_another_session_had_saved(
    site: Site, folder: Path, is_verified: bool
) -> None:
    where, other = f"{site.home_uri}projects/{project_id(folder)}/", site.another_computer()
    there = Path(other.run("stage", where, "--json").json["dir"])
    for path in ("config.yaml", "notes.txt"):
        (there / path).write_bytes((there / path).read_bytes() + b"# theirs\n" if path in PROJECT else b"theirs")
    save(other, there)
    site.s3.delete_object(Bucket=site.home_bucket, Key=f"person/.pose-launcher/state/{project_id(folder)}.json")
    if is_verified:
        assert site.run("verify", folder).code == 4
    done = site.run("save", folder, "--json")
    assert (done.code, done.json["conflicts"], done.json["failed"]) == (0, [], []), done.err
    proof = site.run("verify", where, "--json")
    assert (proof.code, proof.json["bad"], proof.json["checked"]) == (0, [], len(PROJECT) + 1), proof.err
    assert (other.run("verify", there).code, other.run("save", there).code) == (4, 0)


@pytest.mark.parametrize("source", ["home", "lab"])
def test_nor_does_a_new_computer_forget_what_only_the_deleted_list_named(site: Site, folder: Path, source: str) -> None:
    saved, lab = f"{site.home_uri}projects/{project_id(folder)}/", f"{site.data_uri}reaching/"
    (folder / "notes.txt").write_bytes(b"from here")
    save(site, folder)
    site.s3.delete_object(Bucket=site.home_bucket, Key=f"person/.pose-launcher/state/{project_id(folder)}.json")
    missed = site.run("verify", saved, "--json")
    assert (missed.code, [row["path"] for row in missed.json["bad"]]) == (
        4,
        [f".pose-launcher/state/{project_id(folder)}.json"],
    )
    other = site.another_computer()
    there = Path(other.run("stage", saved if source == "home" else lab, "--json").json["dir"])
    (there / "more.txt").write_bytes(b"from there")
    save(other, there)
    proof = site.run("verify", saved, "--json")
    assert (proof.code, proof.json["bad"], proof.json["checked"]) == (0, [], len(PROJECT) + 2), proof.err
    third = site.another_computer()
    brought = Path(third.run("stage", saved, "--json").json["dir"])
    assert {path for path in [*PROJECT, "notes.txt", "more.txt"] if not (brought / path).is_file()} == set()


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (r'"uri":"s3://[^"]*"', '"uri":"s3:///x"'),
        (r'"etag":"(\\"|[^"])*"', '"etag":"a\\r\\nx-evil: 1"'),
        (r'"etag":"(\\"|[^"])*"', '"etag":"é"'),
        (r'"etag":"(\\"|[^"])*"', '"etag":""'),
    ],
    ids=["no bucket", "lines in an ETag", "an ETag with accents", "no ETag"],
)
def test_what_no_server_says_makes_it_a_damaged_one(site: Site, folder: Path, what: str, instead: str) -> None:
    """It hid every project of the home, and was a mistake of ours in each save: it goes into the heads of requests."""
    save(site, folder)
    key, where = f"state/{project_id(folder)}.json", f"{site.home_uri}projects/{project_id(folder)}/"
    text = site.objects(site.home_bucket, f"person/.pose-launcher/{key}").popitem()[1].decode()
    replace(site, key, re.sub(what, instead, text).encode())
    found = site.run("projects", site.home_uri, "--json")
    assert (found.code, [row["uri"] for row in found.json["projects"]]) == (0, [where]), found.err
    other = site.another_computer()
    there = other.folder / "reaching"
    assert other.run("stage", where, there, "--json").code == 0
    assert {path for path in PROJECT if (there / path).is_file()} == set(PROJECT), "by the newest kept state"
    (there / LABELS).write_bytes(MORE * 2)
    done = other.run("save", there, "--json")
    assert (done.code, [row["path"] for row in done.json["saved"]]) == (0, [LABELS]), done.err
    assert in_home(site, folder)[LABELS] == MORE * 2
    assert site.run("verify", where).code == 0


def test_nor_does_it_on_a_new_computer(site: Site, folder: Path) -> None:
    replace(site, f"state/{project_id(folder)}.json", b"null")
    other = site.another_computer()
    there = other.folder / "reaching"
    assert other.run("stage", f"{site.data_uri}reaching/", there).code == 0
    (there / "notes.txt").write_bytes(b"seen on a new computer")
    done = other.run("save", there, "--json")
    assert (done.code, done.json["conflicts"], done.json["failed"]) == (0, [], []), done.err
    home = in_home(site, folder)
    assert (home["notes.txt"], home[LABELS]) == (b"seen on a new computer", PROJECT[LABELS])


def test_a_new_computer_brings_the_project_by_the_newest_state_that_can_be_read(site: Site, folder: Path) -> None:
    save(site, folder)
    replace(site, f"state/{project_id(folder)}.json", b"null")
    where = f"{site.home_uri}projects/{project_id(folder)}/"
    found = site.run("projects", site.home_uri, "--json")
    assert (found.code, [row["uri"] for row in found.json["projects"]]) == (0, [where]), found.err
    other = site.another_computer()
    there = other.folder / "reaching"
    brought = other.run("stage", where, there, "--json")
    assert brought.code == 0, brought.err
    assert {path for path in PROJECT if (there / path).is_file()} == set(PROJECT), "the video by reference, too"
    (there / "notes.txt").write_bytes(b"seen on a new computer")
    done = other.run("save", there, "--json")
    assert (done.code, done.json["conflicts"], done.json["failed"]) == (0, [], []), done.err
    assert other.run("verify", where).code == 0
    assert site.run("save", folder, "--json").code == 0


@pytest.mark.parametrize("place", ["schema", "conflicts/{project}.json"])
def test_an_object_too_large_to_be_ours_keeps_no_work_here(site: Site, folder: Path, place: str) -> None:
    replace(site, place.format(project=project_id(folder)), b" " * (LARGEST + 1))
    done = site.run("save", folder, "--json")
    assert (done.code, [row["path"] for row in done.json["saved"]]) == (0, [LABELS]), done.err
    listed = site.run("conflicts", "--json")
    assert (listed.code, listed.json["conflicts"]) == (0, []), listed.err


def test_nor_does_one_in_the_place_of_the_list_of_what_is_missing(site: Site, folder: Path) -> None:
    assert site.run("finish", "--deadline", "60").code == 0
    ((key, _),) = site.objects(site.home_bucket, "person/.pose-launcher/sessions/").items()
    replace(site, key.removeprefix("person/.pose-launcher/"), b" " * (LARGEST + 1))
    ended = site.run("finish", "--deadline", "60", "--json")
    assert (ended.code, ended.json["complete"]) == (0, True), ended.err
    (data,) = site.objects(site.home_bucket, "person/.pose-launcher/sessions/").values()
    assert json.loads(data)["state"] == "complete"


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_bomb_in_the_place_of_what_was_saved_is_kept_apart_and_replaced(site: Site, folder: Path) -> None:
    where = f"person/.pose-launcher/state/{project_id(folder)}.json"
    site.s3.put_object(Bucket=site.home_bucket, Key=where, Body=bytes(manifest.LARGEST + 1))
    done = site.run("save", folder, "--json")
    assert (done.code, [row["path"] for row in done.json["saved"]]) == (0, [LABELS]), done.err
    assert site.run("verify", f"{site.home_uri}projects/{project_id(folder)}/").code == 0
    history = f"person/.pose-launcher/history/{project_id(folder)}/doubtful/"
    kept = site.s3.list_objects_v2(Bucket=site.home_bucket, Prefix=history)["Contents"]
    assert [row["Size"] for row in kept] == [manifest.LARGEST + 1]


@pytest.mark.parametrize("path", ["../outside.txt", "{folder}/outside.txt", "notes/../../outside.txt"])
def test_a_state_that_names_a_file_outside_the_project_writes_nothing_there(
    site: Site, folder: Path, path: str
) -> None:
    save(site, folder)
    history = f"person/.pose-launcher/history/{project_id(folder)}/states/"
    first = min(site.objects(site.home_bucket, history))
    state = json.loads(site.objects(site.home_bucket, history)[first])
    labels = {**state["files"][LABELS], "key": state["prefix"] + LABELS}
    state["files"][path.format(folder=folder.parent)] = labels
    site.s3.put_object(Bucket=site.home_bucket, Key=first, Body=json.dumps(state).encode())
    where = f"{site.home_uri}projects/{project_id(folder)}/"
    asked = site.run("restore", where, "--at", state["saved_at"], "--json")
    assert (asked.code, first in asked.err) == (4, True), asked.err
    assert not list(folder.parent.rglob("outside.txt"))
    assert (folder / LABELS).read_bytes() == MORE


def test_a_state_that_names_a_file_with_too_long_a_name_brings_back_the_others(site: Site, folder: Path) -> None:
    save(site, folder)
    history = f"person/.pose-launcher/history/{project_id(folder)}/states/"
    first = min(site.objects(site.home_bucket, history))
    state = json.loads(site.objects(site.home_bucket, history)[first])
    long = "n" * 300
    state["files"] = {long: {**state["files"][LABELS], "key": state["prefix"] + LABELS}, **state["files"]}
    site.s3.put_object(Bucket=site.home_bucket, Key=first, Body=json.dumps(state).encode())
    where = f"{site.home_uri}projects/{project_id(folder)}/"
    done = site.run("restore", where, "--at", state["saved_at"], "--json")
    assert [row["path"] for row in done.json["failed"]] == [long]
    assert "too long" in done.json["failed"][0]["cause"] and "space" not in done.json["failed"][0]["next"]
    assert (done.code, done.json["restored"]) == (6, [LABELS]), done.err
    assert (folder / LABELS).read_bytes() == PROJECT[LABELS]


def test_a_list_of_conflicts_that_is_nested_too_deeply_is_none(site: Site, folder: Path) -> None:
    replace(site, f"conflicts/{project_id(folder)}.json", DEEP)
    done = site.run("conflicts", "--json")
    assert (done.code, done.json["conflicts"]) == (0, []), done.err


def test_half_of_a_character_in_the_list_of_conflicts_keeps_no_work_here(site: Site, folder: Path) -> None:
    theirs = site.another_computer()
    there = Path(theirs.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", "--json").json["dir"])
    (there / LABELS).write_bytes(MORE + b"labeled-data/mouse/img051.png,7.5,2.5\n")
    save(theirs, there)
    replace(site, f"conflicts/{project_id(folder)}.json", b'{"conflicts": [{"copy": "a", "who": "\\ud800"}]}')
    done = site.run("save", folder, "--json")
    assert (done.code, [row["path"] for row in done.json["conflicts"]]) == (3, [LABELS]), done.err
    assert site.run("conflicts", folder, LABELS, "--keep", "both").code == 0


#: As JSON allows them, and no counter of ours can hold them.
BEYOND_NUMBERS = [b"1e999", b"1" + b"0" * 400, b"-1e999", b"NaN"]


@pytest.mark.parametrize("size", BEYOND_NUMBERS)
def test_a_size_that_is_no_size_keeps_no_work_here(site: Site, folder: Path, size: bytes) -> None:
    where = f"person/.pose-launcher/state/{project_id(folder)}.json"
    text = site.objects(site.home_bucket, where)[where]
    first = json.loads(text)["files"]["config.yaml"]["saved"]["size"]
    replace(site, f"state/{project_id(folder)}.json", text.replace(b'"size":%d' % first, b'"size":' + size))
    other = site.another_computer()
    there = Path(other.run("stage", f"{site.data_uri}reaching/", "--json").json["dir"])
    (there / "notes.txt").write_bytes(b"seen on a new computer")
    for at, at_work_on in ((site, folder), (other, there)):
        done = at.run("save", at_work_on, "--json")
        assert (done.code, done.json["failed"]) == (0, []), done.err
    home = in_home(site, folder)
    assert (home["notes.txt"], home[LABELS]) == (b"seen on a new computer", MORE)


@pytest.mark.parametrize(
    "told",
    [
        *({"byte_count": size} for size in BEYOND_NUMBERS),
        {"file_count": b"-5"},
        {"saved_at": b'"soon"'},
        {"saved_at": b'"9999-99-99T00:00:00Z"'},
    ],
)
def test_a_state_that_says_nothing_sensible_is_none_and_the_others_are_shown(
    site: Site, folder: Path, told: dict[str, bytes]
) -> None:
    save(site, folder)
    history = f"person/.pose-launcher/history/{project_id(folder)}/states/"
    states = site.objects(site.home_bucket, history)
    ((name, value),) = told.items()
    doubtful = re.sub(
        rb'"%s": *[^,]+' % name.encode(), b'"%s":%s' % (name.encode(), value), states[min(states)], count=1
    )
    assert doubtful != states[min(states)]
    site.s3.put_object(Bucket=site.home_bucket, Key=f"{history}doubtful.json", Body=doubtful)
    where = f"{site.home_uri}projects/{project_id(folder)}/"
    shown = site.run("restore", where, "--list", "--json")
    assert (shown.code, len(shown.json["states"])) == (0, len(states)), shown.err
    assert site.run("restore", where, "--list").code == 0
    assert site.run("restore", where, "--at", "0001-01-01T00:00:00+05:00").code == 2
    assert site.run("restore", where).code == 0
    assert (folder / LABELS).read_bytes() == PROJECT[LABELS]


@pytest.mark.parametrize("size", BEYOND_NUMBERS)
def test_nor_does_a_session_that_misses_more_bytes_than_there_are(site: Site, folder: Path, size: bytes) -> None:
    row = b'{"project": "%s", "path": "x", "bytes": %s, "cause": "y"}' % (project_id(folder).encode(), size)
    replace(site, "sessions/of-monday.json", b'{"state": "incomplete", "missing_files": 1, "missing": [%s]}' % row)
    for command in (["earlier"], ["status"], ["finish", "--deadline", "60"]):
        assert site.run(*command).code == 0, command
    other = site.another_computer()
    assert other.run("stage", f"{site.home_uri}projects/{project_id(folder)}/").code == 0


@pytest.mark.parametrize("data", [b"no list", b"[]", b"null", b'{"missing": 5}'])
def test_a_damaged_list_of_what_a_session_left_is_no_session(site: Site, folder: Path, data: bytes) -> None:
    replace(site, "sessions/of-monday.json", data)
    shown = site.run("earlier", "--json")
    assert (shown.code, shown.json["sessions"]) == (0, []), shown.err
    assert site.run("earlier", "--seen", "of-monday", "--json").code == 10


def test_a_list_that_may_not_be_read_does_not_hide_the_other_projects(
    site: Site, folder: Path, proxy: FaultProxy
) -> None:
    for path, data in PROJECT.items():
        site.put(f"second/{path}", data)
    other = Path(site.run("stage", f"{site.data_uri}second/", "--json").json["dir"])
    assert site.run("save", other).code == 0
    proxy.rules.append(Rule(Fault.REFUSED, path=f"*/state/{project_id(folder)}.json", method="GET", status=403))
    saved = {f"{site.home_uri}projects/{project_id(one)}/" for one in (folder, other)}
    found = site.run("projects", site.home_uri, "--json")
    assert (found.code, {row["uri"] for row in found.json["projects"]}) == (5, saved), found.err
    assert [row["uri"].endswith(f"state/{project_id(folder)}.json") for row in found.json["problems"]] == [True]
    for one, code in ((folder, 5), (other, 0)):
        brought = site.another_computer()
        brought.write(endpoint=proxy.url)
        staged = brought.run("stage", f"{site.home_uri}projects/{project_id(one)}/", "--json")
        assert staged.code == code, "without its list nobody knows that its video is missing"

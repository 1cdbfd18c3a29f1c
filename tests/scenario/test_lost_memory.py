"""The journal is lost or damaged: the next command goes on without a question, and with no conflict with ourselves."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from launcher.desk.parts import JOURNAL
from launcher.journal import Journal
from launcher.projects.whose import CORNER, MARKER
from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.scenario.killing import at_answer, strike
from tests.scenario.oracle import open_uploads
from tests.scenario.projects import VIDEO, png
from tests.scenario.test_finish import session_file
from tests.scenario.watching import LABELS, PICTURE, bring, in_home, project_id, save, small_project

PROJECT = small_project()
MORE = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"
SAID = "memory of this computer was damaged or lost"


@pytest.fixture
def folder(site: Site) -> Path:
    """Saved, and then worked on."""
    folder = bring(site, PROJECT)
    save(site, folder)
    (folder / LABELS).write_bytes(MORE)
    (folder / VIDEO).touch()
    return folder


def lose_journal(site: Site) -> None:
    for file in site.state.glob("journal.sqlite*"):
        if not file.name.endswith(".json"):
            file.unlink()


def lose_state(site: Site) -> None:
    shutil.rmtree(site.state)


def goes_on(site: Site, folder: Path, *where: Path) -> Any:
    """Save: nothing asked, no conflict, everything proved."""
    done = site.run("save", *where, "--json")
    assert done.code == 0, (done.code, done.err, done.out)
    assert (done.json["conflicts"], done.json["by_reference"]) == ([], [VIDEO])
    home = in_home(site, folder)
    assert home[LABELS] == (folder / LABELS).read_bytes()
    assert set(home) == set(PROJECT) - {VIDEO}, "no copy, and no video that has its place in the data bucket"
    (status,) = site.run("status", "--json").json["projects"]
    assert status["all_saved"]
    proof = site.run("verify", folder, "--json")
    assert (proof.code, proof.json["bad"]) == (0, [])
    return done


def test_without_its_journal_it_knows_the_projects_and_sends_only_what_changed(site: Site, folder: Path) -> None:
    lose_journal(site)
    done = goes_on(site, folder)
    assert [row["path"] for row in done.json["saved"]] == [LABELS]
    assert SAID in done.err


def test_where_projects_lie_is_written_beside_it_again_after_that_was_damaged(site: Site, folder: Path) -> None:
    (beside,) = site.state.glob("journal.sqlite*.json")
    beside.write_bytes(b"damaged")
    assert site.run("status").code == 0
    lose_journal(site)
    done = goes_on(site, folder)
    assert [row["path"] for row in done.json["saved"]] == [LABELS]


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"null", b'{"id": 7}'])
def test_what_a_folder_says_of_itself_is_written_again_after_that_was_damaged(
    site: Site, folder: Path, damage: bytes
) -> None:
    marker = folder / CORNER / MARKER
    said = marker.read_bytes()
    marker.write_bytes(damage)
    save(site, folder)
    assert json.loads(marker.read_bytes())["id"] == json.loads(said)["id"]
    (folder / LABELS).write_bytes(PROJECT[LABELS] + b"labeled-data/mouse/img051.png,7.5,2.5\n")
    lose_journal(site)
    goes_on(site, folder)


def test_a_folder_that_can_say_nothing_of_itself_any_more_is_named_each_time(site: Site, folder: Path) -> None:
    project = project_id(folder)
    for path, data in PROJECT.items():
        site.put(f"another/{path}", data)
    assert site.run("stage", f"{site.data_uri}another/", site.folder / "another").code == 0
    (folder / CORNER / MARKER).write_bytes(b"")
    lose_journal(site)
    for command, code in (("status", 0), ("save", 4), ("save", 4), ("finish", 4)):
        told = site.run(command)
        assert told.code == code, told.err
        assert f"What project lies in {folder} cannot be read" in told.err
        assert "nothing of your work is lost" not in told.err
    (named,) = [row for row in site.run("status", "--json").json["projects"] if row["dir"] == str(folder)]
    assert (named["all_saved"], named["home"]) == (False, f"{site.home_uri}projects/{project}/")
    assert "What project lies in this folder cannot be read any more" in named["problem"]["what"]
    ended = site.run("finish", "--json").json
    assert (ended["complete"], ended["missing_files"]) == (False, 1)
    assert session_file(site)["missing_files"] == 1, "named once, and not once more each time the list is written"
    again = site.run("stage", f"{site.home_uri}projects/{project}/", folder)
    assert (again.code, f"{LABELS}: another file of this name is here" in again.err) == (4, True), again.err
    assert site.run("save").code == 3, "what was saved of it last is not known any more"
    assert MORE in site.objects(site.home_bucket).values()
    assert site.run("finish").code == 0
    assert session_file(site)["state"] == "complete"


@pytest.mark.parametrize(
    "wrong",
    [
        {"staged_at": "DEEP"},
        {"id": ["reaching-0badcafe"]},
        {"id": "../reaching-0badcafe"},
        {"tool_id": [None]},
        {"home": "reaching"},
        {"home": "NO BUCKET"},
        {"tool_id": "nonsense"},
        {"name": "x" * 1_000_000},
        {"marker": "PIPE"},
    ],
    ids=[
        *("too deep", "list for id", "path for id", "list for tool", "odd home", "no bucket", "no tool of ours"),
        *("too long", "a pipe"),
    ],
)
def test_what_is_no_marker_of_ours_keeps_no_other_project_from_being_saved(
    site: Site, folder: Path, wrong: dict[str, Any]
) -> None:
    """Anybody who handed a folder over may have written it; the session ends for everything else as ever."""
    other = site.folder / "another"
    for path, data in PROJECT.items():
        site.put(f"another/{path}", data)
    assert site.run("stage", f"{site.data_uri}another/", other).code == 0
    marker = folder / CORNER / MARKER
    said = json.loads(marker.read_bytes())
    text = json.dumps({**said, **wrong}).replace("NO BUCKET", f"s3:///projects/{said['id']}/")
    marker.write_text(text.replace('"DEEP"', "[" * 50_000 + "]" * 50_000))
    if wrong.get("marker") == "PIPE":  # each command waited for somebody to write into it
        marker.unlink()
        os.mkfifo(marker)
    lose_journal(site)
    for command in ("status", "save", "finish"):
        told = site.run(command, "--json")
        assert told.code == (0 if command == "status" else 4), told.err
        assert f"What project lies in {folder} cannot be read" in told.err
    assert set(in_home(site, other)) >= set(PROJECT) - {VIDEO}
    assert site.run("stage", f"{site.data_uri}reaching/", folder, "--json").code == 4
    assert site.run("save").code == 3, "what was saved of it last is not known any more"
    assert MORE in site.objects(site.home_bucket).values()


def test_without_its_whole_state_the_folder_is_enough(site: Site, folder: Path) -> None:
    lose_state(site)
    done = goes_on(site, folder, folder)
    assert [row["path"] for row in done.json["saved"]] == [LABELS]


def test_whoever_made_it_again_was_killed_before_it_knew_the_projects(site: Site, folder: Path) -> None:
    lose_journal(site)
    Journal(site.state / JOURNAL).close()
    done = goes_on(site, folder)
    assert [row["path"] for row in done.json["saved"]] == [LABELS]
    assert SAID in done.err
    assert SAID not in site.run("status").err


@pytest.mark.parametrize("command", [["save"], ["finish"], ["session", "end"]], ids=" ".join)
@pytest.mark.parametrize("scratch", ["the state dir's", "the site's"])
def test_without_its_whole_state_what_lies_where_projects_are_brought_is_known(
    site: Site, command: list[str], scratch: str
) -> None:
    if scratch == "the site's":
        site.write(extra=f'[scratch]\ndir = "{site.folder}/poses"\n')
    folder = brought_to_scratch(site)
    for entry in site.state.iterdir():
        if entry.name != "scratch":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    done = site.run(*command)
    assert done.code == 0, done.err
    assert SAID in done.err
    assert in_home(site, folder)[LABELS] == MORE
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(folder), True)


def test_but_not_what_another_person_of_this_account_brought_there(site: Site) -> None:
    folder = brought_to_scratch(site)
    marker = folder / CORNER / MARKER
    said = json.loads(marker.read_bytes())
    marker.write_text(json.dumps(said | {"home": said["home"].replace("/person/", "/another/")}))
    for file in site.state.glob("journal.sqlite*"):
        file.unlink()
    done = site.run("status", "--json")
    assert (done.code, done.json["projects"], done.err) == (0, [], "")


def brought_to_scratch(site: Site) -> Path:
    """Saved, and then worked on."""
    for path, data in PROJECT.items():
        site.put(f"reaching/{path}", data)
    brought = site.run("stage", f"{site.data_uri}reaching/", "--json")
    assert brought.code == 0, brought.err
    folder = Path(brought.json["dir"])
    save(site, folder)
    (folder / LABELS).write_bytes(MORE)
    return folder


@pytest.fixture
def proxy(site: Site, cloud: SeaweedFS, folder: Path) -> Iterator[FaultProxy]:
    with FaultProxy(cloud.url) as running:
        site.endpoint = running.url
        site.write()
        yield running


@pytest.mark.parametrize("answer", [6, 12])
def test_killed_and_then_without_a_journal_its_own_writes_are_known(
    site: Site, folder: Path, proxy: FaultProxy, answer: int
) -> None:
    chance = Random(answer)
    for path in sorted(PROJECT):
        if path.endswith(".png"):
            (folder / path).write_bytes(png(chance, 3000))
    assert strike(site, at_answer(proxy, answer), "save", folder)
    (folder / PICTURE).write_bytes(png(chance, 3000))
    lose_journal(site)
    goes_on(site, folder)
    assert in_home(site, folder)[PICTURE] == (folder / PICTURE).read_bytes()
    assert open_uploads(site) == []


def test_what_another_session_saved_meanwhile_is_never_taken_for_ours(site: Site, folder: Path) -> None:
    save(site, folder)
    other = site.another_computer()
    there = other.folder / "reaching"
    brought = other.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", there)
    assert brought.code == 0, brought.err
    theirs = {LABELS: MORE + b"labeled-data/mouse/img051.png,1.5,2.5\n", PICTURE: png(Random(3), 2000)}
    for path, data in theirs.items():
        (there / path).write_bytes(data)
    assert other.run("save", there).code == 0

    ours = MORE + b"labeled-data/mouse/img052.png,3.5,2.5\n"
    (folder / LABELS).write_bytes(ours)
    lose_journal(site)
    done = site.run("save", "--json")
    assert done.code == 3, (done.code, done.err)
    (conflict,) = done.json["conflicts"]
    home = site.objects(site.home_bucket)
    assert conflict["path"] == LABELS
    assert (home[conflict["key"]], home[conflict["copy"]]) == (theirs[LABELS], ours)
    assert in_home(site, folder)[PICTURE] == theirs[PICTURE], "what we did not touch stays theirs"

    lose_journal(site)
    again = site.run("save", "--json")
    assert (again.code, again.json["saved"], again.json["conflicts"]) == (0, [], []), again.err
    assert site.objects(site.home_bucket)[conflict["key"]] == theirs[LABELS]
    assert in_home(site, folder)[PICTURE] == theirs[PICTURE], "our older one is no change of theirs"


def in_the_row_of(text: bytes) -> Callable[[bytes], bytes]:
    """One bit of a text that stands in the file."""

    def flip(data: bytes) -> bytes:
        at = data.rindex(text)
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    return flip


def in_the_structure(data: bytes) -> bytes:
    """One bit of the head of the last page."""
    at = len(data) - 4096
    return data[:at] + bytes([data[at] ^ 8]) + data[at + 1 :]


@pytest.mark.parametrize(
    "flip",
    [in_the_row_of(b'"etag"'), in_the_row_of(b"deeplabcut"), in_the_structure],
    ids=["file", "project", "structure"],
)
def test_a_flipped_bit_is_noticed_said_and_mended(site: Site, folder: Path, flip: Callable[[bytes], bytes]) -> None:
    file = site.state / "journal.sqlite"
    file.write_bytes(flip(file.read_bytes()))
    done = goes_on(site, folder)
    assert SAID in done.err
    assert list(site.state.glob("journal.sqlite.damaged-*"))

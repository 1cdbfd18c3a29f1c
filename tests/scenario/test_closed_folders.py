"""One project's folder lets nobody look into it: it is named, and every other project is saved all the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.other_people import IS_ROOT, PersonsSite, SharedComputer
from tests.scenario.watching import small_project, until

PROJECT = small_project(3)
FRAMES = next(str(Path(path).parent) for path in PROJECT if path.endswith(".png"))
#: What is closed, below the closed project's folder.
CLOSED = {"the folder": ".", "our corner of it": ".pose-launcher", "what it lies in": ".."}


@pytest.fixture
def ann(site: Site) -> Iterator[PersonsSite]:
    with SharedComputer() as computer:
        person = computer.person(site)
        for path, data in PROJECT.items():
            person.put(f"closed/{path}", data)
            person.put(f"open/{path}", data)
        yield person
        for folder in (person.folder / "work", person.folder / "work" / "closed"):
            folder.chmod(0o700)


def at_work(ann: PersonsSite, closed: str) -> tuple[Path, str]:
    """Both projects are brought and saved, and both are worked on; then one is closed. The open one's folder."""
    folder, other = ann.folder / "work" / "closed", ann.folder / "open"
    assert ann.run("stage", f"{ann.data_uri}closed/", folder).code == 0
    assert ann.run("stage", f"{ann.data_uri}open/", other).code == 0
    assert ann.run("save").code == 0
    work_on(ann, folder)
    work_on(ann, other)
    (folder / closed).chmod(0)
    project = json.loads((other / ".pose-launcher" / "project.json").read_bytes())["id"]
    return folder, f"projects/{project}/notes.txt"


def work_on(ann: PersonsSite, folder: Path) -> None:
    (folder / "notes.txt").write_text(f"worked on in {folder.name}")
    if IS_ROOT:
        os.chown(folder / "notes.txt", ann.uid, ann.uid)


def is_saved(ann: PersonsSite, key: str) -> bool:
    return ann.objects(ann.home_bucket, f"person/{key}").get(f"person/{key}") == b"worked on in open"


@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
def test_the_end_of_the_session_saves_the_others(ann: PersonsSite, closed: str) -> None:
    folder, key = at_work(ann, closed)
    seen = ann.run("status", "--json")
    assert seen.code == 0, seen.err
    rows = {row["dir"]: row for row in seen.json["projects"]}
    assert not rows[str(folder)]["all_saved"]
    assert "cannot be read" in rows[str(folder)]["problem"]["what"]
    ended = ann.run("finish", "--deadline", "30", "--json")
    assert ended.code == 4, ended.err
    assert is_saved(ann, key)
    (named,) = [row for one in ended.json["projects"] for row in one["failed"]]
    assert "cannot be read" in named["cause"]


@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
def test_one_click_saves_the_others(ann: PersonsSite, closed: str) -> None:
    _, key = at_work(ann, closed)
    saved = ann.run("save", "--json")
    assert saved.code == 6, saved.err
    assert is_saved(ann, key)
    assert "cannot be read" in saved.json["problems"][0]["what"]


@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
def test_the_saver_goes_on_with_the_others(ann: PersonsSite, closed: str) -> None:
    _, key = at_work(ann, closed)
    saver = ann.start("watch")
    try:
        until(lambda: is_saved(ann, key), 40)
        assert saver.poll() is None
    finally:
        ann.run("finish", "--deadline", "20")
        saver.wait(20)


def test_a_folder_that_the_project_has_left_is_named_where_nobody_can_see_what_is_in_it(ann: PersonsSite) -> None:
    folder = ann.folder / "work" / "closed"
    assert ann.run("stage", f"{ann.data_uri}closed/", folder).code == 0
    assert ann.run("save").code == 0
    assert ann.run("stage", f"{ann.data_uri}closed/", ann.folder / "moved").code == 0
    assert ann.run("save").code == 0
    work_on(ann, folder)
    folder.chmod(0)
    saved = ann.run("save")
    assert (saved.code, str(folder) in saved.err, "may have been worked on" in saved.err) == (4, True, True), saved.err
    assert ann.run("finish", "--deadline", "20").code == 4


@pytest.mark.parametrize("mode", [0o000, 0o100, 0o500, 0o400], ids=oct)
def test_an_earlier_state_comes_back_but_for_what_lies_in_a_closed_folder(ann: PersonsSite, mode: int) -> None:
    folder = ann.folder / "work" / "closed"
    inside = f"{FRAMES}/CollectedData_Ada.csv"
    assert ann.run("stage", f"{ann.data_uri}closed/", folder).code == 0
    was = (folder / inside).read_bytes()
    work_on(ann, folder)
    assert ann.run("save").code == 0
    (folder / "notes.txt").write_text("later")
    (folder / inside).write_bytes(was + b"\n")
    assert ann.run("save").code == 0
    project = json.loads((folder / ".pose-launcher" / "project.json").read_bytes())["id"]
    (folder / FRAMES).chmod(mode)
    try:
        asked = ("restore", f"{ann.home_uri}projects/{project}/", "--json")
        rehearsed, back = ann.run(*asked, "--dry-run"), ann.run(*asked)
    finally:
        (folder / FRAMES).chmod(0o700)
    if not mode & 0o100:  # with that right, what lies there can be seen
        assert rehearsed.code == 6, rehearsed.err
        assert inside in {row["path"] for row in rehearsed.json["failed"]}
    assert back.code in (4, 6), back.err
    stayed = {row["path"]: row["cause"] for row in back.json["failed"]}
    assert inside in stayed
    assert {str(Path(path).parent) for path in stayed} == {FRAMES}
    assert "not let in" in stayed[inside] or "cannot be read" in stayed[inside]
    assert back.json["restored"] == ["notes.txt"]
    assert (folder / "notes.txt").read_text() == "worked on in closed"
    assert (folder / inside).read_bytes() == was + b"\n"


def test_how_the_last_session_ended_is_told_all_the_same(ann: PersonsSite) -> None:
    at_work(ann, CLOSED["what it lies in"])
    ann.run("finish")
    told = ann.run("session", "last", "--json", environ={"AppStream_Session_ID": "the next one"})
    assert told.code == 0, told.err
    assert len(told.json["last"]["projects"]) == 2
    assert all(row["here"] for row in told.json["last"]["projects"]), "nobody can tell that it is not"

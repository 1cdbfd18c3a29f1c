"""Files with names that one system allows and another does not: saved or named, and never taken for another file."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.watching import bring, in_home, project_id, save, small_project


@pytest.fixture
def folder(site: Site) -> Path:
    folder = bring(site, small_project(3))
    save(site, folder)
    return folder


def test_a_name_that_a_server_would_take_for_a_folder_is_named_and_not_sent(site: Site, folder: Path) -> None:
    (folder / r"notes\july.txt").write_bytes(b"with a backslash")
    (folder / "notes").mkdir()
    (folder / "notes" / "july.txt").write_bytes(b"in a folder")
    (folder / os.fsdecode(b"no text \xff.txt")).write_bytes(b"half a letter")
    done = site.run("save", folder, "--json")
    assert done.code == 7, (done.out, done.err)
    assert {row["path"]: row["next"] for row in done.json["failed"]} == {
        r"notes\july.txt": "Rename it, then save again.",
        "no text \ufffd.txt": "Rename it, then save again.",
    }
    assert {path: data for path, data in in_home(site, folder).items() if "july" in path} == {
        "notes/july.txt": b"in a folder"
    }
    (folder / r"notes\july.txt").rename(folder / "notes" / "august.txt")
    (folder / os.fsdecode(b"no text \xff.txt")).unlink()
    done = site.run("save", folder, "--json")
    assert (done.code, in_home(site, folder)["notes/august.txt"]) == (0, b"with a backslash")


def test_a_name_that_cannot_be_brought_back_is_told_when_it_is_saved_and_not_again(site: Site, folder: Path) -> None:
    for name in ("10:30.txt", "aux.txt", "fine.txt"):
        (folder / name).write_bytes(name.encode())
    done = site.run("save", folder, "--json")
    assert (done.code, done.json["failed"]) == (0, [])
    told = {row["path"]: row["cause"] for row in done.json["odd_names"]}
    assert set(told) == {"10:30.txt", "aux.txt"}
    assert "device on Windows" in told["aux.txt"]
    assert {"10:30.txt", "aux.txt", "fine.txt"} <= set(in_home(site, folder))
    elsewhere = site.another_computer()
    brought = elsewhere.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    assert (brought.code, {row["key"] for row in brought.json["skipped"]}) == (7, set(told))
    (folder / "aux.txt").write_bytes(b"changed")
    assert "odd_names" not in site.run("save", folder, "--json").json
    (folder / "con.txt").write_bytes(b"another")
    said = site.run("save", folder)
    assert (said.code, "con.txt: its name has a part" in said.err) == (0, True), said.err


def test_names_that_are_one_elsewhere_are_told_when_the_second_one_is_saved(site: Site, folder: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "café.txt")
    for path in ("Notes.txt", "café.txt", "Drawings/a.txt"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(b"first")
    assert "odd_names" not in site.run("save", folder, "--json").json
    for path in ("notes.txt", decomposed, "drawings/b.txt"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(b"second")
    done = site.run("save", folder, "--json")
    assert (done.code, done.json["failed"]) == (0, [])
    told = {row["path"]: row["cause"] for row in done.json["odd_names"]}
    assert told == {
        "notes.txt": 'its name is the same name as "Notes.txt" on some systems',
        decomposed: 'its name is the same name as "café.txt" on some systems',
        "drawings/b.txt": 'its name lies in "drawings/", the same folder as "Drawings/" on some systems',
    }
    brought = site.another_computer().run("stage", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    assert brought.code == 7
    assert {row["key"] for row in brought.json["skipped"]} >= set(told), "just these are what stage refuses"


def test_verify_finds_no_fault_in_a_conflict_copy_or_in_a_file_that_became_a_folder(site: Site, folder: Path) -> None:
    (folder / "plan").write_bytes(b"a file")
    save(site, folder)
    elsewhere = site.another_computer()
    brought = elsewhere.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", "--json")
    assert brought.code == 0, brought.err
    (folder / "notes.txt").write_bytes(b"here")
    other = Path(brought.json["dir"])
    (other / "notes.txt").write_bytes(b"there")
    assert elsewhere.run("save", other).code == 0
    (folder / "plan").unlink()
    (folder / "plan").mkdir()
    (folder / "plan" / "of-day.txt").write_bytes(b"in the folder that was a file")
    assert site.run("save", folder).code in (3, 4)
    done = site.run("verify", folder, "--json")
    assert [row for row in done.json["bad"] if row["path"] in ("notes.txt", "plan")] == [], done.json["bad"]


def test_a_folder_of_the_launchers_own_name_is_told_and_touches_nothing(site: Site) -> None:
    """As whoever copies a project's folder by hand leaves it in the lab's bucket."""
    for path, data in small_project(3).items():
        site.put(f"mouse/{path}", data)
    for key in (".pose-launcher/project.json", ".Pose-Launcher/project.json"):
        site.put(f"mouse/{key}", b"theirs")
    site.put("mouse/notes/.pose-launcher/a.txt", b"deeper it is a name like others")
    staged = site.run("stage", f"{site.data_uri}mouse/", "--json")
    assert staged.code == 7, staged.err
    assert {row["key"] for row in staged.json["skipped"]} == {
        ".pose-launcher/project.json",
        ".Pose-Launcher/project.json",
    }
    assert all("keeps for itself" in row["reason"] for row in staged.json["skipped"])
    here = Path(staged.json["dir"])
    assert json.loads((here / ".pose-launcher" / "project.json").read_bytes())["id"] == staged.json["project"]
    assert (here / "notes/.pose-launcher/a.txt").is_file()
    assert site.run("save", here).code == 0

"""Ours beside another session's version is saved work: the folder may go, or the project move to another one."""

from __future__ import annotations

import json
import shutil

from tests.conftest import Site
from tests.scenario.test_going_back import NOTES, conflict, home_of
from tests.scenario.watching import project_id


def test_the_project_is_brought_into_another_folder_with_both(site: Site) -> None:
    mine = conflict(site)
    other = mine.with_name("other")
    brought = site.run("stage", home_of(site, mine), other)
    assert brought.code == 0, brought.err
    assert sorted(file.read_bytes() for file in other.glob("notes*")) == [b"mine\n", b"theirs\n"]
    assert (other / NOTES).read_bytes() == b"theirs\n"
    assert site.run("verify", other).code == 0
    assert site.run("conflicts", other, NOTES, "--keep", "theirs").code == 0


def test_nothing_is_missing_when_its_folder_is_gone(site: Site) -> None:
    mine = conflict(site)
    shutil.rmtree(mine)
    done = site.run("finish", "--deadline", "15", "--json")
    assert (done.code, done.json["complete"]) == (0, True), done.out


def test_what_lies_here_under_the_name_of_a_copy_is_not_forgotten_when_the_copy_is_needed_no_more(site: Site) -> None:
    """Both in one save, the one that takes longer last: gone back to theirs, and an older version beside it."""
    mine = conflict(site)
    theirs = bytes(30_000_000)
    first = site.another_computer()
    there = first.folder / "reaching"
    assert first.run("stage", home_of(site, mine), there).code == 0
    (there / NOTES).write_bytes(theirs)
    assert first.run("save", there).code == 0
    (copy,) = [row["copy"] for row in site.run("conflicts", mine, "--json").json["conflicts"]]
    (mine / NOTES).write_bytes(theirs)
    (mine / copy).write_bytes(b"older\n")
    assert site.run("save", mine).code == 3
    listed = json.loads(site.objects(site.home_bucket, "person/.pose-launcher/state/").popitem()[1])["files"]
    prefix = f"person/projects/{project_id(mine)}/"
    stored = {key.removeprefix(prefix): data for key, data in site.objects(site.home_bucket, prefix).items()}
    assert b"older\n" in stored.values()
    assert sorted(listed) == sorted(stored)
    assert site.run("save", mine).code in (0, 3)
    assert site.run("verify", mine).code == 0

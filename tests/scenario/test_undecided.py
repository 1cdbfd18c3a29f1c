"""Ours beside another session's version is saved work: the folder may go, or the project move to another one."""

from __future__ import annotations

import shutil

from tests.conftest import Site
from tests.scenario.test_going_back import NOTES, conflict, home_of


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

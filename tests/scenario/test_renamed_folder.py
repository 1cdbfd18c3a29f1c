"""A person gives a project's folder another name, and works on in it: nobody looked there, and it is saved."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.watching import bring, one_of_home, save, small_project, until, watching

NOTES = "notes.md"
PROJECT = small_project(1) | {NOTES: b"first\n"}
WORK = b"work of today\n"


@pytest.fixture
def folder(site: Site) -> Path:
    folder = bring(site, PROJECT)
    save(site, folder)
    return folder


def renamed(folder: Path) -> Path:
    (folder.parent / "another project").mkdir()
    return folder.rename(folder.with_name("mouse 3, reaching"))


@pytest.mark.parametrize("command", [["save"], ["finish"], ["session", "end"]], ids=" ".join)
def test_what_is_worked_on_there_is_saved(site: Site, folder: Path, command: list[str]) -> None:
    there = renamed(folder)
    (there / NOTES).write_bytes(WORK)
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(there), False)
    done = site.run(*command)
    assert done.code == 0, done.err
    assert one_of_home(site, there, NOTES) == WORK
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(there), True)


def test_a_saver_that_runs_goes_on_there(site: Site, folder: Path) -> None:
    with watching(site):
        until(lambda: (site.state / "saver.json").exists(), 20)
        there = renamed(folder)
        (there / NOTES).write_bytes(WORK)
        until(lambda: one_of_home(site, there, NOTES) == WORK, 45)
        (status,) = site.run("status", there, "--json").json["projects"]
        assert (status["dir"], status["problem"]) == (str(there), None)


def test_a_copy_is_not_taken_for_the_folder_that_is_gone(site: Site, folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("copy of reaching"))
    shutil.rmtree(folder)
    assert site.run("save").code == 0
    assert site.run("status", "--json").json["projects"] == []

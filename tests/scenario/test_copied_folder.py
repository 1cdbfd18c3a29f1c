"""Somebody copied a project's folder; the copy says of itself that it is the project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.watching import bring, one_of_home, save, small_project

NOTES = "notes.md"
PROJECT = small_project(1) | {NOTES: b"first\n"}


@pytest.fixture
def folder(site: Site) -> Path:
    folder = bring(site, PROJECT)
    save(site, folder)
    return folder


@pytest.fixture
def copy(folder: Path) -> Path:
    return Path(shutil.copytree(folder, folder.with_name("copy of reaching")))


@pytest.mark.parametrize("command", ["status", "verify", "save"])
def test_a_look_at_a_copy_does_not_hide_what_is_not_saved(site: Site, folder: Path, copy: Path, command: str) -> None:
    (folder / NOTES).write_bytes(b"work of today\n")
    looked = site.run(command, copy)
    assert looked.code == 2, looked.err
    assert str(folder) in looked.err
    ended = site.run("finish", "--deadline", "20", "--json")
    assert (ended.code, ended.json["complete"]) == (0, True)
    assert one_of_home(site, folder, NOTES) == b"work of today\n"


def test_a_folder_that_was_moved_is_the_project(site: Site, folder: Path) -> None:
    moved = folder.rename(folder.with_name("moved"))
    (moved / NOTES).write_bytes(b"work of today\n")
    save(site, moved)
    assert one_of_home(site, moved, NOTES) == b"work of today\n"


def test_another_way_to_the_folder_is_no_copy(site: Site, folder: Path) -> None:
    way = folder.with_name("way")
    way.symlink_to(folder, target_is_directory=True)
    (folder / NOTES).write_bytes(b"work of today\n")
    save(site, way)
    assert one_of_home(site, folder, NOTES) == b"work of today\n"
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["dir"], status["all_saved"]) == (str(folder), True)

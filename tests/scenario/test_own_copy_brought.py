"""A conflict copy of ours that was also brought here as a file of its own."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.scenario.watching import bring, one_of_home, save, small_project

NOTES = "notes.md"
PROJECT = small_project(1) | {NOTES: b"first\n"}


def listed(site: Site, path: str) -> str:
    (text,) = site.objects(site.home_bucket, "person/.pose-launcher/state/").values()
    return str(json.loads(text)["files"][path]["saved"]["sha256"])


@pytest.fixture
def mine(site: Site) -> Path:
    folder = bring(site, PROJECT)
    save(site, folder)
    return folder


@pytest.fixture
def other(site: Site, mine: Path) -> Site:
    """It has its own version under the file's name, and the copy of it as a file beside."""
    other = site.another_computer()
    there = bring(other, PROJECT)
    (mine / NOTES).write_bytes(b"mine\n")
    save(site, mine)
    (there / NOTES).write_bytes(b"theirs\n")
    home = other.run("save", there, "--json").json["home"]
    assert other.run("stage", home, there).code == 0
    return other


def copy_in(folder: Path) -> str:
    (copy,) = folder.glob("notes (conflict *")
    return copy.name


def test_the_list_names_what_it_holds_after_work_on_the_original(site: Site, mine: Path, other: Site) -> None:
    there = other.folder / "reaching"
    copy = copy_in(there)
    for work in (b"theirs again\n", b"and again\n"):
        (there / NOTES).write_bytes(work)
        assert other.run("save", there).code == 3
        assert one_of_home(other, there, copy) == work
        assert listed(site, copy) == hashlib.sha256(work).hexdigest()
        verified = other.run("verify", there)
        assert verified.code == 0, "nobody replaced the copy but we: " + verified.out
    save(site, mine)
    assert listed(site, copy) == hashlib.sha256(b"and again\n").hexdigest()


def test_the_other_version_is_not_taken_for_seen_after_the_journal_is_lost(site: Site, mine: Path, other: Site) -> None:
    there = other.folder / "reaching"
    save(other, there)
    (there / "more.txt").write_bytes(b"so that the list is written once more")
    save(other, there)
    shutil.rmtree(other.state)
    (there / NOTES).write_bytes(b"theirs again\n")
    assert other.run("save", there).code == 3
    assert one_of_home(site, mine, NOTES) == b"mine\n"


@pytest.mark.parametrize("is_brought", [True, False])
def test_the_list_names_it_as_another_session_has_worked_on_it(site: Site, mine: Path, *, is_brought: bool) -> None:
    other = site.another_computer()
    there = bring(other, PROJECT)
    (mine / NOTES).write_bytes(b"mine\n")
    save(site, mine)
    (there / NOTES).write_bytes(b"theirs\n")
    saved = other.run("save", there, "--json").json
    if is_brought:
        assert other.run("stage", saved["home"], there).code == 0
    assert site.run("stage", saved["home"], mine).code == 0
    copy = copy_in(mine)
    (mine / copy).write_bytes(b"worked on\n")
    save(site, mine)
    for number in range(2):
        (there / "more.txt").write_bytes(b"so that the list is written %d" % number)
        assert other.run("save", there).code == 0
        assert listed(site, copy) == hashlib.sha256(b"worked on\n").hexdigest()
    assert other.run("verify", saved["home"]).code == 0

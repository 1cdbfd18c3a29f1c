"""What another session saved and what never was on this computer is not replaced, whatever became of our memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import bring, in_home, one_of_home, save, small_project

NOTES = "notes.md"
PROJECT = small_project(1) | {NOTES: b"first\n"}
NEWER, WORK = b"theirs, and newer\n", b"work on the older one\n"


@pytest.fixture
def mine(site: Site, proxy: FaultProxy) -> Path:
    """One computer has saved a changed version of the notes."""
    site.endpoint = proxy.url
    folder = bring(site, PROJECT)
    (folder / NOTES).write_bytes(NEWER)
    save(site, folder)
    return folder


@pytest.fixture
def other(site: Site, mine: Path) -> Site:
    """Another one has the lab's, which is older, and knows that."""
    del mine  # it saved first
    computer = site.another_computer()
    save(computer, bring(computer, PROJECT))
    return computer


def lose_memory(site: Site) -> None:
    shutil.rmtree(site.state)


def home_of(site: Site, folder: Path) -> str:
    return str(site.run("status", folder, "--json").json["projects"][0]["home"])


def test_what_lies_here_from_the_lab_is_no_change_after_the_journal_is_lost(
    site: Site, mine: Path, other: Site
) -> None:
    there = other.folder / "reaching"
    lose_memory(other)
    save(other, there)
    assert one_of_home(site, mine, NOTES) == NEWER
    (there / NOTES).write_bytes(WORK)
    saved = other.run("save", there, "--json")
    assert saved.code == 3, saved.err
    assert one_of_home(site, mine, NOTES) == NEWER
    assert other.run("verify", there).code == 0


@pytest.mark.parametrize("is_ours_first", [True, False])
def test_a_new_file_of_both_after_the_journal_is_lost(
    site: Site, mine: Path, other: Site, *, is_ours_first: bool
) -> None:
    there = other.folder / "reaching"
    (mine / "plan.txt").write_bytes(b"theirs")
    save(site, mine)
    (there / "more.txt").write_bytes(b"so that the list is put together with theirs")
    save(other, there)
    if is_ours_first:
        (there / "plan.txt").write_bytes(b"ours")
    lose_memory(other)
    if not is_ours_first:
        save(other, there)
        (there / "plan.txt").write_bytes(b"ours")
    assert other.run("save", there).code == 3
    assert one_of_home(site, mine, "plan.txt") == b"theirs"


def test_their_copy_beside_ours_after_the_journal_is_lost(site: Site, mine: Path, other: Site) -> None:
    there = other.folder / "reaching"
    (there / NOTES).write_bytes(WORK)
    beside = other.run("save", there, "--json")
    assert beside.code == 3
    (copy,) = [Path(row["copy"]).name for row in beside.json["conflicts"]]
    (mine / "more.txt").write_bytes(b"so that the list is put together with theirs")
    save(site, mine)
    lose_memory(site)
    (mine / NOTES).write_bytes(b"mine again\n")
    save(site, mine)
    assert one_of_home(site, mine, copy) == WORK
    assert one_of_home(site, mine, NOTES) == b"mine again\n"


def test_the_newer_one_cannot_be_brought(site: Site, mine: Path, other: Site, proxy: FaultProxy) -> None:
    there = other.folder / "reaching"
    rule = Rule(Fault.REFUSED, path=f"*/projects/*/{NOTES}*", method="GET", status=403)
    proxy.rules.append(rule)
    assert other.run("stage", home_of(other, there), there).code == 5
    proxy.rules.clear()
    save(other, there)
    assert one_of_home(site, mine, NOTES) == NEWER
    assert other.run("stage", home_of(other, there), there).code == 0
    assert (there / NOTES).read_bytes() == NEWER


def test_the_project_moves_to_another_folder(site: Site, mine: Path, other: Site) -> None:
    there = other.folder / "elsewhere"
    assert other.run("stage", f"{other.data_uri}reaching/", there, "--profile", "label").code == 0
    (there / NOTES).write_bytes(WORK)
    assert other.run("save", there).code == 3
    assert one_of_home(site, mine, NOTES) == NEWER


def test_what_was_in_conflict_and_is_the_labs_again(site: Site, mine: Path, other: Site) -> None:
    """Ours lies beside theirs, and goes on to do so whatever it is."""
    there = other.folder / "reaching"
    for content in (WORK, PROJECT[NOTES], b"work on the older one again\n"):
        (there / NOTES).write_bytes(content)
        assert other.run("save", there).code == 3
        assert one_of_home(site, mine, NOTES) == NEWER
    (copy,) = [path for path in in_home(site, mine) if "(conflict" in path]
    assert one_of_home(site, mine, copy) == b"work on the older one again\n"
    assert other.run("verify", there).code == 0

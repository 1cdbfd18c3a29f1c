"""A folder of a project lets nobody write into it: what would come there is named, and everything else comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.other_people import BoundSite
from tests.scenario.watching import bring, one_of_home, project_id, save, small_project, until

PROJECT = small_project(9) | {"notes.md": b"first\n", "results/table.txt": b"first\n"}
CLOSED, OPEN = "results/table.txt", "notes.md"


@pytest.fixture
def ann(site: Site) -> BoundSite:
    """Somebody for whom the modes of files and folders count."""
    return BoundSite.of(site)


@pytest.fixture
def mine(ann: BoundSite) -> Iterator[Path]:
    folder = bring(ann, PROJECT)
    save(ann, folder)
    yield folder
    (folder / "results").chmod(0o700)


def home_of(site: Site, folder: Path) -> str:
    return f"{site.home_uri}projects/{project_id(folder)}/"


def save_theirs(site: Site, mine: Path, *paths: str) -> Site:
    """Another computer brings what was saved, and changes some files."""
    other = site.another_computer()
    theirs = other.folder / "theirs"
    assert other.run("stage", home_of(site, mine), theirs).code == 0
    for path in paths:
        (theirs / path).write_bytes(b"theirs, 1\n")
    save(other, theirs)
    return other


def test_what_is_brought_comes_but_for_what_belongs_there(ann: BoundSite, mine: Path) -> None:
    save_theirs(ann, mine, CLOSED, OPEN)
    (mine / "results").chmod(0o500)
    brought = ann.run("stage", home_of(ann, mine), mine, "--json")
    assert brought.code == 6, brought.err
    assert [row["key"] for row in brought.json["skipped"]] == [CLOSED]
    assert "not let in" in brought.json["skipped"][0]["reason"]
    assert (mine / OPEN).read_bytes() == b"theirs, 1\n"
    assert (mine / CLOSED).read_bytes() == PROJECT[CLOSED]
    (mine / "results").chmod(0o700)
    assert ann.run("stage", home_of(ann, mine), mine).code == 0
    assert (mine / CLOSED).read_bytes() == b"theirs, 1\n"


def test_a_file_in_the_place_of_a_folder_keeps_nothing_else_from_coming(ann: BoundSite, mine: Path) -> None:
    save_theirs(ann, mine, CLOSED, OPEN)
    (mine / CLOSED).unlink()
    (mine / "results").rmdir()
    (mine / "results").write_bytes(b"my own\n")
    brought = ann.run("stage", home_of(ann, mine), mine, "--json")
    (mine / "results").unlink()
    (mine / "results").mkdir()
    assert brought.code == 6, brought.err
    assert [row["key"] for row in brought.json["skipped"]] == [CLOSED]
    assert "in the way" in brought.json["skipped"][0]["reason"]
    assert (mine / OPEN).read_bytes() == b"theirs, 1\n"


@pytest.mark.parametrize("keep", ["theirs", "both"])
def test_a_decision_that_cannot_be_carried_out_is_refused_and_can_be_made_again(
    ann: BoundSite, mine: Path, keep: str
) -> None:
    save_theirs(ann, mine, CLOSED)
    (mine / CLOSED).write_bytes(b"mine\n")
    assert ann.run("save", mine).code == 3
    (mine / "results").chmod(0o500)
    refused = ann.run("conflicts", mine, CLOSED, "--keep", keep)
    assert refused.code == 6, refused.err
    assert "not let in" in refused.err
    assert (mine / CLOSED).read_bytes() == b"mine\n"
    (mine / "results").chmod(0o700)
    decided = ann.run("conflicts", mine, CLOSED, "--keep", keep)
    assert decided.code == 0, decided.err
    assert (mine / CLOSED).read_bytes() == b"theirs, 1\n"
    assert one_of_home(ann, mine, CLOSED) == b"theirs, 1\n"


@pytest.mark.parametrize("is_saved", [True, False], ids=["saved from here", "never saved from here"])
@pytest.mark.parametrize("is_first", [True, False], ids=["then saved", "then brought"])
def test_what_a_newer_one_could_not_take_the_place_of_is_no_version_of_ours(
    ann: BoundSite, is_saved: bool, is_first: bool
) -> None:
    mine = bring(ann, PROJECT)
    if is_saved:
        save(ann, mine)
    theirs = ann.another_computer()
    there = bring(theirs, PROJECT)
    (there / CLOSED).write_bytes(b"theirs, 1\n")
    save(theirs, there)
    (mine / "results").chmod(0o500)
    brought = ann.run("stage", home_of(ann, mine), mine, "--json")
    assert brought.code == 6, brought.err
    if is_first:
        saved = ann.run("save", mine, "--json")
        assert (saved.code, saved.json["conflicts"]) == (0, []), saved.err
    (mine / "results").chmod(0o700)
    again = ann.run("stage", home_of(ann, mine), mine, "--json")
    assert (mine / CLOSED).read_bytes() == b"theirs, 1\n"
    assert again.code == 0, again.err
    assert ann.run("save", mine).code == 0


@pytest.fixture
def protected(ann: BoundSite, mine: Path) -> Iterator[Path]:
    """Somebody worked on it, and then let nobody write anywhere in it, our corner of it neither."""
    (mine / OPEN).write_bytes(b"work of today\n")
    (mine / "config.yaml").write_bytes((mine / "config.yaml").read_bytes() + b"# work\n")
    everything = [mine, *mine.rglob("*")]
    for path in everything:
        path.chmod(0o500 if path.is_dir() else 0o400)
    yield mine
    for path in everything:
        path.chmod(0o700)


@pytest.mark.parametrize("command", ["save", "finish"])
def test_a_project_in_which_nobody_may_write_anything_is_saved(ann: BoundSite, protected: Path, command: str) -> None:
    done = ann.run(command)
    assert done.code == 0, done.err
    assert one_of_home(ann, protected, OPEN) == b"work of today\n"
    (status,) = ann.run("status", "--json").json["projects"]
    assert status["all_saved"]
    saved = ann.run("save", protected, "--json")
    assert (saved.code, saved.json["saved"]) == (0, [])
    assert ann.run("verify", protected).code == 0


def test_a_save_of_it_that_is_killed_knows_its_own_writes(ann: BoundSite, protected: Path, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.LOST_ANSWER, path="*/notes.md", method="PUT"))
    saving = ann.start("save", protected)
    until(lambda: proxy.rules[0].used > 0, 60)
    saving.kill()
    saving.wait()
    proxy.rules.clear()
    assert one_of_home(ann, protected, OPEN) == b"work of today\n"
    for path in (protected, *protected.rglob("*")):
        path.chmod(0o700)
    (protected / OPEN).write_bytes(b"first\n")
    saved = ann.run("save", protected, "--json")
    assert (saved.code, saved.json["conflicts"]) == (0, []), saved.err
    assert one_of_home(ann, protected, OPEN) == b"first\n"

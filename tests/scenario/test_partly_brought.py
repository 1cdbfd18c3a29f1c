"""A project of which only a part was brought here stays whole in the home prefix: its list refers to the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import LABELS, in_home, project_id, save, small_project

NETWORK, NOTES = "dlc-models-pytorch/iteration-0/reaching/train/snapshot-010.pt", "notes/monday.txt"
PROJECT = {**small_project(2), NETWORK: b"weights" * 100, NOTES: b"The mouse was calm."}
PICTURE = next(path for path in PROJECT if path.endswith(".png"))


@pytest.fixture
def lab(site: Site) -> str:
    """Where the project lies."""
    for path, data in PROJECT.items():
        site.put(f"reaching/{path}", data)
    return f"{site.data_uri}reaching/"


def stage(site: Site, uri: str, *flags: str) -> Path:
    staged = site.run("stage", uri, site.folder / "reaching", *flags)
    assert staged.code == 0, staged.err
    return site.folder / "reaching"


def elsewhere(site: Site, folder: Path) -> tuple[Site, Path]:
    """Brought from its saved place to another computer."""
    other = site.another_computer()
    return other, stage(other, f"{site.home_uri}projects/{project_id(folder)}/")


def differing(folder: Path) -> list[str]:
    """The files that are not here as they lie in the lab; in those with paths there are other ones now."""
    paths = [path for path in PROJECT if not path.endswith((".yaml", ".csv", ".h5"))]
    return [path for path in paths if not (folder / path).is_file() or (folder / path).read_bytes() != PROJECT[path]]


def test_what_was_not_asked_for_is_there_for_the_next_computer(site: Site, lab: str) -> None:
    folder = stage(site, lab, "--profile", "label")
    assert not (folder / NETWORK).exists()
    save(site, folder)
    assert NETWORK not in in_home(site, folder), "it lies where it lay"
    other, there = elsewhere(site, folder)
    assert differing(there) == []
    save(other, there)
    assert in_home(other, there)[NETWORK] == PROJECT[NETWORK], "a complete project, once all of it is on a computer"
    assert other.run("verify", f"{site.home_uri}projects/{project_id(folder)}/").code == 0


def test_it_stays_part_of_the_project_after_more_saves_and_a_lost_journal(site: Site, lab: str) -> None:
    folder = stage(site, lab, "--profile", "label")
    save(site, folder)
    for file in site.state.glob("journal.sqlite*"):
        file.unlink()
    (folder / LABELS).write_bytes(PROJECT[LABELS].replace(b"1", b"2"))
    save(site, folder)
    other, there = elsewhere(site, folder)
    assert differing(there) == []
    assert (there / LABELS).read_bytes() == (folder / LABELS).read_bytes()
    assert other.run("status", there, "--json").json["projects"][0]["all_saved"] is False, "the network is not at home"


def test_asked_for_after_all_it_is_saved_like_any_other(site: Site, lab: str) -> None:
    folder = stage(site, lab, "--profile", "label")
    save(site, folder)
    stage(site, lab)
    assert differing(folder) == []
    save(site, folder)
    assert in_home(site, folder)[NETWORK] == PROJECT[NETWORK]
    assert site.run("status", folder, "--json").json["projects"][0]["all_saved"] is True


def test_a_file_of_ones_own_in_its_place_is_saved_and_is_no_conflict(site: Site, lab: str) -> None:
    folder = stage(site, lab, "--profile", "label")
    save(site, folder)
    (folder / NOTES).parent.mkdir()
    (folder / NOTES).write_bytes(b"mine")
    save(site, folder)
    _, there = elsewhere(site, folder)
    assert (there / NOTES).read_bytes() == b"mine"


def test_what_could_not_be_brought_is_there_for_the_next_computer(site: Site, lab: str, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.REFUSED, f"*{PICTURE}", "GET", status=403, code="AccessDenied"))
    folder = site.folder / "reaching"
    staged = site.run("stage", lab, folder)
    assert (staged.code, PICTURE in staged.err) == (5, True)
    save(site, folder)
    proxy.rules.clear()
    _, there = elsewhere(site, folder)
    assert differing(there) == []

"""Where projects lie while they are open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import errors
from launcher.config.find import Found
from launcher.config.site import Site
from launcher.desk.scratch import candidates, largest, scratch_root
from launcher.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def site(folder: str = "") -> Site:
    return Site.model_validate({"schema": 1, "home": {"uri": "s3://lab-home/x/"}, "scratch": {"dir": folder}})


def test_a_state_dir_of_ones_own_keeps_its_projects_below_it(tmp_path: Path, journal: Journal) -> None:
    root = scratch_root(site(), Found(tmp_path / "state", "--state-dir"), journal)
    assert root == tmp_path / "state" / "scratch"
    assert root.is_dir()
    assert root.stat().st_mode & 0o077 == 0


def test_what_the_admin_says_wins(tmp_path: Path, journal: Journal) -> None:
    wanted = tmp_path / "big disk" / "poses"
    assert scratch_root(site(str(wanted)), Found(tmp_path / "state", "--state-dir"), journal) == wanted
    assert wanted.is_dir()


def test_what_was_chosen_once_stays(tmp_path: Path, journal: Journal) -> None:
    first = scratch_root(site(), Found(tmp_path / "one", "--state-dir"), journal)
    assert scratch_root(site(), Found(tmp_path / "two", "--state-dir"), journal) == first


def test_a_link_or_a_file_in_its_place_is_refused(tmp_path: Path, journal: Journal) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").write_bytes(b"x")
    for name in ("link", "file"):
        with pytest.raises(errors.LocalDisk) as told:
            scratch_root(site(str(tmp_path / name)), Found(tmp_path, "--state-dir"), journal)
        assert told.value.exit_code == 6
    assert journal.fact("scratch root") is None, "what failed is not remembered"


def test_candidates_are_writable_and_the_home_is_one() -> None:
    found = candidates()
    assert Path.home() in found
    assert all(path.is_dir() for path in found)
    assert largest(found) in found


def test_the_first_wins_a_tie(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert largest([tmp_path, tmp_path / "a"]) == tmp_path

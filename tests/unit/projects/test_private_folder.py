"""Folders of this account alone, and where ours go when others were there first."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher import errors
from launcher.projects.private_folder import is_open_to_us, make_private, own_places


def test_a_new_folder_is_closed_and_one_of_ours_is_closed_again(tmp_path: Path) -> None:
    state = tmp_path / "a" / "state"
    make_private(state)
    assert state.stat().st_mode & 0o077 == 0
    (state / "journal.sqlite").touch()
    state.chmod(0o777)
    make_private(state)
    assert state.stat().st_mode & 0o077 == 0


def test_a_folder_of_other_things_is_never_closed_and_refused_if_others_may_write(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    tmp_path.chmod(0o755)
    make_private(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    tmp_path.chmod(0o777)
    with pytest.raises(errors.LocalDisk, match="Others may write"):
        make_private(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o777


def test_a_link_and_a_folder_that_others_write_are_not_open_to_us(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    (tmp_path / "file").touch()
    found = {name: is_open_to_us(tmp_path / name) for name in ("mine", "shared", "link", "file", "new", "new/deeper")}
    assert found == {"mine": True, "shared": False, "link": False, "file": False, "new": True, "new/deeper": True}


def test_nobody_can_be_in_all_the_places_that_could_be_ours(tmp_path: Path) -> None:
    places = list(own_places(Path("/scratch/poses"), "ann"))
    assert places[:3] == [Path("/scratch/poses"), Path("/scratch/poses/of-ann"), Path("/scratch/poses-ann")]
    assert places[-1] == Path.home() / "pose-launcher"
    assert len(set(places)) == len(places)

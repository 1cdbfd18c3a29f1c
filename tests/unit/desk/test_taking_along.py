"""At the end of a session strays come along, and nothing is said to come that what saves next would not know of."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from launcher import errors
from launcher.desk import taking_along
from launcher.desk.stray import Stray
from launcher.desk.taking_along import TakingAlong
from launcher.journal import Journal

QUICK, SLOW, FULL = (Path(f"/home/ann/Desktop/{name}") for name in ("quick", "slow", "full"))
LOST = "lies where nothing survives the session."


class Disks:
    """One moves a folder at once, one when it is told to, and one has no room."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.has_moved = threading.Event()

    def move_in(self, _desk: object, folder: Path, *, is_last_chance: bool) -> Any:
        assert is_last_chance
        if folder == FULL:
            raise errors.LocalDisk(folder, title="The disk is full", hint="Free some space.")
        if folder == SLOW:
            assert self.goes_on.wait(10)
            self.has_moved.set()
        return SimpleNamespace(id=f"{folder.name}-1")


@pytest.fixture
def disks(monkeypatch: pytest.MonkeyPatch) -> Disks:
    made = Disks()
    found = [Stray(folder, folder.name, "deeplabcut", 3, 300) for folder in (QUICK, FULL, SLOW)]
    monkeypatch.setattr(taking_along, "strays", lambda _desk: found)
    monkeypatch.setattr(taking_along, "move_in", made.move_in)
    return made


def test_what_a_slow_disk_brings_too_late_is_named_as_not_kept(disks: Disks, tmp_path: Path) -> None:
    told: list[str] = []
    with Journal(tmp_path / "journal.sqlite") as journal:
        desk: Any = SimpleNamespace(setup=SimpleNamespace(state=SimpleNamespace(path=tmp_path)), journal=journal)
        assert TakingAlong(desk, told.append, may_come=True).within(1.0)
        assert len(told) == 2
        disks.goes_on.set()
        assert disks.has_moved.wait(10)
        until = time.monotonic() + 10
        while len(told) < 3 and time.monotonic() < until:
            time.sleep(0.01)
    assert told == [
        f"{QUICK} lay where nothing survives the session; it comes along as quick-1.",
        f"Not kept: {FULL} (3 files) {LOST} The disk is full: {FULL}. Free some space.",
        f"Not kept: {SLOW} (3 files) {LOST} There was no time to bring it along.",
    ]


def test_without_time_all_are_named(disks: Disks, tmp_path: Path) -> None:
    told: list[str] = []
    with Journal(tmp_path / "journal.sqlite") as journal:
        desk: Any = SimpleNamespace(setup=SimpleNamespace(state=SimpleNamespace(path=tmp_path)), journal=journal)
        assert not TakingAlong(desk, told.append, may_come=False).within(10.0)
    assert told == [f"Not kept: {folder} (3 files) {LOST}" for folder in (QUICK, FULL, SLOW)]

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

QUICK, SLOW, FULL, NEXT = (Path(f"/home/ann/Desktop/{name}") for name in ("quick", "slow", "full", "the next"))
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
    found = [Stray(folder, folder.name, "deeplabcut", 3, 300) for folder in (QUICK, FULL, SLOW, NEXT)]
    monkeypatch.setattr(taking_along, "strays", lambda _desk: found)
    monkeypatch.setattr(taking_along, "move_in", made.move_in)
    return made


def test_what_a_slow_disk_brings_too_late_is_named_as_not_kept(disks: Disks, tmp_path: Path) -> None:
    told: list[str] = []
    before = threading.active_count()
    with Journal(tmp_path / "journal.sqlite") as journal:
        desk: Any = SimpleNamespace(setup=SimpleNamespace(state=SimpleNamespace(path=tmp_path)), journal=journal)
        assert TakingAlong(desk, told.append, may_come=True).within(1.0)
        at_the_end = list(told)  # the process goes now, and says nothing more
        disks.goes_on.set()
        assert disks.has_moved.wait(10)
        while threading.active_count() > before:
            time.sleep(0.01)
    assert told == at_the_end, "each is named once"
    assert told == [
        f"{QUICK} lay where nothing survives the session; it comes along as quick-1.",
        f"Not kept: {FULL} (3 files) {LOST} The disk is full: {FULL}. Free some space.",
        f"Not kept: {SLOW} (3 files) {LOST} There was no time to bring it along.",
        f"Not kept: {NEXT} (3 files) {LOST} There was no time to bring it along.",
    ]


def test_without_time_all_are_named(disks: Disks, tmp_path: Path) -> None:
    told: list[str] = []
    with Journal(tmp_path / "journal.sqlite") as journal:
        desk: Any = SimpleNamespace(setup=SimpleNamespace(state=SimpleNamespace(path=tmp_path)), journal=journal)
        assert not TakingAlong(desk, told.append, may_come=False).within(10.0)
    assert told == [f"Not kept: {folder} (3 files) {LOST}" for folder in (QUICK, FULL, SLOW, NEXT)]


NOWHERE = "Not looked through: where tools may have left projects that do not survive the session."


def test_where_there_is_no_time_to_look_that_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Silence would say that there is nothing."""
    goes_on = threading.Event()
    monkeypatch.setattr(taking_along, "strays", lambda _desk: list[Stray]() if goes_on.wait(10) else None)
    told: list[str] = []
    before = threading.active_count()
    with Journal(tmp_path / "journal.sqlite") as journal:
        desk: Any = SimpleNamespace(setup=SimpleNamespace(state=SimpleNamespace(path=tmp_path)), journal=journal)
        assert not TakingAlong(desk, told.append, may_come=True).within(0.3)
        assert told == [f"{NOWHERE} There was no time for it."]
        goes_on.set()
        while threading.active_count() > before:
            time.sleep(0.01)


def test_what_nobody_foresaw_while_looking_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_look(_desk: object) -> list[Stray]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(taking_along, "strays", no_look)
    told: list[str] = []
    with Journal(tmp_path / "journal.sqlite") as journal:
        desk: Any = SimpleNamespace(setup=SimpleNamespace(state=SimpleNamespace(path=tmp_path)), journal=journal)
        assert not TakingAlong(desk, told.append, may_come=True).within(9.0)
    assert len(told) == 1 and told[0].startswith(f"{NOWHERE} The launcher made a mistake")

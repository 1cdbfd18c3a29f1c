"""The runs of this computer: claimed, started, looked at, settled. A launcher finds again what another one started."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from launcher.journal import ProjectRecord
from launcher.journal.run_records import RunRecord, RunRecords
from launcher.runs import process
from launcher.runs.keeper import birth
from launcher.runs.process import RunFolder, Started
from launcher.runs.screen import Screen, ScreenGone, Window, of_process
from launcher.runs.states import HANGS_AFTER_S, RunFacts, RunState, most_telling, state_of
from launcher.tools import tool
from launcher.tools.running import Command, WindowSays

#: Between the claim and the first word of its keeper a run has no process; a launcher that died leaves it so.
_STARTS_WITHIN_S = 5.0
#: Runs that are over are remembered this many deep, with their logs.
_KEPT = 50


@dataclass(frozen=True, slots=True)
class Look:
    """A run as it is now. `window` is the project's or the one that asks; `windows` are all of its process."""

    record: RunRecord
    state: RunState
    started: Started | None = None
    says: WindowSays = WindowSays.NOTHING_YET
    window: Window | None = None
    windows: Sequence[Window] = ()
    seconds: float = 0.0
    is_kept: bool = True
    error: str = ""

    @property
    def pid(self) -> int | None:
        """The tool's process, once there is one."""
        return self.started.pid if self.started else None


class Runs:
    """All runs of one state dir."""

    def __init__(self, records: RunRecords, folder: Path, hangs_after_s: float = HANGS_AFTER_S) -> None:
        self._records = records
        self._folder = folder
        self.hangs_after_s = hangs_after_s

    def folder(self, run: str) -> RunFolder:
        """Where everything about a run lies."""
        return RunFolder(self._folder / run)

    def claim(self, project: ProjectRecord, tool_id: str) -> tuple[RunRecord, bool]:
        """The run that holds the project from now on, and whether it is a new one, still to be started."""
        fresh = _fresh(project, tool_id)
        while (held := self._records.claim(fresh)) is not fresh:
            if not self.look(held).state.is_over:
                return held, False
        return fresh, True

    def give_up(self, record: RunRecord) -> None:
        """It was claimed, and will not be started after all."""
        self._records.forget(record.run)

    def start(self, record: RunRecord, command: Command, environ: Mapping[str, str]) -> None:
        """Start the tool of a claimed run."""
        process.start(self.folder(record.run), command.argv, environ)
        self._prune()

    def listed(self, screen: Screen | None = None) -> list[Look]:
        """Every run, the newest first."""
        return [self.look(record, screen) for record in self._records.listed()]

    def find(self, run: str) -> RunRecord | None:
        """One of them."""
        return self._records.find(run)

    def look(self, record: RunRecord, screen: Screen | None = None) -> Look:
        """How a run is now; an end that was found is written down, a window that came up too."""
        if record.state:
            return Look(record, RunState(record.state))
        folder = self.folder(record.run)
        started = folder.started()
        # In this order: the outcome is written before the keeper goes.
        is_alive, is_kept = self._is_alive(record, started), started is not None and started.is_kept
        outcome = folder.outcome()
        windows = _windows(screen, started)
        says, window = _most_telling(record, windows)
        age = time.time() - started.at if started else 0.0
        facts = RunFacts(is_alive, outcome, record.stop_asked, says, record.seconds_to_window is not None, age)
        state = state_of(facts, self.hangs_after_s)
        look = Look(record, state, started, says, window, windows, age, is_kept, outcome.error if outcome else "")
        return self._remember(look, folder)

    @staticmethod
    def _is_alive(record: RunRecord, started: Started | None) -> bool:
        if started is not None:
            return started.is_alive or started.is_kept
        pid, birth = record.opener.split()
        return process.is_alive(int(pid), birth) or time.time() - _moment(record.started) < _STARTS_WITHIN_S

    def _remember(self, look: Look, folder: RunFolder) -> Look:
        record = look.record
        if look.state.is_over:
            if look.state is RunState.UNKNOWN and look.started:
                from launcher.runs.ending import end_session

                end_session(look.started.pid)
            outcome = folder.outcome()
            ended, code = _iso(outcome.at if outcome else time.time()), outcome.exit_code if outcome else None
            self._records.end(record.run, look.state.value, ended, code)
            record = replace(record, state=look.state.value, ended=ended, exit_code=code)
        elif look.says is WindowSays.READY and look.window and record.seconds_to_window is None:
            seconds = round(look.seconds, 3)
            self._records.window_is_up(record.run, look.window.title, seconds)
            record = replace(record, window=look.window.title, seconds_to_window=seconds)
        return replace(look, record=record)

    def ask_to_stop(self, record: RunRecord) -> None:
        """From now on its end is the person's wish."""
        self._records.ask_to_stop(record.run)

    def _prune(self) -> None:
        import shutil

        for old in [record for record in self._records.listed() if record.state][_KEPT:]:
            shutil.rmtree(self.folder(old.run).path, ignore_errors=True)
            self._records.forget(old.run)


def _fresh(project: ProjectRecord, tool_id: str) -> RunRecord:
    now = time.time()
    run = f"{tool_id}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(2)}"
    opener = f"{os.getpid()} {birth(os.getpid())}"
    return RunRecord(run, tool_id, project.id, str(project.dir / project.marker), str(project.dir), _iso(now), opener)


def _windows(screen: Screen | None, started: Started | None) -> list[Window]:
    if screen is None or started is None:
        return []
    try:
        return of_process(screen.windows(), started.pid)
    except ScreenGone:
        return []


def _most_telling(record: RunRecord, windows: Sequence[Window]) -> tuple[WindowSays, Window | None]:
    said: dict[WindowSays, Window] = {}
    for window in windows:
        says = tool(record.tool_id).window_says(window.title, Path(record.marker))
        # A window of nobody known is believed only if it names the project.
        if says is WindowSays.READY or (says is WindowSays.ASKS_FOR_FILES and window.pid is not None):
            said.setdefault(says, window)
    most = most_telling(said)
    return most, said.get(most)


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def _moment(iso: str) -> float:
    import calendar

    return float(calendar.timegm(time.strptime(iso, "%Y-%m-%dT%H:%M:%SZ")))

"""What is on its way: each activity is one command, its progress read four times a second and never told ahead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui import words
from launcher.ui.commands import CANCELLED, Commands, Outcome, Running
from launcher.ui.desk_calls import EVERY_S
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json

#: How long a row that went well stays to be read.
_READ_S = 6.0
#: A rate of the first moment, mostly the start of a process, says nothing about the rest.
_FIRST_S = 1.5


Tell = Callable[[Json], str]


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing on its way, or how it ended: running, done, failed, cancelled."""

    number: int
    kind: str
    title: str
    words: tuple[str, ...]
    total: int | None = None
    done: int = 0
    rate: float = 0.0
    said: str = ""
    state: str = "running"
    message: str = ""
    document: Json = field(default_factory=dict, compare=False, repr=False)
    #: Says what its document means.
    tell: Tell = field(default=lambda _: "", compare=False, repr=False)

    @property
    def numbers(self) -> str:
        """Its progress in words; what it does after the last byte is in its own words, without a number."""
        if self.said:
            return self.said
        return words.progress(self.done, self.total, self.rate) if self.done else tr("starting …")


class Activities(QObject):
    """Every activity of this window."""

    changed = Signal()
    ended = Signal(object)

    def __init__(self, commands: Commands, tasks: Tasks) -> None:
        super().__init__()
        self._commands = commands
        self._tasks = tasks
        self._all: dict[int, Activity] = {}
        self._cancel: set[int] = set()
        self._numbers = count(1)

    def rows(self) -> list[Activity]:
        """What the strip shows."""
        return list(self._all.values())

    def is_running(self, kind: str, command: Sequence[str] = ()) -> bool:
        """Is one of this kind on its way, or this very one?"""
        return any(
            one.state == "running" and one.kind == kind and (not command or one.words == tuple(command))
            for one in self._all.values()
        )

    def start_once(self, kind: str, title: str, command: Sequence[str], total: int | None, tell: Tell) -> None:
        """Begin one that is not on its way already: a second click is no second transfer."""
        if not self.is_running(kind, command):
            self.start(kind, title, command, total, tell)

    def start(self, kind: str, title: str, command: Sequence[str], total: int | None, tell: Tell) -> None:
        """Begin one; `tell` says what its document means."""
        number = next(self._numbers)
        self._all[number] = Activity(number, kind, title, tuple(command), total, tell=tell)
        self._begin(number)

    def _begin(self, number: int) -> None:
        self._tasks.start(f"activity {number}", partial(self._follow, number))
        self.changed.emit()

    def cancel(self, number: int) -> None:
        """End one that runs; take away one that ended."""
        if self._all[number].state == "running":
            self._cancel.add(number)
        else:
            self._forget(number)

    def again(self, before: Activity, command: Sequence[str]) -> None:
        """In place of one that could not go on: the same with another command."""
        self.start_once(before.kind, before.title, command, before.total, before.tell)

    def retry(self, number: int) -> None:
        """The same once more; what is there already is not brought twice."""
        self._all[number] = replace(self._all[number], state="running", done=0, rate=0.0, said="", message="")
        self._begin(number)

    async def _follow(self, number: int) -> None:
        try:
            running = await asyncio.to_thread(self._commands.start, self._all[number].words)
        except OSError as exc:
            self._end(number, Outcome(errors.UNEXPECTED, said=tr("It could not be started: {why}", why=exc.strerror)))
            return
        rate = Rate(time.monotonic())
        while (outcome := await asyncio.to_thread(running.outcome)) is None:
            await self._look(number, running, rate)
        self._end(number, outcome)
        ended = self._all.get(number)  # whoever heard of the end may have taken it away
        if ended is not None and ended.state == "done":
            await asyncio.sleep(_READ_S)
            self._forget(number)

    async def _look(self, number: int, running: Running, rate: Rate) -> None:
        if number in self._cancel:
            self._cancel.discard(number)
            await asyncio.to_thread(running.cancel)
            return
        told, known = await asyncio.to_thread(running.told), self._all[number]
        if told.bytes != known.done or told.words != known.said:
            now = rate.after(told.bytes, time.monotonic())
            self._all[number] = replace(known, done=told.bytes, rate=now, said=told.words)
            self.changed.emit()
        await asyncio.sleep(EVERY_S)

    def _end(self, number: int, outcome: Outcome) -> None:
        state, message = self._verdict(number, outcome)
        self._all[number] = replace(self._all[number], state=state, message=message, document=outcome.document)
        self.changed.emit()
        self.ended.emit(self._all[number])

    def _verdict(self, number: int, outcome: Outcome) -> tuple[str, str]:
        if outcome.code == CANCELLED:
            return "cancelled", tr("Cancelled. What arrived so far is kept.")
        if outcome.code in (errors.DONE, errors.CONFLICTS_KEPT):
            return "done", self._all[number].tell(outcome.document)
        unexpected = tr("It ended unexpectedly (exit code {code}).", code=outcome.code)
        return "failed", words.not_saved(outcome.document) or outcome.said or unexpected

    def _forget(self, number: int) -> None:
        if self._all.pop(number, None) is not None:
            self.changed.emit()


class Rate:
    """Bytes a second, calm enough to be read."""

    def __init__(self, now: float) -> None:
        self._began, self._at, self._done, self._rate = now, now, 0, 0.0

    def after(self, done: int, now: float) -> float:
        """The rate when so much is there; nothing is claimed before there is something to go by."""
        passed = max(now - self._at, 1e-3)
        latest = max(done - self._done, 0) / passed
        self._rate = latest if not self._rate else 0.7 * self._rate + 0.3 * latest
        self._at, self._done = now, done
        return self._rate if now - self._began >= _FIRST_S else 0.0

"""How long the session lasts: asked now and then, counted down in between, told aloud when it gets close."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui import words
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.rows import Limit, limits_of
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json

#: In the last minutes every few seconds count; before, one repaint a minute is enough, and the server is asked no more.
LAST_MINUTES_S = 300.0
_ASK_EVERY_S, _ASK_LATE_S, _TICK_LATE_S = 60.0, 20.0, 10.0
#: Said aloud when so many seconds are left; half an hour is only shown.
TOLD_AT_S = (900.0, 300.0)


@dataclass(frozen=True, slots=True)
class Ends:
    """What the desk says of the session's ends, and when (on the clock that counts forward) it said so."""

    limits: tuple[Limit, ...] = ()
    warning: str = ""
    idle_s: float | None = None
    asked_at: float = field(default=0.0, compare=False)

    def seconds_left(self, now: float) -> float | None:
        """Until the first end; None where none is known."""
        if not self.limits:
            return None
        return max(min(limit.seconds_left for limit in self.limits) - (now - self.asked_at), 0.0)

    def line(self, now: float) -> words.Line | None:
        """In the bottom bar."""
        return words.time_left(self.limits, now - self.asked_at)

    def explained(self, *, is_something_running: bool) -> str:
        """Which limit that is, and what an unattended night would do."""
        parts = [self.warning] if self.warning else []
        if self.idle_s is not None and is_something_running:
            idle = tr(
                "If nobody touches keyboard or mouse, the session is disconnected in {time}: what runs does not count. "
                "What is quiet by then is saved.",
                time=words.duration(self.idle_s),
            )
            parts.append(idle)
        return "\n".join(parts)


def ends_of(session: Json, now: float) -> Ends:
    """From a `session`."""
    warning, idle = session.get("warning") or {}, session.get("idle") or {}
    return Ends(limits_of(session), str(warning.get("words", "")), idle.get("seconds_left"), now)


def next_look_s(left: float | None) -> float:
    """How long the words stay as they are: to the next whole minute, or a few seconds near the end."""
    if left is None or left <= LAST_MINUTES_S:
        return _ASK_EVERY_S if left is None else _TICK_LATE_S
    return min(left % 60 + 0.5, left - LAST_MINUTES_S + 0.5)


def news(before: float | None, left: float | None) -> bool:
    """Was a mark passed at which it is said aloud? Coming in late counts, going back does not."""
    if left is None:
        return False
    return any(left <= mark and (before is None or before > mark) for mark in TOLD_AT_S)


class TimeLeft(QObject):
    """Follows the session's ends."""

    changed = Signal()
    #: A sentence that has to be heard.
    told = Signal(str)

    def __init__(self, calls: DeskCalls, tasks: Tasks, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._clock = clock
        self._before: float | None = None
        self.ends = Ends()

    def begin(self) -> None:
        """Start looking."""
        self._tasks.start("time left", self._watch)

    @property
    def seconds_left(self) -> float | None:
        """Until the session ends; None where no end is known."""
        return self.ends.seconds_left(self._clock())

    def line(self) -> words.Line | None:
        """The time left, in words."""
        return self.ends.line(self._clock())

    async def _watch(self) -> None:
        while True:
            await self._ask()
            self._tell()
            until = self._clock() + (_ASK_LATE_S if self._is_late() else _ASK_EVERY_S)
            while self._clock() < until:
                await asyncio.sleep(min(next_look_s(self.seconds_left), until - self._clock()))
                self._tell()

    async def _ask(self) -> None:
        try:
            session = await self._calls.call(lambda desk: desk.session())
        except errors.LauncherError:
            return  # without a catalogue, or a server, what was known is counted on: the window says that elsewhere
        self.ends = ends_of(session, self._clock())

    def _is_late(self) -> bool:
        left = self.seconds_left
        return left is not None and left <= LAST_MINUTES_S

    def _tell(self) -> None:
        left = self.seconds_left
        is_news, self._before = news(self._before, left), left
        self.changed.emit()
        line = self.line()
        if is_news and line is not None:
            self.told.emit(self.ends.warning or line.text)

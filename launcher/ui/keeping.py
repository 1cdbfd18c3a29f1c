"""Is everything saved, and how long does the session last: looked at now and then, and whenever something happened."""

from __future__ import annotations

import asyncio
import logging
import time

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui import words
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.rows import Limit, SavedState, limits_of, saved_state_of
from launcher.ui.texts import tr
from launcher.ui.waiting import woken

log = logging.getLogger(__name__)

#: Looking costs a scan of the projects on disk, so it may take a fiftieth of the time at most.
_LOOK_EVERY_S, _SHARE = 15.0, 50
_TICK_S = 10.0


class Keeping(QObject):
    """What the bottom bar promises."""

    saved_changed = Signal()
    time_changed = Signal()

    def __init__(self, calls: DeskCalls, tasks: Tasks) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._wanted = asyncio.Event()
        self._limits: tuple[Limit, ...] = ()
        self._limits_at = 0.0
        self.states: dict[str, SavedState] | None = None
        self.failure: errors.LauncherError | None = None

    def begin(self) -> None:
        """Start looking."""
        self._tasks.start("saved states", self._watch_saved)
        self._tasks.start("time left", self._watch_time)

    def look_now(self) -> None:
        """Something happened: do not wait for the next look."""
        self._wanted.set()

    async def _watch_saved(self) -> None:
        while True:
            self._wanted.clear()
            began = time.monotonic()
            await self._look()
            pause = max(_LOOK_EVERY_S, _SHARE * (time.monotonic() - began))
            await woken(self._wanted, pause)

    async def _look(self) -> None:
        try:
            rows = await self._calls.call(lambda desk: desk.status())
        except Exception as exc:
            log.debug("status failed", exc_info=exc)
            self.failure = exc if isinstance(exc, errors.LauncherError) else errors.LauncherError()
            self.states = None
        else:
            states = [saved_state_of(row) for row in rows]
            self.failure, self.states = None, {state.uri: state for state in states}
            await self._see_to_saver()
        self.saved_changed.emit()

    async def _see_to_saver(self) -> None:
        """Where something was brought here, changes are saved without being asked."""
        if self.states:
            try:
                await self._calls.call(lambda desk: desk.keep_saving())
            except errors.LauncherError as exc:
                self.failure = exc

    def saved_line(self) -> words.Line:
        """Saved or not, in words."""
        if self.failure is not None:
            why = tr("Not known what is saved: {why}. Look again with F4.", why=self.failure.title)
            return words.Line(why, words.Tone.ATTENTION)
        return words.saved_summary(None if self.states is None else list(self.states.values()))

    def saved_when(self) -> str:
        """When the last file was confirmed, once all of them are."""
        states = (self.states or {}).values()
        if not states or not all(state.all_saved for state in states):
            return ""
        return words.at_time(max(state.last_saved or "" for state in states))

    async def _watch_time(self) -> None:
        """The ends are asked for once; the rest is counting down, told when the words change."""
        try:
            self._limits = limits_of(await self._calls.call(lambda desk: desk.session()))
        except errors.LauncherError:
            return  # no catalogue, no end: the window says the first elsewhere
        self._limits_at = time.monotonic()
        while self._limits:
            self.time_changed.emit()
            await asyncio.sleep(_TICK_S)

    def time_line(self) -> words.Line | None:
        """The time left, in words."""
        return words.time_left(self._limits, time.monotonic() - self._limits_at)

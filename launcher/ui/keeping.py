"""Is everything saved: looked at now and then, and whenever something happened."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui import words
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.rows import SavedState, by_key, saved_state_of
from launcher.ui.texts import tr
from launcher.ui.waiting import woken

log = logging.getLogger(__name__)

#: Looking costs a scan of the projects on disk, so it may take a fiftieth of the time at most.
_LOOK_EVERY_S, _SHARE = 15.0, 50
#: Signs that there is something new cost next to nothing. Beside a tool that writes all the time there always are some.
_SIGNS_EVERY_S, _NEWS_EVERY_S = 1.0, 3.0


class Keeping(QObject):
    """What the bottom bar promises."""

    saved_changed = Signal()

    def __init__(self, calls: DeskCalls, tasks: Tasks) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._wanted = asyncio.Event()
        self._is_fresh = False
        self._last_signs = 0, 0
        #: While the end of the session saves, the saver is not started again.
        self.keeps_saving = True
        #: The same by address and by id, for whoever looks one up.
        self.by_key: dict[str, SavedState] = {}
        self.states: dict[str, SavedState] | None = None
        self.failure: errors.LauncherError | None = None

    def begin(self) -> None:
        """Start looking."""
        self._tasks.start("saved states", self._watch_saved)

    def look_now(self) -> None:
        """Something happened: what was known no longer counts, and the next look is not waited for."""
        self._is_fresh = False
        self._wanted.set()
        self.saved_changed.emit()

    @property
    def is_fresh(self) -> bool:
        """Was it looked at since the last event?"""
        return self._is_fresh

    @property
    def is_nothing_here(self) -> bool:
        """Was nothing brought to this computer? Only a look after the last event may say so."""
        return self._is_fresh and self.failure is None and not self.states

    async def _watch_saved(self) -> None:
        is_after_sign = False
        while True:
            self._wanted.clear()
            (heard, _), began = await self._signs_now(), time.monotonic()
            await self._look()
            self._is_fresh = not self._wanted.is_set()  # else something happened meanwhile
            self.saved_changed.emit()
            pause = _SHARE * (time.monotonic() - began)
            is_after_sign = await self._pause(heard, pause, was_in_vain=is_after_sign and self._promises)

    async def _pause(self, heard: int, at_least_s: float, *, was_in_vain: bool) -> bool:
        """Until it is time for another look, which a sign may have been the reason for.

        A promise is not left standing when something was heard of since. But a tool may write all the time what is
        never saved: where the last sign `was_in_vain`, the next one is looked after later, and in silence.
        """
        began, (_, written), soon_s = time.monotonic(), await self._signs_now(), max(_NEWS_EVERY_S, at_least_s)
        while (waited := time.monotonic() - began) < max(_LOOK_EVERY_S, at_least_s):
            await woken(self._wanted, _SIGNS_EVERY_S)
            if self._wanted.is_set():
                return False
            heard_now, written_now = await self._signs_now()
            is_soon_enough = waited >= soon_s
            if self._promises and heard_now != heard and (is_soon_enough or not was_in_vain):
                if not was_in_vain:
                    self._is_fresh = False
                    self.saved_changed.emit()
                return True
            if not self._promises and written_now != written and is_soon_enough:
                return False
        return False

    @property
    def _promises(self) -> bool:
        """Does the bar say that everything is saved?"""
        is_known = self._is_fresh and self.failure is None and self.states is not None
        return is_known and all(state.all_saved for state in (self.states or {}).values())

    async def _signs_now(self) -> tuple[int, int]:
        """As they were, where that cannot be told: a look comes all the same."""
        with suppress(Exception):
            self._last_signs = await self._calls.call(lambda desk: desk.signs())
        return self._last_signs

    async def _look(self) -> None:
        """Whatever goes wrong, looking goes on: a bar that stands still would promise what nobody knows."""
        try:
            states = await self._calls.call(lambda desk: [saved_state_of(row) for row in desk.status()])
        except Exception as exc:  # noqa: BLE001 - it is told in the bar
            self._fail(exc)
            self.states, self.by_key = None, {}
            return
        self.failure, self.states = None, {state.uri: state for state in states}
        self.by_key = by_key(states)
        try:
            if states and self.keeps_saving:  # changes are saved without being asked where something was brought here
                await self._calls.call(lambda desk: desk.keep_saving())
        except Exception as exc:  # noqa: BLE001 - it is told in the bar
            self._fail(exc)

    def _fail(self, exc: Exception) -> None:
        _log(exc)
        self.failure = in_words(exc)

    def saved_line(self) -> words.Line:
        """Saved or not, in words."""
        if not self._is_fresh:
            return words.saved_summary(None)
        if self.failure is not None:
            why = tr("Not known what is saved: {why}. Look again with F4.", why=self.failure.title)
            return words.Line(why, words.Tone.ATTENTION)
        return words.saved_summary(None if self.states is None else list(self.states.values()))

    def saved_when(self) -> str:
        """When the last file was confirmed, once all of them are."""
        states = (self.states or {}).values()
        if not self._is_fresh or self.failure or not states or not all(state.all_saved for state in states):
            return ""
        return words.at_time(max(state.last_saved or "" for state in states))


def _log(exc: Exception) -> None:
    """What nobody foresaw is a mistake of ours; the rest is told where it matters."""
    level = logging.DEBUG if isinstance(exc, errors.LauncherError) else logging.ERROR
    log.log(level, "it could not be looked at", exc_info=exc)

"""Which pose tools run: looked at every few seconds while there are any."""

from __future__ import annotations

import asyncio
import logging

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.rows import Run, run_of
from launcher.ui.waiting import woken

log = logging.getLogger(__name__)

EVERY_S, RARELY_S = 4.0, 30.0


class Running(QObject):
    """The tools that were started here, by this window or an earlier one."""

    changed = Signal()
    #: One that was there is there no more: what it wrote at its end may not be saved.
    one_ended = Signal()
    #: The same, with the ids of all that are gone.
    ended = Signal(object)
    #: After each look, whether it found something new or not, or failed.
    looked = Signal()

    def __init__(self, calls: DeskCalls, tasks: Tasks) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._wanted = asyncio.Event()
        self.runs: tuple[Run, ...] = ()
        #: Was it looked at since somebody asked for that? Until then none that is known is not none that runs.
        self.is_known = False
        #: Why it could not be looked at.
        self.failure: errors.LauncherError | None = None
        #: How often is looked while something runs.
        self.every_s = EVERY_S
        self.rarely_s = RARELY_S

    def begin(self) -> None:
        """Start looking; what runs already is found again."""
        self._tasks.start("runs", self._watch)

    def look_now(self) -> None:
        """A tool was started, or it has to be known now."""
        self.is_known = False
        self._wanted.set()

    async def _watch(self) -> None:
        while True:
            self._wanted.clear()
            is_looked = await self._look()
            self.is_known = is_looked and not self._wanted.is_set()  # else something happened meanwhile
            self.looked.emit()
            if is_looked and not self.runs:
                await woken(self._wanted, self.rarely_s)  # a command in a terminal may start something, too
                continue
            await woken(self._wanted, self.every_s)

    async def _look(self) -> bool:
        """Whether it is known now what runs; whatever goes wrong, looking goes on."""
        try:
            runs = await self._calls.call(lambda desk: tuple(run_of(row) for row in desk.runs()))
        except errors.LauncherError as exc:
            self.failure = exc
            return False  # the journal cannot be read now: what was known stays
        except Exception as exc:
            log.exception("the runs are not known")
            self.failure = in_words(exc)
            return False
        self.failure = None
        if runs != self.runs:
            known, self.runs = self.runs, runs
            self.changed.emit()
            if gone := frozenset({run.id for run in known} - {run.id for run in runs}):
                self.one_ended.emit()
                self.ended.emit(gone)
        return True

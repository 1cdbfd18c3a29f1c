"""What happens to a session beside the work: mounts that go and come, projects that a tool left where they are lost."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.ui.desk_calls import in_words
from launcher.ui.mounts_seen import MountsSeen
from launcher.ui.offers import stray_of
from launcher.ui.waiting import woken

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow

log = logging.getLogger(__name__)

#: Tools make a project in minutes; outside a stream the answer costs nothing.
_STRAYS_EVERY_S = 60.0
_ODDITIES_EVERY_S = 60.0


class SessionNews(QObject):
    """Looks now and then, and says it in the window of one person."""

    #: A sentence about a mount; the notice shows the newest.
    told = Signal(str)
    #: After each look for projects that would be lost.
    strays_looked = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._wanted = asyncio.Event()
        self._oddities_wanted = asyncio.Event()
        #: Was it looked for projects that would be lost since somebody asked for that, and if not, why.
        self.are_strays_known = False
        self.strays_failure: errors.LauncherError | None = None
        #: What was mended goes away by itself, and nobody waits for it.
        self.oddities_every_s = _ODDITIES_EVERY_S
        self.mounts = MountsSeen(window.calls, window.tasks)
        self.mounts.setParent(self)
        self.mounts.told.connect(self._mount_changed)
        window.acts["terminal"].setVisible(False)
        window.running.one_ended.connect(self._wanted.set)
        window.activities.ended.connect(lambda _: self._wanted.set())

    def begin(self) -> None:
        """Start looking."""
        self.mounts.begin()
        self._window.tasks.start("strays", self._watch_strays)
        self._window.tasks.start("terminal", self._ask_for_terminal)
        self._window.tasks.start("oddities", self._watch_oddities)

    async def _ask_for_terminal(self) -> None:
        """Shown where the site allows one, and nowhere else."""
        with suppress(errors.LauncherError):  # without a site nothing is allowed
            is_offered = await self._window.calls.call(lambda desk: desk.offers_terminal())
            self._window.acts["terminal"].setVisible(is_offered)

    def _mount_changed(self, sentence: str) -> None:
        """The place stays; its caption says how it is read."""
        self._window.notice.say(sentence)
        self.told.emit(sentence)
        self._window.browsing.find_places()

    def look_for_oddities(self) -> None:
        """Now, and not only when it is time again."""
        self._oddities_wanted.set()

    async def _watch_oddities(self) -> None:
        while True:
            self._oddities_wanted.clear()
            with suppress(errors.LauncherError):  # without a site the window has other words
                found = await self._window.calls.call(lambda desk: desk.oddities())
                self._window.asking.show_oddities(tuple(found))
            await woken(self._oddities_wanted, self.oddities_every_s)

    def look_for_strays(self) -> None:
        """It has to be known now what would be lost with the session."""
        self.are_strays_known = False
        self._wanted.set()

    async def _watch_strays(self) -> None:
        while True:
            self._wanted.clear()
            is_looked = await self._find_strays()
            self.are_strays_known = is_looked and not self._wanted.is_set()
            self.strays_looked.emit()
            await woken(self._wanted, _STRAYS_EVERY_S)

    async def _find_strays(self) -> bool:
        """Whatever goes wrong, looking goes on, and what was found stays: a look that failed has found nothing out."""
        try:
            found = await self._window.calls.call(lambda desk: [stray_of(row) for row in desk.strays()])
        except errors.LauncherError as exc:
            self.strays_failure = exc
            return False
        except Exception as exc:
            log.exception("projects that would be lost could not be looked for")
            self.strays_failure = in_words(exc)
            return False
        self.strays_failure = None
        self._window.asking.show_strays(tuple(found))
        return True

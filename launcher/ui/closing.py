"""Closing is a conversation: the first event is refused, everything tidies up, then the window closes for good."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QCloseEvent

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow

log = logging.getLogger(__name__)


class Closing:
    """Of one window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._leaving: asyncio.Task[None] | None = None

    def asked(self, event: QCloseEvent) -> None:
        """The cross was clicked, or the session ends."""
        if self._window.closed.is_set():
            event.accept()
            return
        event.ignore()
        if self._leaving is not None:
            return
        going_on = [one.title for one in self._window.activities.rows() if one.state == "running"]
        if going_on:
            self._window.tasks.start("leaving", partial(self._ask_to_leave, going_on))
        else:
            self.leave()

    async def _ask_to_leave(self, going_on: list[str]) -> None:
        from launcher.ui.dialogs.frame import answer_of  # as in `deeds`
        from launcher.ui.dialogs.leaving import Leaving

        if await answer_of(Leaving(self._window, going_on)):
            self.leave()

    def leave(self) -> None:
        """Tidy up without freezing, then close. What commands of ours do goes on in their own processes."""
        if self._leaving is None:
            self._window.setEnabled(False)
            self._leaving = asyncio.ensure_future(self._leave())

    async def _leave(self) -> None:
        """Whatever goes wrong: a window that nobody can use any more must not stay."""
        try:
            await self._window.tasks.close()
            await self._window.calls.close()
        except Exception as exc:
            log.warning("not everything could be tidied up", exc_info=exc)
        self._window.closed.set()
        self._window.close()

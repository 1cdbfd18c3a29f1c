"""The first page is shown to whoever has never seen it, and to whoever asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from launcher import errors
from launcher.ui.panes.welcome import Welcome

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class FirstRun(QObject):
    """Asks the desk once."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.pane = Welcome(window.theme)
        self.pane.understood.connect(self._understood)

    def begin(self) -> None:
        """Is this person new?"""
        self._window.tasks.start("first run", self._look)

    async def _look(self) -> None:
        try:
            is_first = await self._window.calls.call(lambda desk: desk.is_first_run())
        except errors.LauncherError:
            return  # the places say already what cannot be reached
        if is_first:  # somebody may have asked for it meanwhile
            self.pane.show()

    def show(self) -> None:
        """Once more, for whoever asks."""
        self.pane.show()
        self.pane.button.setFocus()

    def _understood(self) -> None:
        self.pane.hide()
        self._window.browser.view().setFocus()
        self._window.tasks.start("first run", self._note)

    async def _note(self) -> None:
        await self._window.calls.call(lambda desk: desk.welcomed())

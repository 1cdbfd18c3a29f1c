"""Keeps the column *Saved* of the files tab: there only for files on this computer, made on a thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from launcher.ui.kept_files import KeptFiles, kept_files

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class SavedColumn(QObject):
    """Follows where the person is, and what is saved."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.browsing.moved.connect(self._look)
        window.browser.tab_shown.connect(lambda _: self._look())
        window.keeping.saved_changed.connect(self._look)

    def _look(self) -> None:
        window, now = self._window, self._window.browsing.history.now
        is_here = now is not None and now.is_here
        window.browser.show_saved_column(shown=is_here)
        if window.keeping.states is None:  # what was known is true no longer
            window.tasks.cancel("kept files")
            window.browsing.level.files.show_kept(KeptFiles())
        elif is_here and window.browser.tab == "files":
            window.tasks.start("kept files", self._find)

    async def _find(self) -> None:
        states = tuple((self._window.keeping.states or {}).values())
        self._window.browsing.level.files.show_kept(await asyncio.to_thread(kept_files, states))

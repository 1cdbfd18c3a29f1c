"""What the main window looked like when it was closed, and does again when it is opened."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from launcher.ui.memory import Memory

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class Remembering:
    """Of one window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._site = ""

    def recall(self, memory: Memory, site: str) -> None:
        """Where and how large it was, and what was on the left."""
        self._site = site
        if memory.geometry:
            self._window.restoreGeometry(QByteArray(memory.geometry_bytes))
        self._window.body.set_places_width(memory.places_width)
        self._window.browsing.prefer(memory.root, memory.places_of(site))

    def memory(self) -> Memory:
        """What to recall next time."""
        window, now = self._window, self._window.browsing.history.now
        return Memory(
            geometry=base64.b64encode(window.saveGeometry().data()).decode(),
            places_width=window.body.places_width,
            root=now.root if now is not None else "",
            appearance=window.theme.appearance.value,
            site=self._site,
            places=window.browsing.known_places,
        )

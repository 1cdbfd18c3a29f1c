"""Closing the window while something is on its way: it goes on, and that is said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr


class Leaving(Dialog):
    """What goes on, by name. Nothing is ended by closing."""

    def __init__(self, parent: QWidget, going_on: Sequence[str]) -> None:
        super().__init__(parent, tr("This goes on without the window"))
        for title in going_on:
            self.column.addWidget(label(title, wrap=True))
        self.column.addWidget(label(tr("Tools that are open stay open. Start again to see how it went."), tone="dim"))
        close = button(tr("Close the window"))
        close.clicked.connect(self.accept)
        self.end_with(self.close_button(tr("Stay")), close)

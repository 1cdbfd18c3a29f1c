"""Asking for a name; the loop goes on meanwhile."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr

_LONGEST = 255


class FolderName(Dialog):
    """What a new folder is to be called."""

    def __init__(self, parent: QWidget, where: str) -> None:
        super().__init__(parent, tr("New folder"))
        self.column.addWidget(label(tr("In {where}", where=where), tone="dim", wrap=True))
        self._field = QLineEdit()
        self._field.setAccessibleName(tr("Name of the folder"))
        self._field.setMaxLength(_LONGEST)
        self.column.addWidget(self._field)
        make = button(tr("Make it"), "primary")
        make.clicked.connect(self._make)
        self.end_with(self.close_button(tr("Cancel")), make)
        self.name = ""
        self._field.setFocus()

    def _make(self) -> None:
        self.name = self._field.text().strip().strip("/")
        if self.name:
            self.accept()
        else:
            self._field.setFocus()

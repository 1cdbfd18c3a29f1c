"""What the dialogs share: a title, contents, buttons; opened, not executed, so that the loop goes on."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QSpacerItem, QVBoxLayout, QWidget

from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr
from launcher.ui.theme import TITLE

_NARROWEST = 420


class Dialog(QDialog):
    """A small window over the main one; Escape closes it."""

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, 18, 20, 16)
        self.column.setSpacing(10)
        self.column.addWidget(label(title, factor=TITLE, bold=True))
        self.column.addSpacerItem(QSpacerItem(_NARROWEST, 0))

    def end_with(self, *buttons: QPushButton) -> None:
        """Buttons at the lower right, the one that Return presses last."""
        row = QHBoxLayout()
        row.addStretch(1)
        for one in buttons:
            row.addWidget(one)
        buttons[-1].setDefault(True)
        self.column.addSpacing(4)
        self.column.addLayout(row)

    def close_button(self, text: str = "") -> QPushButton:
        """A button that just closes."""
        made = button(text or tr("Close"))
        made.clicked.connect(self.reject)
        return made


async def answer_of(dialog: QDialog) -> bool:
    """Open it, and wait without stopping anything else; True when it was accepted."""
    answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def finished(result: int) -> None:
        if not answered.done():
            answered.set_result(result == QDialog.DialogCode.Accepted)

    dialog.finished.connect(finished)
    dialog.open()
    try:
        return await answered
    except asyncio.CancelledError:
        if not answered.done():  # else it was closed just before, and may be gone
            dialog.reject()
        raise

"""Asking for a folder, for files, or for a name; the loop goes on meanwhile."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from launcher.ui.dialogs.frame import Dialog, answer_of
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr

_LONGEST = 255


async def chosen_folder(parent: QWidget, title: str) -> str:
    """A folder of this computer; empty if none was chosen."""
    return next(iter(await _chosen(parent, title, QFileDialog.FileMode.Directory)), "")


async def chosen_files(parent: QWidget, title: str) -> list[str]:
    """Files of this computer; none if the person thought better of it."""
    return await _chosen(parent, title, QFileDialog.FileMode.ExistingFiles)


async def _chosen(parent: QWidget, title: str, mode: QFileDialog.FileMode) -> list[str]:
    asked = QFileDialog(parent, title)
    asked.setFileMode(mode)
    asked.setOption(QFileDialog.Option.ShowDirsOnly, on=mode is QFileDialog.FileMode.Directory)
    try:
        return asked.selectedFiles() if await answer_of(asked) else []
    finally:
        asked.deleteLater()


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

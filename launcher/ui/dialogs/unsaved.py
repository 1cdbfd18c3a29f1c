"""What a save would send, file by file, and why it is not saved yet."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from launcher.config.plain import plain
from launcher.ui import words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import button, label
from launcher.ui.rows import SavedState, last_part
from launcher.ui.texts import tr

#: States of a file that a save leaves as they are.
_SETTLED = frozenset({"saved", "by reference", "older than what is saved"})
_MOST = 2000


class Unsaved(Dialog):
    """Projects, and below each the files that are only on this computer."""

    def __init__(self, parent: QWidget, states: Iterable[SavedState], save: QAction) -> None:
        super().__init__(parent, tr("What will be saved"))
        rows = [state for state in states if not state.all_saved]
        if rows:
            self.column.addWidget(_tree(rows), 1)
            self.resize(640, 420)
        else:
            self.column.addWidget(label(tr("Everything on this computer is in the home bucket.")))
        send = button(save.text(), "primary")
        send.setEnabled(save.isEnabled() and bool(rows))
        send.clicked.connect(save.trigger)
        send.clicked.connect(self.accept)
        self.end_with(self.close_button(), send)


def _tree(states: list[SavedState]) -> QTreeWidget:
    made = QTreeWidget()
    made.setObjectName("Files")
    made.setAccessibleName(tr("Files that are not saved yet"))
    made.setHeaderLabels([tr("File"), tr("Why")])
    made.header().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for state in states:
        made.addTopLevelItem(_project(state))
    made.expandAll()
    return made


def _project(state: SavedState) -> QTreeWidgetItem:
    made = QTreeWidgetItem([plain(last_part(state.dir)), words.unsaved_files(state)])
    waiting = [(path, cause) for path, how, cause in state.items if how not in _SETTLED]
    made.addChildren([QTreeWidgetItem([path, cause]) for path, cause in waiting[:_MOST]])
    if len(waiting) > _MOST:
        made.addChild(QTreeWidgetItem([tr("… and {n} more", n=len(waiting) - _MOST)]))
    return made

"""The keyboard overlay, made from the table of actions."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QWidget

from launcher.ui.actions import Action
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import label
from launcher.ui.texts import tr
from launcher.ui.theme import CAPTION

_ALSO = (
    ("Tab, Shift+Tab", "Next and previous control"),
    ("Arrow keys", "Move in places, cards, rows and tabs"),
    ("Return", "Open the chosen project"),
    ("Escape", "Close the details or a dialog, clear the search"),
)


class Keys(Dialog):
    """Every shortcut, in two columns of groups."""

    def __init__(self, parent: QWidget, offered: Iterable[Action]) -> None:
        super().__init__(parent, tr("Keyboard"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(5)
        self._lefts = (0, 3)
        rows = [0, 0]
        everything = list(offered)
        for group in dict.fromkeys(action.group for action in everything):
            actions = [action for action in everything if action.group == group]
            side = 0 if rows[0] <= rows[1] else 1
            pairs = [(_native(action.keys), tr(action.text)) for action in actions]
            rows[side] = self._put(grid, group, pairs, rows[side], self._lefts[side])
        side = 0 if rows[0] <= rows[1] else 1
        self._put(grid, "Everywhere", [(keys, tr(text)) for keys, text in _ALSO], rows[side], self._lefts[side])
        grid.setColumnMinimumWidth(2, 24)
        self.column.addLayout(grid)
        self.end_with(self.close_button())

    @staticmethod
    def _put(grid: QGridLayout, group: str, pairs: list[tuple[str, str]], row: int, left: int) -> int:
        grid.addWidget(label(tr(group), tone="dim", factor=CAPTION, bold=True), row, left, 1, 2)
        for number, (keys, text) in enumerate(pairs, row + 1):
            grid.addWidget(label(keys, bold=True), number, left)
            grid.addWidget(label(text), number, left + 1)
        return row + len(pairs) + 1


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)

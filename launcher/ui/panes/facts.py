"""A few facts side by side, each below its title."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from launcher.ui.panes.labels import label
from launcher.ui.theme import CAPTION, tabular


class Facts(QWidget):
    """Titles above, values below; a fact that is not known is not there."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(1)
        self._shown: list[tuple[QLabel, QLabel]] = []

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Other facts, or other values."""
        while len(self._shown) < len(facts):
            self._shown.append(self._pair(len(self._shown)))
        for number, (title, value) in enumerate(self._shown):
            is_there = number < len(facts)
            if is_there:
                title.setText(facts[number][0])
                value.setText(facts[number][1])
                value.setAccessibleName(f"{facts[number][0]}: {facts[number][1]}")
            title.setVisible(is_there)
            value.setVisible(is_there)
        self.setVisible(bool(facts))

    def _pair(self, column: int) -> tuple[QLabel, QLabel]:
        title, value = label(tone="dim", factor=CAPTION), label()
        value.setFont(tabular(value.font()))
        self._grid.addWidget(title, 0, column)
        self._grid.addWidget(value, 1, column)
        self._grid.setColumnStretch(column, 0)
        self._grid.setColumnStretch(column + 1, 1)
        return title, value

"""A view that has nothing to show says so: a sign, a title, a next step, at most one button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from launcher.ui.icons import picture
from launcher.ui.panes.labels import button, label
from launcher.ui.states import State
from launcher.ui.theme import CARD_NAME, Theme

_SIGN = 44


class StatePage(QWidget):
    """One designed state at a time."""

    asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state: State | None = None
        self._sign = QLabel()
        self._title = label(factor=CARD_NAME, bold=True)
        self._hint = label(tone="dim", wrap=True)
        self._button = button("")
        self._button.clicked.connect(self._ask)
        self._lay_out()
        theme.changed.connect(self._tint)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._hint)
        column.addSpacing(4)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def show_state(self, state: State) -> None:
        """Say something else."""
        if state == self._state:
            return
        self._state = state
        self._title.setText(state.title)
        self._hint.setText(state.hint)
        self._button.setText(state.button)
        self._button.setVisible(bool(state.action))
        self.setAccessibleName(f"{state.title}. {state.hint}")
        self._tint()

    def _tint(self) -> None:
        if self._state is not None:
            scale = self.devicePixelRatioF()
            self._sign.setPixmap(picture(self._state.icon, self._theme.tokens.dim, _SIGN, scale))

    def _ask(self) -> None:
        if self._state is not None:
            self.asked.emit(self._state.action)

"""The first page: three pictures that say what the launcher does. It blocks nothing, and is not shown twice."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from launcher.ui.icons import picture
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr
from launcher.ui.theme import CARD_NAME, Theme

_EDGE = 72
_STEPS = (
    ("welcome-find", "Find", "The recordings and projects of your lab, as pictures. Nothing is copied by looking."),
    ("welcome-open", "Open", "One click brings a project here, checks every file and starts SLEAP or DeepLabCut."),
    (
        "welcome-keep", "Keep",
        "What you save in the tool goes to your home bucket by itself. Green below means: confirmed by the server.",
    ),
)  # fmt: skip


class Welcome(QFrame):
    """Three steps side by side, and one button."""

    understood = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("Welcome")
        self.setAccessibleName(tr("What this program does"))
        self._theme = theme
        self._pictures = {name: QLabel() for name, _, _ in _STEPS}
        steps = QHBoxLayout()
        steps.setSpacing(20)
        for name, title, text in _STEPS:
            steps.addWidget(_step(self._pictures[name], tr(title), tr(text)), 1)
        self.button = button(tr("Got it"), "primary")
        self.button.setAccessibleDescription(". ".join(f"{tr(title)}: {tr(text)}" for _, title, text in _STEPS))
        self.button.clicked.connect(self.understood)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 14, 20, 14)
        column.setSpacing(10)
        column.addLayout(steps)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)
        theme.changed.connect(self._tint)
        self._tint()
        self.hide()

    def _tint(self) -> None:
        for name, shown in self._pictures.items():
            shown.setPixmap(picture(name, self._theme.tokens.accent, _EDGE, self.devicePixelRatioF()))


def _step(sign: QLabel, title: str, text: str) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    column.addWidget(sign)
    column.addWidget(label(title, factor=CARD_NAME, bold=True))
    said = label(text, tone="dim", wrap=True)
    said.setAlignment(Qt.AlignmentFlag.AlignTop)
    column.addWidget(said, 1)
    return made

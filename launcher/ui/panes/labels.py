"""Labels as this window has them: plain text whatever is in it, in the sizes of the drawings."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QWidget

from launcher.ui.models.places import as_tooltip
from launcher.ui.theme import set_role, sized
from launcher.ui.words import Line


def label(text: str = "", *, tone: str = "", factor: float = 1.0, bold: bool = False, wrap: bool = False) -> QLabel:
    """A label that never reads its text as markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if factor != 1.0 or bold:
        made.setFont(sized(made.font(), factor, QFont.Weight.DemiBold if bold else QFont.Weight.Normal))
    if wrap:  # a word without spaces, such as a path, must not widen its pane
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    if tone:
        set_role(made, "tone", tone)
    return made


def show_line(where: QLabel | QPushButton, line: Line) -> None:
    """A line with its sign, in the colour of what it means; nothing is repainted if it says that already."""
    if where.text() != line.signed:
        where.setText(line.signed)
    set_role(where, "tone", line.tone.value)


def button(text: str, kind: str = "") -> QPushButton:
    """A button that can be reached by Tab."""
    made = QPushButton(text)
    made.setAutoDefault(False)
    if kind:
        set_role(made, "kind", kind)
    return made


def explain(widget: QWidget, text: str) -> None:
    """A tooltip of plain text; a screen reader is told the same without the markup that keeps it plain."""
    widget.setToolTip(as_tooltip(text))
    widget.setAccessibleDescription(text)


def separator() -> QWidget:
    """A thin upright line between parts of a bar."""
    made = QFrame()
    made.setObjectName("Separator")
    return made

"""What a delegate is told about the cell that it paints, with types that the stubs of Qt leave out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, now."""

    rect: QRect
    font: QFont
    is_chosen: bool
    has_focus: bool


def cell_of(option: Any) -> Cell:
    """Read a style option."""
    state = option.state
    return Cell(
        option.rect,
        option.font,
        bool(state & QStyle.StateFlag.State_Selected),
        bool(state & QStyle.StateFlag.State_HasFocus),
    )


def fits(font: QFont, width: int) -> Callable[[str], bool]:
    """Whether a text has room in that font, for whoever can say it shorter; as Qt decides it where it draws."""
    metrics = QFontMetrics(font)
    return lambda text: metrics.elidedText(text, Qt.TextElideMode.ElideRight, width) == text


def draw_inside(painter: QPainter, where: QRect, flags: Any, text: str) -> None:
    """Text that stays in its place, however many marks are piled onto its letters."""
    painter.save()
    painter.setClipRect(where)
    painter.drawText(where, flags, text)
    painter.restore()

"""Body parts with the colour and the shape they have in the pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF

from launcher.ui.panes.as_high import AsHigh
from launcher.ui.texts import tr
from launcher.ui.theme import KEY_POINTS, Theme

_MARK, _GAP, _ROW_GAP = 10, 14, 6
_MOST = 24


class Legend(AsHigh):
    """Marks and names, flowing over as many rows as they need."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names: tuple[str, ...] = ()
        theme.changed.connect(self.update)

    def show_parts(self, names: Sequence[str]) -> None:
        """Other body parts; a very long list ends in words."""
        shown = tuple(names[:_MOST])
        more = len(names) - len(shown)
        self._names = (*shown, tr("… and {n} more", n=more)) if more else shown
        self.setAccessibleName(tr("Body parts: {names}", names=", ".join(names)))
        self.fit()

    def height_at(self, width: int) -> int:
        """All rows."""
        return round(max((box.bottom() for box in self._boxes(width)), default=0))

    def _boxes(self, width: int) -> list[QRectF]:
        """Where each name with its mark stands."""
        metrics, boxes, left, top = QFontMetrics(self.font()), list[QRectF](), 0.0, 0.0
        for name in self._names:
            wide = min(_MARK + 5 + metrics.horizontalAdvance(name), max(width, 40))
            if left and left + wide > width:
                left, top = 0.0, top + metrics.height() + _ROW_GAP
            boxes.append(QRectF(left, top, wide, metrics.height()))
            left += wide + _GAP
        return boxes

    def paintEvent(self, _: QPaintEvent) -> None:
        """Marks in their colours, text in the text colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, (name, box) in enumerate(zip(self._names, self._boxes(self.width()), strict=True)):
            text = box
            if number < _MOST:
                centre = QPointF(box.left() + _MARK / 2, box.center().y())
                colour, shape = KEY_POINTS[number % len(KEY_POINTS)]
                painter.setPen(QPen(QColor("#FFFFFF"), 1))
                painter.setBrush(QColor(colour))
                draw_mark(painter, shape, centre, _MARK / 2)
                text = box.adjusted(_MARK + 5, 0, 0, 0)
            painter.setPen(self._theme.colour("text"))
            painter.save()
            painter.setClipRect(text)  # marks piled onto a letter stay in its row
            painter.drawText(text, name)
            painter.restore()
        painter.end()


def draw_mark(painter: QPainter, shape: str, centre: QPointF, radius: float) -> None:
    """One key point's shape."""
    if shape == "circle":
        painter.drawEllipse(centre, radius, radius)
        return
    painter.drawPolygon(QPolygonF([centre + point * radius for point in _outline(shape)]))


def _outline(shape: str) -> list[QPointF]:
    """Corners on the unit circle, or of a cross."""
    if shape == "star":
        return [_at(number * 36 - 90, 1.1 if number % 2 == 0 else 0.48) for number in range(10)]
    if shape == "cross":
        arm, wide = 1.0, 0.38
        return [QPointF(x, y) for x, y in (
            (-wide, -arm), (wide, -arm), (wide, -wide), (arm, -wide), (arm, wide), (wide, wide),
            (wide, arm), (-wide, arm), (-wide, wide), (-arm, wide), (-arm, -wide), (-wide, -wide),
        )]  # fmt: skip
    corners = {"triangle": (-90, 30, 150), "triangle down": (90, 210, 330), "square": (45, 135, 225, 315)}
    return [_at(angle, 1.15) for angle in corners.get(shape, (0, 90, 180, 270))]


def _at(degrees: float, radius: float) -> QPointF:
    return QPointF(radius * math.cos(math.radians(degrees)), radius * math.sin(math.radians(degrees)))

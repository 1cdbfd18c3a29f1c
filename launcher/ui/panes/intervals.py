"""Mean errors side by side, each with the interval that it may as well be: a dot and a line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from launcher.compare.page.scale import Scale, number, reach
from launcher.ui import comparison_seen as seen
from launcher.ui.comparison_seen import ScoreSeen
from launcher.ui.panes.labels import explain
from launcher.ui.texts import tr
from launcher.ui.theme import CAPTION, Theme, sized, tabular

_PAD, _ROW, _WIDEST_NAME = 12.0, 26, 0.35
_DOT, _LAST_TICK = 4.0, 40.0


class IntervalChart(QWidget):
    """One row a model, on one axis that begins at zero."""

    def __init__(self, scores: Sequence[ScoreSeen], theme: Theme) -> None:
        super().__init__()
        self._scores = [one for one in scores if one.error is not None]
        self._theme = theme
        self.setFont(tabular(sized(self.font(), CAPTION)))
        self.setMinimumHeight(_ROW * (len(self._scores) + 1))
        self.setAccessibleName(tr("Mean error of each model"))
        explain(self, "\n".join(f"{one.name}: {seen.error(one)}" for one in self._scores))
        theme.changed.connect(self.update)

    def paintEvent(self, _: QPaintEvent) -> None:
        """The axis below, a row for each model above it."""
        if not self._scores:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        names = max(metrics.horizontalAdvance(one.name) for one in self._scores)
        left = min(names, self.width() * _WIDEST_NAME) + _PAD
        ends = [end for one in self._scores if one.error for end in one.error]
        scale = Scale(0.0, reach(ends), left, self.width() - _LAST_TICK)
        bottom = float(_ROW * len(self._scores))
        self._axis(painter, scale, bottom, metrics)
        for row, one in enumerate(self._scores):
            self._row(painter, one, scale, QRectF(0, row * _ROW, left - _PAD, _ROW), metrics)
        painter.end()

    def _axis(self, painter: QPainter, scale: Scale, bottom: float, metrics: QFontMetricsF) -> None:
        for tick in scale.ticks():
            x = scale.at(tick)
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            painter.setPen(self._theme.colour("dim"))
            text = tr("{n} px", n=number(tick))
            painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2, bottom + metrics.height()), text)

    def _row(self, painter: QPainter, one: ScoreSeen, scale: Scale, box: QRectF, metrics: QFontMetricsF) -> None:
        assert one.error is not None
        value, low, high = one.error
        painter.setPen(self._theme.colour("text"))
        name = metrics.elidedText(one.name, Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, name)
        y = box.center().y()
        colour = self._theme.colour("dim" if one.why_not else "accent")
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(scale.at(low), y), QPointF(scale.at(high), y))
        if not one.why_not:  # who may not be ranked has an open dot
            painter.setBrush(colour)
        painter.drawEllipse(QPointF(scale.at(value), y), _DOT, _DOT)
        painter.setBrush(Qt.BrushStyle.NoBrush)

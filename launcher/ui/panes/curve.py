"""The loss of a training by epoch: two lines that differ by stroke as well as by colour, each with its last value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from launcher.compare.page.scale import Scale, number
from launcher.ui import job_words
from launcher.ui.job_seen import EpochSeen
from launcher.ui.panes.labels import explain
from launcher.ui.texts import tr
from launcher.ui.theme import CAPTION, Theme, sized, tabular

_PAD, _TICK_GAP, _ROW_GAP = 12.0, 8.0, 3.0
_MOST_TICKS_UP, _MOST_TICKS_ACROSS = 4, 6
#: A loss falls over powers of ten: beyond this factor a straight axis shows a step and then nothing.
_WIDE = 20.0


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of the chart."""

    name: str
    colour: str
    stroke: Qt.PenStyle
    points: Sequence[tuple[float, float]]


def traces(points: Sequence[EpochSeen]) -> tuple[Trace, ...]:
    """The lines that have something to show, in the order in which they are drawn."""
    training = [(float(one.epoch), one.loss) for one in points if one.loss is not None]
    validation = [(float(one.epoch), one.validation) for one in points if one.validation is not None]
    both = (
        Trace(tr("training"), "dim", Qt.PenStyle.DashLine, training),
        Trace(tr("validation"), "accent", Qt.PenStyle.SolidLine, validation),
    )
    return tuple(one for one in both if one.points)


def is_logarithmic(values: Sequence[float]) -> bool:
    """Are they so far apart that only powers of ten show all of them?"""
    return min(values) > 0 and max(values) / min(values) > _WIDE


def up(values: Sequence[float], start: float, end: float, *, logarithmic: bool) -> tuple[Scale, list[float]]:
    """The upright axis, and its ticks; of a logarithmic one in powers of ten."""
    if not logarithmic:
        scale = Scale(0.0, max(max(values), 1e-12) * 1.05, start, end)
        return scale, scale.ticks(_MOST_TICKS_UP)
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    step = max(1, math.ceil((high - low) / _MOST_TICKS_UP))
    return Scale(low, high, start, end), [float(power) for power in range(low, high + 1, step)]


class CurveChart(QWidget):
    """Painted when another epoch is there, and not before."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._points: tuple[EpochSeen, ...] = ()
        self.setFont(tabular(sized(self.font(), CAPTION)))
        self.setMinimumSize(280, 150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Loss by epoch"))
        self.show_curve(())
        theme.changed.connect(self.update)

    def show_curve(self, points: Sequence[EpochSeen]) -> None:
        """Another look; a screen reader is told its course in words."""
        if tuple(points) != self._points or not points:
            self._points = tuple(points)
            explain(self, job_words.curve(points))
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Axes first, lines on them, last values beside their ends."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if drawn := traces(self._points):
            self._paint(painter, drawn)
        else:
            painter.setPen(self._theme.colour("dim"))
            text = tr("The curve begins with the first finished epoch.")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
        painter.end()

    def _paint(self, painter: QPainter, drawn: Sequence[Trace]) -> None:
        metrics = QFontMetricsF(self.font())
        values = [value for one in drawn for _, value in one.points]
        epochs = [epoch for one in drawn for epoch, _ in one.points]
        logarithmic = is_logarithmic(values)
        widest = max(metrics.horizontalAdvance(_end_of(one)) for one in drawn)
        line = metrics.height()
        tick_room = metrics.horizontalAdvance("0.0000") + _TICK_GAP
        box = QRectF(self.rect()).adjusted(tick_room, line + _PAD, -widest - _PAD, -line - _PAD)
        upright, ticks = up(values, box.bottom(), box.top(), logarithmic=logarithmic)
        across = Scale(min(epochs), max(max(epochs), min(epochs) + 1), box.left(), box.right())
        self._axes(painter, box, [(upright.at(tick), 10**tick if logarithmic else tick) for tick in ticks], across)
        title = tr("loss (log scale)") if logarithmic else tr("loss")
        painter.drawText(QPointF(self.rect().left() + 2, line), title)
        self._lines(painter, drawn, across, upright, logarithmic=logarithmic)

    def _axes(self, painter: QPainter, box: QRectF, ticks: Sequence[tuple[float, float]], across: Scale) -> None:
        metrics = QFontMetricsF(self.font())
        for y, value in ticks:
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(self._theme.colour("dim"))
            text = number(value)
            place = QPointF(box.left() - _TICK_GAP - metrics.horizontalAdvance(text), y + metrics.capHeight() / 2)
            painter.drawText(place, text)
        for tick in (tick for tick in across.ticks(_MOST_TICKS_ACROSS) if tick == math.floor(tick)):
            text = number(tick)
            left = across.at(tick) - metrics.horizontalAdvance(text) / 2
            painter.drawText(QPointF(left, box.bottom() + metrics.height() + 2), text)
        name = tr("epoch")
        painter.drawText(QPointF(box.right() + _PAD, box.bottom() + metrics.height() + 2), name)

    def _lines(
        self, painter: QPainter, drawn: Sequence[Trace], across: Scale, upright: Scale, *, logarithmic: bool
    ) -> None:
        metrics = QFontMetricsF(self.font())
        taken: list[float] = []
        for one in drawn:
            path = [
                QPointF(across.at(epoch), upright.at(math.log10(value) if logarithmic else value))
                for epoch, value in one.points
            ]
            painter.setPen(QPen(self._theme.colour(one.colour), 1.8, one.stroke))
            if len(path) == 1:
                painter.drawEllipse(path[0], 2, 2)
            painter.drawPolyline(QPolygonF(path))
            y = _beside(path[-1].y(), taken, metrics.height() + _ROW_GAP)
            taken.append(y)
            painter.setPen(self._theme.colour("text"))
            painter.drawText(QPointF(path[-1].x() + _PAD / 2, y + metrics.capHeight() / 2), _end_of(one))


def _end_of(one: Trace) -> str:
    """What stands beside the end of a line."""
    return f"{one.name} {one.points[-1][1]:.3g}"


def _beside(y: float, taken: Sequence[float], apart: float) -> float:
    """Where a label fits: at its line's end, or as far from the others as a row is high."""
    for other in taken:
        if abs(y - other) < apart:
            y = other - apart if y <= other else other + apart
    return y

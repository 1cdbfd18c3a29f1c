"""The GPU in the bottom bar: name, numbers, a small graph, the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QWidget

from launcher.ui.gpu_seen import GpuSeen
from launcher.ui.panes.labels import explain, label, separator, show_line
from launcher.ui.texts import tr
from launcher.ui.theme import Theme, sized, tabular

#: As many points as there are pixels to show them; ten minutes are folded into them.
_POINTS = 84
_FEWEST = 3


class Graph(QWidget):
    """Use over the last minutes; painted only when another look came."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._values: tuple[float, ...] = ()
        self.setFixedSize(QSize(_POINTS, 20))
        theme.changed.connect(self.update)

    def show_values(self, values: Sequence[int]) -> None:
        """Another look."""
        folded = fold(values, _POINTS // 2)
        if folded != self._values:
            self._values = folded
            self.update()
        self.setVisible(len(folded) >= _FEWEST)

    def paintEvent(self, _: QPaintEvent) -> None:
        """One line, no ground."""
        if len(self._values) < _FEWEST:
            return
        step = (self.width() - 2) / (len(self._values) - 1)
        high = self.height() - 4
        points = [QPointF(1 + n * step, 2 + high * (1 - value / 100)) for n, value in enumerate(self._values)]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("accent"), 1.5))
        painter.drawPolyline(QPolygonF(points))
        painter.end()


def fold(values: Sequence[int], points: int) -> tuple[float, ...]:
    """So many values at most, each the mean of its share."""
    if len(values) <= points:
        return tuple(float(value) for value in values)
    edges = [round(n * len(values) / points) for n in range(points + 1)]
    return tuple(sum(values[start:end]) / (end - start) for start, end in pairwise(edges) if end > start)


class GpuPart(QWidget):
    """Not there before the first look."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._name = label()
        self._name.setFont(sized(self._name.font(), 1.0, QFont.Weight.DemiBold))
        self._numbers = label(tone="dim")
        self._numbers.setFont(tabular(self._numbers.font()))
        self._graph = Graph(theme)
        self._verdict = label()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(separator())
        row.addSpacing(12)
        for widget in (self._name, self._graph, self._numbers, self._verdict):
            row.addWidget(widget)
        self.hide()

    def show_gpu(self, seen: GpuSeen) -> None:
        """Another look."""
        for where, text in ((self._name, seen.name), (self._numbers, seen.numbers)):
            where.setText(text)
            where.setVisible(bool(text))
        self._graph.show_values(seen.history)
        show_line(self._verdict, seen.line)
        explain(self, seen.reason)
        self.setAccessibleName(tr("GPU: {what}", what=f"{seen.name} {seen.numbers} {seen.reason}".strip()))
        self.show()

"""A picture in a pane: as wide as the pane, in its own shape, with rounded corners."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap

from launcher.ui.icons import picture
from launcher.ui.panes.as_high import AsHigh
from launcher.ui.theme import Theme

#: Most cameras have this shape, height to width.
_SHAPE = 0.75
_RADIUS, _GLYPH = 8, 40
STRIP_COUNT, _STRIP_GAP = 5, 4


class Picture(AsHigh):
    """One frame; a calm ground while there is none.

    Where something stands below that is clicked, it keeps its height whatever arrives: what moves away is missed.
    """

    def __init__(self, theme: Theme, *, keeps_height: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._keeps_height = keeps_height
        self._pixmap: QPixmap | None = None
        theme.changed.connect(self.update)

    def show_picture(self, pixmap: QPixmap | None) -> None:
        """Another picture, or none."""
        self._pixmap = pixmap
        self.fit()

    def height_at(self, width: int) -> int:
        """The picture's own shape, but never higher than wide; or always the same."""
        if self._keeps_height or self._pixmap is None or not self._pixmap.width():
            return int(width * _SHAPE)
        return int(width * min(self._pixmap.height() / self._pixmap.width(), 1.0))

    def paintEvent(self, _: QPaintEvent) -> None:
        """The picture, or the ground with a sign."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), self._theme.colour("background"))
        if self._pixmap is None:
            glyph = picture("picture", self._theme.tokens.line, _GLYPH, self.devicePixelRatioF())
            painter.drawPixmap(self.rect().center().x() - _GLYPH // 2, self.rect().center().y() - _GLYPH // 2, glyph)
        else:
            fitted = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - fitted.width()) / 2, (self.height() - fitted.height()) / 2
            target = QRectF(left, top, fitted.width(), fitted.height())
            painter.drawPixmap(target, self._pixmap, QRectF(self._pixmap.rect()))
        painter.end()


class Strip(AsHigh):
    """A few small frames side by side; not there where there is only one, which is shown large already."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._pixmaps: tuple[QPixmap, ...] = ()
        self._count = 0
        self.hide()

    def expect_pictures(self, count: int) -> None:
        """As many are on their way: their room is kept."""
        self._pixmaps = ()
        self._show(count)

    def show_pictures(self, pixmaps: Sequence[QPixmap]) -> None:
        """These have come."""
        self._pixmaps = tuple(pixmaps[:STRIP_COUNT])
        self._show(len(pixmaps))

    def _show(self, count: int) -> None:
        self._count = min(count, STRIP_COUNT)
        self.setVisible(self._count > 1)
        self.fit()

    def height_at(self, width: int) -> int:
        """The shape of one frame."""
        return int(self._cell(width) * _SHAPE)

    @staticmethod
    def _cell(width: int) -> float:
        return (width - _STRIP_GAP * (STRIP_COUNT - 1)) / STRIP_COUNT

    def paintEvent(self, _: QPaintEvent) -> None:
        """Each frame fills its cell; a cell without one has the calm ground."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        wide = self._cell(self.width())
        for number, pixmap in zip_longest(range(self._count), self._pixmaps):
            cell = QRectF(number * (wide + _STRIP_GAP), 0, wide, self.height())
            shape = QPainterPath()
            shape.addRoundedRect(cell, 4, 4)
            painter.setClipPath(shape)
            painter.fillRect(cell, self._theme.colour("background"))
            if pixmap is not None:
                painter.drawPixmap(cell, pixmap, _middle(pixmap.size(), cell.size()))
        painter.end()


def _middle(size: QSize, target: QSizeF) -> QRectF:
    """The middle of a picture that has the shape of the target."""
    shape = target.scaled(size.toSizeF(), Qt.AspectRatioMode.KeepAspectRatio)
    return QRectF(
        (size.width() - shape.width()) / 2, (size.height() - shape.height()) / 2, shape.width(), shape.height()
    )

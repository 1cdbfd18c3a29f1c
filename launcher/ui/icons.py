"""Our icons, drawn as SVG in one colour and tinted by the theme."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from launcher.ui.theme import RESOURCES


class _Tinted(QIconEngine):
    """Draws when it is asked, in the size that is asked for: sharp at every scale, and nothing before it is seen."""

    def __init__(self, name: str, colours: dict[QIcon.Mode, str]) -> None:
        super().__init__()
        self._name = name
        self._colours = colours

    def clone(self) -> QIconEngine:
        return _Tinted(self._name, self._colours)

    def pixmap(self, size: QSize, mode: QIcon.Mode, _: QIcon.State) -> QPixmap:
        edge = min(size.width(), size.height())
        return picture(self._name, self._colours.get(mode, self._colours[QIcon.Mode.Normal]), edge)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, _: float) -> QPixmap:
        return self.pixmap(size, mode, state)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        edge = min(rect.width(), rect.height())
        corner = QPoint((rect.width() - edge) // 2, (rect.height() - edge) // 2) + rect.topLeft()
        scale = painter.device().devicePixelRatioF()
        painter.drawPixmap(QRect(corner, QSize(edge, edge)), self.pixmap(QSize(edge, edge) * scale, mode, state))


def icon(name: str, colour: str, *, disabled: str | None = None) -> QIcon:
    """An icon in one colour, and in another while it cannot be used."""
    return QIcon(_Tinted(name, {QIcon.Mode.Normal: colour, QIcon.Mode.Disabled: disabled or colour}))


@lru_cache(256)
def picture(name: str, colour: str, edge: int, scale: float = 1.0) -> QPixmap:
    """One icon in one colour; `edge` in layout pixels, `scale` the screen's."""
    pixmap = _rendered(name, QSize(edge, edge) * scale)
    painter = QPainter(pixmap)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(pixmap.rect(), colour)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def app_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    made = QIcon()
    for edge in (32, 64, 128):
        made.addPixmap(_rendered("pose-launcher", QSize(edge, edge)))
    return made


def _rendered(name: str, size: QSize) -> QPixmap:
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(str(RESOURCES / "icons" / f"{name}.svg")).render(painter, QRectF(pixmap.rect()))
    painter.end()
    return pixmap

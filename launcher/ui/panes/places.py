"""The left side: where data lives, and what survives there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QListView, QMenu, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from launcher.ui import fitting, words
from launcher.ui.icons import picture
from launcher.ui.models.places import PlaceRole, PlacesModel
from launcher.ui.panes.cell import Cell, cell_of, draw_inside, fits
from launcher.ui.panes.drops import PROJECT_MIME, accept_copy
from launcher.ui.rows import Place, Recent, Run, ToolTarget
from launcher.ui.texts import tr
from launcher.ui.theme import CAPTION, Theme, sized

Index = QModelIndex | QPersistentModelIndex
_MARGIN, _ICON = 10, 18


class PlaceDelegate(QStyledItemDelegate):
    """A heading, or a place with an icon, its name and its fate."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines for a place, one and some air for a heading."""
        line = QFontMetrics(cell_of(option).font).height()
        is_place = index.data(PlaceRole.PLACE) is not None
        return QSize(120, 2 * line + 20 if is_place else line + 22)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Everything by hand, with tokens only."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell = cell_of(option)
        if index.data(PlaceRole.PLACE) is None:
            self._paint_heading(painter, cell, index)
        else:
            self._paint_ground(painter, cell)
            self._paint_place(painter, cell, index)
        painter.restore()

    def _paint_heading(self, painter: QPainter, cell: Cell, index: Index) -> None:
        font = sized(cell.font, CAPTION, QFont.Weight.DemiBold)
        font.setCapitalization(QFont.Capitalization.AllUppercase)
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 106)
        painter.setFont(font)
        painter.setPen(self._theme.colour("dim"))
        where = cell.rect.adjusted(_MARGIN + 8, 0, -_MARGIN, -4)
        painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, index.data())

    def _paint_ground(self, painter: QPainter, cell: Cell) -> None:
        box = cell.rect.adjusted(_MARGIN, 1, -_MARGIN, -1)
        if cell.is_chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selected"))
            painter.drawRoundedRect(box, 8, 8)
        if cell.has_focus:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 7, 7)

    def _paint_place(self, painter: QPainter, cell: Cell, index: Index) -> None:
        box = cell.rect.adjusted(_MARGIN + 8, 0, -_MARGIN - 6, 0)
        tint = self._theme.tokens.accent if cell.is_chosen else self._theme.tokens.dim
        line = QFontMetrics(cell.font).height()
        top = box.top() + (box.height() - 2 * line - 2) // 2
        name = picture(index.data(PlaceRole.ICON), tint, _ICON, painter.device().devicePixelRatioF())
        painter.drawPixmap(box.left(), top + (line - _ICON) // 2 + 1, name)
        text = box.adjusted(_ICON + 10, 0, 0, 0)
        self._text(painter, cell.font, QRect(text.left(), top, text.width(), line), index.data(), "text")
        below = QRect(text.left(), top + line + 2, text.width(), line)
        place = index.data(PlaceRole.PLACE)
        tone = "failed" if isinstance(place, Place) and not place.reachable else "dim"
        caption = sized(cell.font, CAPTION)
        ways = words.becomes_in_short(place) if isinstance(place, Place) else (index.data(PlaceRole.CAPTION),)
        room = fits(caption, below.width())
        said = fitting.sentence(fitting.first_that_fits(ways, room), room)
        self._text(painter, caption, below, said, tone)

    def _text(self, painter: QPainter, font: QFont, where: QRect, text: str, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.colour(colour))
        short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, where.width())
        draw_inside(painter, where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)


class PlacesPane(QListView):
    """Choosing a place shows it."""

    chosen = Signal(object)
    run_chosen = Signal(object)
    recent_chosen = Signal(object)
    #: The id of the tool that a card was let go on.
    tool_chosen = Signal(str)

    def __init__(self, model: PlacesModel, for_runs: Sequence[QAction], theme: Theme) -> None:
        super().__init__()
        self.setObjectName("Places")
        self.setAccessibleName(tr("Places"))
        self.setModel(model)
        self._for_runs = tuple(for_runs)
        self.setItemDelegate(PlaceDelegate(theme, self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMinimumWidth(168)
        self.setAcceptDrops(True)
        self.viewport().setAcceptDrops(True)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        theme.changed.connect(self.viewport().update)

    def show_chosen(self, root: str) -> None:
        """Mark the place that is shown."""
        model = self.model()
        assert isinstance(model, PlacesModel)
        index = model.index_of(root)
        if index.isValid() and index != self.currentIndex():
            self.setCurrentIndex(index)

    @property
    def run(self) -> Run | None:
        """The running tool whose row is the current one."""
        row = self.currentIndex().data(PlaceRole.PLACE)
        return row if isinstance(row, Run) else None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with a running tool; the menu key asks for the current row, the mouse for the one below."""
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if not isinstance(index.data(PlaceRole.PLACE), Run):
            return
        self.setCurrentIndex(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self._for_runs)
        menu.popup(event.globalPos())

    # A card can be let go on a tool

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Only a card of ours."""
        if event.mimeData().hasFormat(PROJECT_MIME):
            accept_copy(event)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Only over a tool."""
        if self._tool_at(event.position().toPoint()):
            accept_copy(event)
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """That tool opens it."""
        if event.mimeData().hasFormat(PROJECT_MIME) and (tool_id := self._tool_at(event.position().toPoint())):
            accept_copy(event)
            self.tool_chosen.emit(tool_id)
        else:
            event.ignore()

    def _tool_at(self, where: QPoint) -> str:
        row = self.indexAt(where).data(PlaceRole.PLACE)
        return row.tool_id if isinstance(row, Run | ToolTarget) else ""

    def _choose(self, index: QModelIndex) -> None:
        place = index.data(PlaceRole.PLACE)
        if isinstance(place, Place):
            self.chosen.emit(place)
        elif isinstance(place, Run):
            self.run_chosen.emit(place)
        elif isinstance(place, Recent):
            self.recent_chosen.emit(place)

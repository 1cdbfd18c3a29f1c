"""The files as a tree in a table: folders open and close, and only what can be seen is ever asked for."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from launcher.ui.icons import picture
from launcher.ui.models.file_tree import Row
from launcher.ui.models.files import FilesModel
from launcher.ui.panes.cell import Cell, cell_of
from launcher.ui.texts import tr
from launcher.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROW, _STEP, _SIGN, _PAD = 30, 18, 16, 8
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FileDelegate(QStyledItemDelegate):
    """Paints a cell from its row at once, instead of asking the model for it role by role."""

    def __init__(self, model: FilesModel, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._metrics = QFontMetrics(parent.font())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The ground if it is chosen, then sign and text."""
        cell, row, column = cell_of(option), self._model.row(index.row()), index.column()
        if cell.is_chosen:
            painter.fillRect(cell.rect, self._theme.colour("selected"))
        box = cell.rect.adjusted(_PAD, 0, -_PAD, 0)
        if column == 0:
            box = self._paint_signs(painter, box, row)
        painter.setPen(self._theme.colour("text" if column == 0 else "dim"))
        short = self._metrics.elidedText(self._model.text(row, column), Qt.TextElideMode.ElideMiddle, box.width())
        painter.setClipRect(cell.rect)
        painter.drawText(box, _RIGHT if column == 1 else _LEFT, short)
        painter.setClipping(False)
        if cell.has_focus:
            self._paint_focus(painter, cell)

    def _paint_signs(self, painter: QPainter, box: QRect, row: Row) -> QRect:
        """An arrow for a folder, then what it is; returns the rest."""
        left, top = box.left() + row.depth * _STEP, box.center().y() - _SIGN // 2
        scale, tint = painter.device().devicePixelRatioF(), self._theme.tokens.dim
        if row.entry.is_folder:
            arrow = picture("open" if row.is_open else "forward", tint, _SIGN, scale)
            painter.drawPixmap(left, top, arrow)
        kind = picture("folder" if row.entry.is_folder else "file", tint, _SIGN, scale)
        painter.drawPixmap(left + _SIGN + 4, top, kind)
        return box.adjusted(row.depth * _STEP + 2 * _SIGN + 12, 0, 0, 0)

    def _paint_focus(self, painter: QPainter, cell: Cell) -> None:
        painter.setPen(QPen(self._theme.colour("accent"), 1))
        painter.drawRect(cell.rect.adjusted(0, 0, -1, -1))


class FilesView(QTableView):
    """Right opens, left closes or goes to the folder around, Return and a double click do either."""

    def __init__(self, model: FilesModel, theme: Theme) -> None:
        super().__init__()
        self._files = model
        self.setObjectName("Files")
        self.setAccessibleName(tr("Files"))
        self.setModel(model)
        self.setItemDelegate(FileDelegate(model, theme, self))
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(self.verticalHeader().ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.horizontalHeader().setHighlightSections(False)
        self.activated.connect(self._toggle)
        theme.changed.connect(self.viewport().update)

    def _toggle(self, index: QModelIndex) -> None:
        """Open what is closed, close what is open."""
        if self._files.row(index.row()).is_open:
            self._files.close(index.row())
        else:
            self._files.open(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """As in every tree."""
        index = self.currentIndex()
        if not index.isValid() or event.key() not in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Right:
            self._files.open(index.row())
        elif self._files.row(index.row()).is_open:
            self._files.close(index.row())
        elif (above := self._files.parent_of(index.row())) >= 0:
            self.setCurrentIndex(self._files.index(above, 0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the arrow opens or closes."""
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and index.column() == 0:
            row = self._files.row(index.row())
            left = self.visualRect(index).left() + _PAD + row.depth * _STEP
            if row.entry.is_folder and left - 4 <= event.position().x() <= left + _SIGN + 4:
                self._toggle(index)

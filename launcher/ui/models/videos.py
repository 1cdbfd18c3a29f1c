"""Videos of a place, as a table that grows while it is listed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from launcher.config.plain import plain
from launcher.ui import words
from launcher.ui.icons import icon
from launcher.ui.models.places import as_tooltip
from launcher.ui.rows import Entry
from launcher.ui.texts import tr

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
VIDEO_ROLE = Qt.ItemDataRole.UserRole + 1
_COLUMNS = ("Name", "Folder", "Size", "Changed")


class VideosModel(QAbstractTableModel):
    """One row a video."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Entry] = []
        self._base = ""
        self.icon_colour = "#5B6472"

    def clear(self, base: str = "") -> None:
        """Another place."""
        self.beginResetModel()
        self._rows, self._base = [], base
        self.endResetModel()

    def add(self, videos: Iterable[Entry]) -> None:
        """A batch that was just listed."""
        new = list(videos)
        if new:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._rows += new
            self.endInsertRows()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """One row a video."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Name, folder, size, time."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The titles of the columns, each above its values."""
        if role == Qt.ItemDataRole.TextAlignmentRole and _COLUMNS[section] == "Size":
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return tr(_COLUMNS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        video = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells(video)[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return icon("video", self.icon_colour)
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(video.uri)
        if role == Qt.ItemDataRole.TextAlignmentRole and _COLUMNS[index.column()] == "Size":
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return video if role == VIDEO_ROLE else None

    def _cells(self, video: Entry) -> tuple[str, str, str, str]:
        folder = video.uri.removeprefix(self._base).rpartition("/")[0]
        return video.name, plain(folder), words.size(video.size or 0), video.modified[:16].replace("T", " ")


class VideoFilter(QSortFilterProxyModel):
    """What the search field leaves of the videos: every word stands in the name or the folder."""

    def __init__(self, source: VideosModel) -> None:
        super().__init__()
        self._words: list[str] = []
        self.setSourceModel(source)

    def search(self, text: str) -> None:
        """Other words in the search field."""
        self._words = text.casefold().split()
        self.invalidateFilter()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        """Is it one of those that are wanted?"""
        if not self._words:
            return True
        heap = " ".join(self.sourceModel().index(row, column, parent).data().casefold() for column in (0, 1))
        return all(word in heap for word in self._words)

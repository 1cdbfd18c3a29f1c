"""Files as a lazy tree: a level is listed when it is opened, and shows its pages as they come.

The tree is kept as the flat list of the rows that can be seen, each with its depth. A tree view lays out all its rows
again after every page, asking the model about each; a table asks about those that it paints, and 100,000 stay quick.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.kept_files import KeptFiles
from launcher.ui.models.file_tree import Row, Search, heard, row_of
from launcher.ui.models.places import as_tooltip
from launcher.ui.rows import Entry, entries_of, is_in_s3
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json, WindowDesk

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1
_COLUMNS = ("Name", "Size", "Changed", "Saved")
#: Only of files on this computer.
SAVED_COLUMN = 3
_ANSWERED = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ToolTipRole,
        ENTRY_ROLE,
    }
)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FilesModel(QAbstractTableModel):
    """One place, level by level."""

    #: The address of a level, and why it could not be listed.
    failed = Signal(str, Exception)
    #: A level is wholly there.
    listed = Signal(str)

    def __init__(self, calls: DeskCalls, tasks: Tasks) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._root = row_of(Entry("", ""), None)
        self._rows: list[Row] = []
        self._text, self._search = "", Search()
        self._kept = KeptFiles()

    def show_kept(self, kept: KeptFiles) -> None:
        """Which of the files are saved, as it is known now."""
        self._kept = kept
        if self._rows:
            self.dataChanged.emit(self.index(0, SAVED_COLUMN), self.index(len(self._rows) - 1, SAVED_COLUMN))

    def show(self, uri: str) -> None:
        """Another place; nothing is listed before somebody looks."""
        self.beginResetModel()
        self._root, self._rows = row_of(Entry("", uri), None), []
        self._root.is_open = True
        self._search = Search.of(uri, self._text)
        self.endResetModel()

    def search(self, text: str) -> None:
        """Only what has these words; of what is listed, since a folder that is closed may hold anything."""
        if text == self._text:
            return
        self._text = text
        self._search = Search.of(self._root.entry.uri, text)
        self._show_again()

    def _show_again(self) -> None:
        self.beginResetModel()
        self._rows = list(self._search.below(self._root))
        self.endResetModel()

    @property
    def known(self) -> int:
        """How many rows the first level has so far, seen or not."""
        return len(self._root.children)

    @property
    def state(self) -> str:
        """How far the first level is known: unread, loading, read."""
        return self._root.state

    def row(self, number: int) -> Row:
        """What is painted."""
        return self._rows[number]

    # Opening and closing

    def list_first(self) -> None:
        """List the first level, if nobody has asked for it yet."""
        if self._root.entry.uri:
            self._list(self._root)

    def open(self, number: int) -> None:
        """Show what is in a folder; it is listed if it never was."""
        row = self._rows[number]
        if not row.entry.is_folder or row.is_open:
            return
        row.is_open = True
        self._changed(number)
        self._insert(number + 1, list(self._search.below(row)))
        self._list(row)

    def close(self, number: int) -> None:
        """Hide it again; what is known of it stays known."""
        row = self._rows[number]
        if not row.is_open:
            return
        count = sum(1 for _ in self._search.below(row))
        if count:
            self.beginRemoveRows(QModelIndex(), number + 1, number + count)
            del self._rows[number + 1 : number + 1 + count]
            self.endRemoveRows()
        row.is_open = False
        self._changed(number)

    def parent_of(self, number: int) -> int:
        """The row of the folder around a row; -1 on the first level."""
        parent = self._rows[number].parent
        return self._rows.index(parent) if parent is not None and parent is not self._root else -1

    def _list(self, row: Row) -> None:
        if row.state == "unread":
            row.state = "loading"
            self._tasks.start(f"list {row.entry.uri}", partial(self._load, row))

    async def _load(self, row: Row) -> None:
        uri = row.entry.uri
        try:
            async for pages in self._calls.stream(lambda desk: _pages_of_rows(desk, row)):
                for new in pages:
                    self._append(row, new)
        except BaseException as exc:
            row.state = "read" if row.children else "unread"  # it may be asked for again
            if isinstance(exc, Exception):
                self._give_up(row)
                self.failed.emit(uri, in_words(exc))
                return
            raise
        row.state = "read"
        self.listed.emit(uri)

    def _append(self, row: Row, new: list[Row]) -> None:
        """At the end of its level, where that can be seen; a place that was left meanwhile must not come back."""
        if not new:
            return
        if self._search.words and row is not self._root:
            row.children += new
            self._show_again()  # what was found in it may bring the folder itself back
            return
        at = self._end_of(row)
        row.children += new
        if at is not None:
            self._insert(at, [one for one in new if self._search.leaves(one)])

    def _end_of(self, row: Row) -> int | None:
        """Where the rows below a row end; None if they cannot be seen."""
        if row is self._root:
            return len(self._rows)
        above: Row | None = row
        while above is not None and above is not self._root:
            if not above.is_open:
                return None
            above = above.parent
        if above is None or not self._search.leaves(row):
            return None
        return self._rows.index(row) + 1 + sum(1 for _ in self._search.below(row))

    def _give_up(self, row: Row) -> None:
        """A folder that could not be listed is closed again, and can be opened once more."""
        if row.parent is not None and not row.children and row in self._rows:
            self.close(self._rows.index(row))

    def _insert(self, at: int, new: list[Row]) -> None:
        if new:
            self.beginInsertRows(QModelIndex(), at, at + len(new) - 1)
            self._rows[at:at] = new
            self.endInsertRows()

    def _changed(self, number: int) -> None:
        index = self.index(number, 0)
        self.dataChanged.emit(index, index)

    # What the view asks for

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """What can be seen so far."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Name, size, time."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The titles of the columns, each above its values."""
        if role == Qt.ItemDataRole.TextAlignmentRole and _COLUMNS[section] == "Size":
            return _RIGHT
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return tr(_COLUMNS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell; names are plain text, also as tooltip. What it is and whether it is open is heard."""
        if role not in _ANSWERED or not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], index.column()
        if column == SAVED_COLUMN and role != ENTRY_ROLE:
            return self._saved(row.entry.uri, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[column]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return heard(row) if column == 0 else row.cells[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column == 1 else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(row.entry.uri)
        return row.entry

    def text(self, row: Row, column: int) -> str:
        """What a cell says."""
        return row.cells[column] if column != SAVED_COLUMN else self._kept.line(row.entry.uri)

    def _saved(self, address: str, role: int) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._kept.line(address)
        return as_tooltip(self._kept.explained(address)) if role == Qt.ItemDataRole.ToolTipRole else None


def level_of(desk: WindowDesk, uri: str, *, recursive: bool = False) -> Iterator[Json]:
    """Pages of a level, in S3 or on this computer."""
    return desk.list_prefix(uri, recursive=recursive) if is_in_s3(uri) else desk.list_folder(uri, recursive=recursive)


def _pages_of_rows(desk: WindowDesk, row: Row) -> Iterator[list[Row]]:
    """Made on the thread that lists: a thousand rows take longer than a frame may."""
    uri = row.entry.uri
    for page in level_of(desk, uri):
        yield [row_of(entry, row) for entry in entries_of(page, uri)]

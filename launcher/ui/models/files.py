"""Files as a lazy tree: a level is listed when it is opened, and shows its pages as they come."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QIcon

from launcher.tasks import Tasks
from launcher.ui import words
from launcher.ui.desk_calls import DeskCalls, Json, WindowDesk, in_words
from launcher.ui.icons import icon
from launcher.ui.models.places import as_tooltip
from launcher.ui.rows import Entry, entries_of, is_in_s3
from launcher.ui.texts import tr

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1
_COLUMNS = ("Name", "Size", "Changed")
_ANSWERED = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ToolTipRole,
        ENTRY_ROLE,
    }
)


@dataclass(slots=True, eq=False)
class Node:
    """One row of the tree, and how far its level is known."""

    entry: Entry
    parent: Node | None
    row: int
    number: int
    state: str = "unread"
    children: list[Node] = field(default_factory=list)


#: What an index of a place that was left stands for.
_GONE = Node(Entry("", ""), None, 0, 0, "read")


class FilesModel(QAbstractItemModel):
    """One place, level by level.

    An index carries its node's number, not the node: Qt may come back with an index of a place that was left, and a
    pointer to what Python has taken back by then would end the program.
    """

    #: The address of a level, and why it could not be listed.
    failed = Signal(str, Exception)
    #: A level is wholly there.
    listed = Signal(str)

    def __init__(self, calls: DeskCalls, tasks: Tasks) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._numbers = itertools.count(1)
        self._nodes: dict[int, Node] = {}
        self._root = self._made(Entry("", ""), None, 0, "read")
        self.icon_colour = "#5B6472"

    def show(self, uri: str) -> None:
        """Another place; nothing is listed before the view wants rows."""
        self.beginResetModel()
        self._nodes.clear()
        self._root = self._made(Entry("", uri), None, 0, "unread" if uri else "read")
        self.endResetModel()

    def _made(self, entry: Entry, parent: Node | None, row: int, state: str) -> Node:
        number = next(self._numbers)
        node = self._nodes[number] = Node(entry, parent, row, number, state)
        return node

    @property
    def state(self) -> str:
        """How far the first level is known: unread, loading, read."""
        return self._root.state

    def _node(self, index: Index) -> Node:
        return self._nodes.get(index.internalId(), _GONE) if index.isValid() else self._root

    def _index_of(self, node: Node) -> QModelIndex:
        return QModelIndex() if node is self._root else self.createIndex(node.row, 0, node.number)

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        """The row of a level."""
        children = self._node(parent).children
        if parent.column() > 0 or not (0 <= row < len(children) and 0 <= column < len(_COLUMNS)):
            return QModelIndex()
        return self.createIndex(row, column, children[row].number)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        """The folder around a row."""
        node = self._node(index).parent if index.isValid() else None
        return self._index_of(node) if node is not None else QModelIndex()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """What is known of a level so far."""
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, _: Index = _NOWHERE) -> int:
        """Name, size, time."""
        return len(_COLUMNS)

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        """A folder may always be opened; what is in it shows when it is."""
        node = self._node(parent)
        return parent.column() <= 0 and node.entry.is_folder and (node.state != "read" or bool(node.children))

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The titles of the columns, each above its values."""
        if role == Qt.ItemDataRole.TextAlignmentRole and _COLUMNS[section] == "Size":
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return tr(_COLUMNS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell; names are plain text, also as tooltip."""
        if role not in _ANSWERED or not index.isValid():
            return None  # the view asks for seven roles of every cell that it paints
        entry = self._node(index).entry
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(entry)[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return _icon(self.icon_colour, is_folder=entry.is_folder)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(entry.uri)
        return entry if role == ENTRY_ROLE else None

    def canFetchMore(self, parent: Index) -> bool:
        """Is there a level to list that nobody has asked for?"""
        return self._node(parent).state == "unread" and self._node(parent).entry.is_folder

    def fetchMore(self, parent: Index) -> None:
        """List a level."""
        if self.canFetchMore(parent):  # Qt may ask twice
            node = self._node(parent)
            node.state = "loading"
            self._tasks.start(f"list {node.entry.uri}", partial(self._load, node))

    async def _load(self, node: Node) -> None:
        uri = node.entry.uri
        try:
            async for pages in self._calls.stream(lambda desk: level_of(desk, uri)):
                for page in pages:
                    self._append(node, entries_of(page, uri))
        except BaseException as exc:
            node.state = "unread" if not node.children else "read"  # the view may ask again
            if isinstance(exc, Exception):
                self.failed.emit(uri, in_words(exc))
                return
            raise
        node.state = "read"
        self.listed.emit(uri)

    def _append(self, node: Node, entries: list[Entry]) -> None:
        if not entries or not self._is_shown(node):
            return
        first = len(node.children)
        self.beginInsertRows(self._index_of(node), first, first + len(entries) - 1)
        node.children += [
            self._made(entry, node, row, "unread" if entry.is_folder else "read")
            for row, entry in enumerate(entries, first)
        ]
        self.endInsertRows()

    def _is_shown(self, node: Node) -> bool:
        """A level of a place that was left meanwhile must not come back."""
        while node.parent is not None:
            node = node.parent
        return node is self._root


def level_of(desk: WindowDesk, uri: str, *, recursive: bool = False) -> Iterator[Json]:
    """Pages of a level, in S3 or on this computer."""
    return desk.list_prefix(uri, recursive=recursive) if is_in_s3(uri) else desk.list_folder(uri, recursive=recursive)


@lru_cache(8)
def _icon(colour: str, *, is_folder: bool) -> QIcon:
    return icon("folder" if is_folder else "file", colour)


def _cells(entry: Entry) -> tuple[str, str, str]:
    changed = entry.modified[:16].replace("T", " ")
    return entry.name, "" if entry.size is None else words.size(entry.size), changed

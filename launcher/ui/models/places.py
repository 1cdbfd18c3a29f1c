"""The left side: places, running tools and recent projects under headings, as one flat list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from launcher.ui import words
from launcher.ui.rows import Place, Recent, Run, SavedState, ToolTarget
from launcher.ui.texts import tr

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class PlaceRole(IntEnum):
    """What the delegate asks for beside the name."""

    CAPTION = Qt.ItemDataRole.UserRole + 1
    ICON = Qt.ItemDataRole.UserRole + 2
    PLACE = Qt.ItemDataRole.UserRole + 3


@dataclass(frozen=True, slots=True)
class Heading:
    """A title between the rows; it cannot be chosen."""

    text: str


Row: TypeAlias = Heading | Place | Run | Recent | ToolTarget
_ICONS = {"home": "home", "home-folder": "home", "local": "computer"}


class PlacesModel(QAbstractListModel):
    """Where data lives, what runs, what was open last; while a card is dragged, what it can be let go on."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._sections: dict[str, Sequence[Row]] = {"Places": (), "Running": (), "Recent": (), "Open in": ()}
        self._saved: Mapping[str, SavedState] = {}

    def show_places(self, places: Sequence[Place]) -> None:
        """Other places than before."""
        self._show("Places", places)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Other tools run than before."""
        self._show("Running", runs)

    def show_recents(self, recents: Sequence[Recent]) -> None:
        """Something was opened."""
        self._show("Recent", recents)

    def show_targets(self, targets: Sequence[ToolTarget]) -> None:
        """What a project can be dragged onto; nothing when it was let go."""
        self._show("Open in", targets)

    def show_saved(self, states: Mapping[str, SavedState]) -> None:
        """What is saved changed: the recent projects say it."""
        self._saved = states
        rows = [number for number, row in enumerate(self._rows) if isinstance(row, Recent)]
        if rows:
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]))

    def _show(self, section: str, content: Sequence[Row]) -> None:
        self._sections[section] = tuple(content)
        rows: list[Row] = []
        for title, part in self._sections.items():
            if part or title == "Places":
                rows += [Heading(tr(title)), *part]
        self._replace_tail(rows)

    def _replace_tail(self, rows: list[Row]) -> None:
        """Only what follows the rows that stay is new, so that the choice among those stays too."""
        both = enumerate(zip(self._rows, rows, strict=False))
        kept = next((n for n, (old, new) in both if _identity(old) != _identity(new)), None)
        first = min(len(self._rows), len(rows)) if kept is None else kept
        for number, new in enumerate(rows[:first]):
            if new != self._rows[number]:
                self._rows[number] = new
                self.dataChanged.emit(self.index(number), self.index(number))
        if first < len(self._rows):
            self.beginRemoveRows(QModelIndex(), first, len(self._rows) - 1)
            del self._rows[first:]
            self.endRemoveRows()
        if first < len(rows):
            self.beginInsertRows(QModelIndex(), first, len(rows) - 1)
            self._rows += rows[first:]
            self.endInsertRows()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Headings and what is below them."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, caption and icon; the whole sentence for a screen reader and as tooltip."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        row = self._rows[index.row()]
        if isinstance(row, Heading):
            return row.text if role == Qt.ItemDataRole.DisplayRole else None
        said = self._said(row)
        answers: dict[int, Any] = {
            Qt.ItemDataRole.DisplayRole: said.name,
            Qt.ItemDataRole.AccessibleTextRole: f"{said.name}, {said.caption}",
            Qt.ItemDataRole.ToolTipRole: as_tooltip(said.tooltip),
            PlaceRole.CAPTION: said.caption,
            PlaceRole.ICON: said.icon,
            PlaceRole.PLACE: row,
        }
        return answers.get(role)

    def _said(self, row: Place | Run | Recent | ToolTarget) -> _Said:
        if isinstance(row, Place):
            return _Said(row.name, words.becomes_of(row), _ICONS.get(row.kind, "bucket"), words.ways_to(row))
        if isinstance(row, Run):
            caption = words.run_state(row)
            name = f"{words.tool_title(row.tool_id)} · {row.project}"
            return _Said(name, caption, "play", f"{row.message or caption}\n{row.dir}")
        if isinstance(row, Recent):
            return _Said(row.name, words.recent(row, self._saved.get(row.uri)), "clock", row.uri)
        return _Said(words.tool_title(row.tool_id), tr("let go here to open it"), "play", "")

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings are not for choosing."""
        if not index.isValid() or isinstance(self._rows[index.row()], Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def index_of(self, root: str) -> QModelIndex:
        """The place with that root; nowhere if there is none."""
        for row, one in enumerate(self._rows):
            if isinstance(one, Place) and one.root == root:
                return self.index(row)
        return QModelIndex()


def _identity(row: Row) -> tuple[str, str]:
    """What makes it the same row, however it is now."""
    if isinstance(row, Place):
        return row.kind, row.root
    if isinstance(row, Run):
        return "run", row.id
    if isinstance(row, Recent):
        return "recent", row.uri
    return ("tool", row.tool_id) if isinstance(row, ToolTarget) else ("heading", row.text)


@dataclass(frozen=True, slots=True)
class _Said:
    name: str
    caption: str
    icon: str
    tooltip: str


def as_tooltip(text: str) -> str:
    """Tooltips guess at rich text; this keeps every character what it is."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<p style='white-space:pre-wrap'>{escaped}</p>" if escaped else ""

"""The left side: places under headings, as one flat list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from launcher.ui import words
from launcher.ui.rows import Place, Run
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
    """A title between the places; it cannot be chosen."""

    text: str


_ICONS = {"home": "home", "home-folder": "home", "local": "computer"}


class PlacesModel(QAbstractListModel):
    """Where data lives."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Heading | Place | Run] = []
        self._places: tuple[Place, ...] = ()
        self._runs: tuple[Run, ...] = ()

    def show_places(self, places: Sequence[Place]) -> None:
        """Other places than before."""
        self._show(places, self._runs)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Other tools run than before."""
        self._show(self._places, runs)

    def _show(self, places: Sequence[Place], runs: Sequence[Run]) -> None:
        rows: list[Heading | Place | Run] = [Heading(tr("Places")), *places]
        if runs:
            rows += [Heading(tr("Running")), *runs]
        self._places, self._runs = tuple(places), tuple(runs)
        self._replace_tail(rows)

    def _replace_tail(self, rows: list[Heading | Place | Run]) -> None:
        """Only what follows the rows that stay is new, so that the choice among those stays too."""
        kept = next((n for n, (old, new) in enumerate(zip(self._rows, rows, strict=False)) if old != new), None)
        first = min(len(self._rows), len(rows)) if kept is None else kept
        if first < len(self._rows):
            self.beginRemoveRows(QModelIndex(), first, len(self._rows) - 1)
            del self._rows[first:]
            self.endRemoveRows()
        if first < len(rows):
            self.beginInsertRows(QModelIndex(), first, len(rows) - 1)
            self._rows += rows[first:]
            self.endInsertRows()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Headings and places."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, caption and icon; the whole sentence for a screen reader and as tooltip."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        row = self._rows[index.row()]
        if isinstance(row, Heading):
            return row.text if role == Qt.ItemDataRole.DisplayRole else None
        return _run_data(row, role) if isinstance(row, Run) else self._place_data(row, role)

    @staticmethod
    def _place_data(place: Place, role: int) -> Any:
        caption = words.becomes_of(place)
        answers: dict[int, Any] = {
            Qt.ItemDataRole.DisplayRole: place.name,
            Qt.ItemDataRole.AccessibleTextRole: f"{place.name}, {caption}",
            Qt.ItemDataRole.ToolTipRole: _tooltip(place),
            PlaceRole.CAPTION: caption,
            PlaceRole.ICON: _ICONS.get(place.kind, "bucket"),
            PlaceRole.PLACE: place,
        }
        return answers.get(role)

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


def _run_data(run: Run, role: int) -> Any:
    name, caption = f"{words.tool_title(run.tool_id)} · {run.project}", words.run_state(run)
    answers: dict[int, Any] = {
        Qt.ItemDataRole.DisplayRole: name,
        Qt.ItemDataRole.AccessibleTextRole: f"{name}, {caption}",
        Qt.ItemDataRole.ToolTipRole: as_tooltip(f"{run.message or caption}\n{run.dir}"),
        PlaceRole.CAPTION: caption,
        PlaceRole.ICON: "play",
        PlaceRole.PLACE: run,
    }
    return answers.get(role)


def _tooltip(place: Place) -> str:
    address = place.uri or place.path or ""
    return as_tooltip(f"{address}\n{place.message}".strip())


def as_tooltip(text: str) -> str:
    """Tooltips guess at rich text; this keeps every character what it is."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<p style='white-space:pre-wrap'>{escaped}</p>" if escaped else ""

"""Projects as cards: a list that grows while the place is searched, and the filter in front of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from launcher.ui import words
from launcher.ui.models.places import as_tooltip
from launcher.ui.models.posters import Posters
from launcher.ui.rows import Project, SavedState, saved_of

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ProjectRole(IntEnum):
    """What a card is painted from."""

    PROJECT = Qt.ItemDataRole.UserRole + 1
    LINE = Qt.ItemDataRole.UserRole + 2
    POSTER = Qt.ItemDataRole.UserRole + 3
    SAVED = Qt.ItemDataRole.UserRole + 4


class ProjectsModel(QAbstractListModel):
    """The projects of one place, in the order they were found."""

    def __init__(self, posters: Posters) -> None:
        super().__init__()
        self._rows: list[Project] = []
        self._row_of: dict[str, int] = {}
        self._saved: Mapping[str, SavedState] = {}
        self._posters = posters
        posters.arrived.connect(self._poster_arrived)

    def clear(self) -> None:
        """Another place: start from nothing."""
        self.beginResetModel()
        self._rows, self._row_of = [], {}
        self.endResetModel()

    def add(self, projects: Iterable[Project]) -> None:
        """A batch that was just found; one that is already there is not shown twice."""
        new = {one.uri: one for one in projects if one.uri not in self._row_of}
        if not new:
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
        self._row_of |= {uri: first + number for number, uri in enumerate(new)}
        self._rows += new.values()
        self.endInsertRows()

    def show_saved(self, states: Mapping[str, SavedState]) -> None:
        """What is saved changed: repaint only the cards that say something else now."""
        before, self._saved = self._saved, states
        for row, project in enumerate(self._rows):
            if saved_of(project, before) != saved_of(project, states):
                self._changed(row)

    def index_of(self, uri: str) -> QModelIndex:
        """The row of a project; nowhere if it was not found."""
        row = self._row_of.get(uri)
        return self.index(row) if row is not None else QModelIndex()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """One row a project."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A card can be dragged onto a tool."""
        return super().flags(index) | (Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The card in parts, and as one sentence for a screen reader."""
        if not self.checkIndex(index, self.CheckIndexOption.IndexIsValid):
            return None
        project = self._rows[index.row()]
        if role == ProjectRole.POSTER:
            return self._posters.get(project)  # asking is what makes it load
        return self._said(project, role)

    def _said(self, project: Project, role: int) -> Any:
        saved = saved_of(project, self._saved)
        if role == Qt.ItemDataRole.DisplayRole:
            return project.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            line = words.card_line(project, saved)
            return ", ".join((project.name, words.tool_badge(project), words.contents(project), line.text))
        if role == Qt.ItemDataRole.ToolTipRole:
            told = (project.name, words.contents(project), words.card_line(project, saved).signed, project.uri)
            return as_tooltip("\n".join(filter(None, told)))
        if role == ProjectRole.LINE:
            return words.card_line(project, saved)
        return {ProjectRole.PROJECT: project, ProjectRole.SAVED: saved}.get(role)  # type: ignore[call-overload]

    def _poster_arrived(self, uri: str) -> None:
        row = self._row_of.get(uri)
        if row is not None:
            self._changed(row)

    def _changed(self, row: int) -> None:
        self.dataChanged.emit(self.index(row), self.index(row))


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: a tool's id, or one of the questions every project can answer."""

    id: str
    text: str


class ProjectFilter(QSortFilterProxyModel):
    """What the chips and the search field leave of the list."""

    def __init__(self, source: ProjectsModel) -> None:
        super().__init__()
        self._chip, self._text = "all", ""
        self._home = ""
        self.setSourceModel(source)
        self.setDynamicSortFilter(True)

    def choose(self, chip: str) -> None:
        """Another chip."""
        self._chip = chip
        self.invalidateFilter()

    def search(self, text: str) -> None:
        """Other words in the search field."""
        self._text = text.casefold().strip()
        self.invalidateFilter()

    def home_is(self, uri: str) -> None:
        """Where the person's own projects lie."""
        self._home = uri

    def index_of(self, uri: str) -> QModelIndex:
        """Where a project is shown; nowhere if it is not."""
        source = self.sourceModel()
        assert isinstance(source, ProjectsModel)
        return self.mapFromSource(source.index_of(uri))

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        """Is this project one of those that are wanted?"""
        index = self.sourceModel().index(row, 0, parent)
        project = index.data(ProjectRole.PROJECT)
        is_mine = self._home and project.uri.startswith(self._home)
        saved = index.data(ProjectRole.SAVED) is not None
        return is_wanted(project, self._chip, self._text, mine=bool(is_mine) or saved)


def is_wanted(project: Project, chip: str, text: str, *, mine: bool) -> bool:
    """Does a project pass the chip and the words? `text` is case-folded; every word must be found somewhere."""
    passes = {"all": True, "labelled": bool(project.labelled_frames), "mine": mine}
    if not passes.get(chip, chip == project.tool_id):
        return False
    key = project.uri.partition("://")[2].partition("/")[2]  # every address has the bucket in it
    heap = " ".join((project.name, project.tool_id, key, *project.body_parts)).casefold()
    return all(word in heap for word in text.split())

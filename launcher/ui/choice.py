"""Which project is chosen, also after the list was read again."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, Signal
from PySide6.QtWidgets import QAbstractItemView

from launcher.ui.models.projects import ProjectFilter, ProjectRole
from launcher.ui.rows import Project


class Choice(QObject):
    """The project whose card is the current one."""

    changed = Signal()

    def __init__(self, cards: QAbstractItemView, shown: ProjectFilter) -> None:
        super().__init__()
        self._cards = cards
        self._shown = shown
        self._before = ""
        cards.selectionModel().currentChanged.connect(lambda *_: self.changed.emit())
        shown.modelAboutToBeReset.connect(self._remember)
        shown.rowsInserted.connect(lambda *_: self._choose_again())

    @property
    def project(self) -> Project | None:
        """It, if there is one."""
        project = self._cards.currentIndex().data(ProjectRole.PROJECT)
        return project if isinstance(project, Project) else None

    def choose_first(self) -> None:
        """The first of what is shown."""
        if self._shown.rowCount():
            self._cards.setCurrentIndex(self._shown.index(0, 0))

    def expect(self, uri: str) -> None:
        """This one, now or as soon as it is found."""
        index = self._shown.index_of(uri)
        if index.isValid():
            self._cards.setCurrentIndex(index)
        else:
            self._before = uri

    def _remember(self) -> None:
        self._before = self.project.uri if self.project is not None else self._before

    def _choose_again(self) -> None:
        index = self._shown.index_of(self._before) if self._before else QModelIndex()
        if index.isValid():
            self._before = ""
            if self._cards.currentIndex().row() <= 0:  # Qt itself chooses the first; a person's choice stays
                self._cards.setCurrentIndex(index)

"""What is not saved yet, file by file: why, and what to do. It follows what is confirmed while it is open."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from launcher.ui import unsaved, words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.keeping import Keeping
from launcher.ui.models.places import as_tooltip
from launcher.ui.panes.labels import button, label, show_line
from launcher.ui.rows import KeptFile
from launcher.ui.texts import tr

_MOST = 2000


class Unsaved(Dialog):
    """Projects, and below each the files that are only on this computer."""

    def __init__(self, parent: QWidget, keeping: Keeping, save: QAction) -> None:
        super().__init__(parent, tr("Not saved yet"))
        self._keeping = keeping
        self._shown: list[unsaved.Unsaved] | None = None
        self._line: words.Line | None = None
        self._headline = label(wrap=True)
        self.column.addWidget(self._headline)
        self.list = UnsavedList()
        self.tree = self.list.tree
        self.column.addWidget(self.list, 1)
        self.column.addStretch()  # takes the room of a list that is not there
        self._save_action = save
        self._send = button(save.text(), "primary")
        self._send.clicked.connect(save.trigger)
        save.changed.connect(self._allow)
        self.end_with(self.close_button(), self._send)
        self.resize(820, 460)
        keeping.saved_changed.connect(self._show_known)
        self._show_known()

    def _show_known(self) -> None:
        """Nothing is drawn anew while it is the same; while nothing is known, what was known last stays."""
        states = self._keeping.states
        projects = unsaved.unsaved_of(states.values()) if states is not None else self._shown or []
        line = self._line_of(projects)
        if line != self._line:
            self._line = line
            show_line(self._headline, line)
        if projects != self._shown:
            self._shown = projects
            self.list.show_projects(projects)
        self._allow()

    def _line_of(self, projects: list[unsaved.Unsaved]) -> words.Line:
        """That everything is saved is said where the bottom bar says so, too, and only there."""
        keeping = self._keeping
        is_sure = keeping.is_fresh and keeping.failure is None
        if keeping.states is None or not (projects or is_sure):
            return keeping.saved_line()
        return unsaved.headline(projects, [state for state in keeping.states.values() if not state.all_saved])

    def _allow(self) -> None:
        self._send.setEnabled(self._save_action.isEnabled() and bool(self._shown))


class UnsavedList(QWidget):
    """The files with why and what next, and below them the whole sentence of the chosen one."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = _tree()
        self._sentence = label(tone="dim", wrap=True)
        self.tree.currentItemChanged.connect(lambda *_: self._show_sentence())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.tree, 1)
        column.addWidget(self._sentence)

    def show_projects(self, projects: list[unsaved.Unsaved]) -> None:
        """Show these; without any the list is not there."""
        self.setVisible(bool(projects))
        self.tree.clear()
        self.tree.addTopLevelItems([_project(project) for project in projects])
        self.tree.expandAll()
        self._show_sentence()

    def _show_sentence(self) -> None:
        item = self.tree.currentItem()
        parts = [item.text(0), item.text(2), item.text(3)] if item is not None else []
        self._sentence.setText(" · ".join(part for part in parts if part))


def _tree() -> QTreeWidget:
    made = QTreeWidget()
    made.setObjectName("Files")
    made.setAccessibleName(tr("Files that are not saved yet"))
    made.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # files of one folder differ at the end
    made.setHeaderLabels([tr("File"), tr("Size"), tr("Why"), tr("What next")])
    made.header().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    made.header().setStretchLastSection(False)
    made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column, width in ((1, 80), (2, 190), (3, 250)):
        made.header().resizeSection(column, width)
    return made


def _project(project: unsaved.Unsaved) -> QTreeWidgetItem:
    made = _row([project.name, "", project.problem or project.summary, ""])
    made.addChildren([_file(file) for file in project.files[:_MOST]])
    if len(project.files) > _MOST:
        made.addChild(_row([tr("… and {n} more", n=f"{len(project.files) - _MOST:,}")]))
    return made


def _file(file: KeptFile) -> QTreeWidgetItem:
    sign = words.SIGNS[words.Tone.FAILED] if unsaved.is_stuck(file) else ""
    why = file.cause.removesuffix(f". {file.next}") if file.next else file.cause
    return _row([file.path, words.size(file.bytes) if file.bytes else "", sign + why, file.next])


def _row(cells: list[str]) -> QTreeWidgetItem:
    made = QTreeWidgetItem(cells)
    for column, text in enumerate(cells):
        if text:  # a column may be too narrow for a sentence
            made.setToolTip(column, as_tooltip(text))
    return made

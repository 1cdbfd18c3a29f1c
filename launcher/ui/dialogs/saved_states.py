"""The saved states of a project: look at the files of each, and bring back one file or all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSplitter, QTreeWidget, QTreeWidgetItem, QWidget

from launcher import errors
from launcher.config.plain import plain
from launcher.tasks import Tasks
from launcher.ui import earlier, words
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.earlier import Earlier, SavedStates, StateFile
from launcher.ui.panes.labels import button, label
from launcher.ui.rows import Project
from launcher.ui.texts import tr

_MOST = 5000
_ROLE = Qt.ItemDataRole.UserRole


class SavedStatesView(Dialog):
    """States above, the files of the chosen one below."""

    #: What to bring back (a file's address, or the project's), the state's name, and the title of the activity.
    wanted = Signal(str, str, str)

    def __init__(self, parent: QWidget, project: Project, calls: DeskCalls, tasks: Tasks, blocked: str = "") -> None:
        super().__init__(parent, tr("Saved states of {name}", name=project.name))
        self._project = project
        self._calls = calls
        self._tasks = tasks
        self._blocked = blocked
        self._states: SavedStates | None = None
        self._said = label(wrap=True, tone="dim")
        self.states = table(tr("Saved states"), "States", [tr("Saved"), tr("Holds"), tr("By")])
        self.files = table(tr("Files of this state"), "Files", [tr("File"), tr("Size"), tr("Compared with now")])
        self._again = button(tr("Try again"))
        self._one = button(tr("Bring back this file"))
        self._all = button(tr("Bring back the whole project"))
        self._lay_out()
        self._connect()
        self._look()

    def _lay_out(self) -> None:
        lists = QSplitter(Qt.Orientation.Vertical)
        lists.setChildrenCollapsible(False)
        lists.addWidget(self.states)
        lists.addWidget(self.files)
        lists.setSizes([180, 220])
        self.column.addWidget(lists, 1)
        note = tr("What is here now is saved first, as a state of its own: bringing that one back undoes it. ")
        self.column.addWidget(label(note + tr("Files that came later stay."), tone="dim", wrap=True))
        self.column.addWidget(self._said)
        self.end_with(self._again, self.close_button(), self._one, self._all)
        self.resize(720, 560)

    def _connect(self) -> None:
        self._again.clicked.connect(self._look)
        self._one.clicked.connect(lambda: self._bring_back(self._chosen_file()))
        self._all.clicked.connect(lambda: self._bring_back(None))
        self.states.currentItemChanged.connect(lambda *_: self._state_chosen())
        self.files.currentItemChanged.connect(lambda *_: self._allow())
        self.finished.connect(lambda _: self._stop_looking())

    # Looking

    def _look(self) -> None:
        self._say(tr("Looking which states are kept …"))
        self._again.hide()
        self._allow()
        self._tasks.start("saved states of a project", self._load)

    async def _load(self) -> None:
        uri = self._project.uri
        try:
            data = await self._calls.call(lambda desk: desk.saved_states(uri))
            states = earlier.saved_states_of(data, datetime.now().astimezone())
        except errors.NotFound:
            self._say(tr("Nothing of this project is saved yet, so there is nothing to bring back."))
        except Exception as exc:  # noqa: BLE001 - told where it was asked for
            self._fail(exc)
        else:
            self._show(states)

    def _show(self, states: SavedStates) -> None:
        self._states = states
        self.states.clear()
        self.states.addTopLevelItems([_state_item(row) for row in states.rows])
        self._say(self._blocked)
        if states.rows:
            self.states.setCurrentIndex(self.states.model().index(0, 0))
            self.states.setFocus()

    def _state_chosen(self) -> None:
        self.files.clear()
        self._allow()
        if (state := self._chosen_state()) is not None:
            self._tasks.start("files of a state", partial(self._load_files, state))

    async def _load_files(self, state: Earlier) -> None:
        uri, at = self._project.uri, state.at
        try:
            files = earlier.state_files_of(await self._calls.call(lambda desk: desk.state_contents(uri, at)))
        except Exception as exc:  # noqa: BLE001 - told where it was asked for
            self._fail(exc)
            return
        self._show_files(files)

    def _show_files(self, files: Sequence[StateFile]) -> None:
        self.files.clear()
        self.files.addTopLevelItems([_file_item(file) for file in files[:_MOST]])
        if len(files) > _MOST:
            self.files.addTopLevelItem(QTreeWidgetItem([tr("… and {n} more", n=f"{len(files) - _MOST:,}")]))
        self._allow()

    def _stop_looking(self) -> None:
        for name in ("saved states of a project", "files of a state"):
            self._tasks.cancel(name)

    def _fail(self, exc: Exception) -> None:
        failure = in_words(exc)
        self._again.show()
        self._say(f"! {failure.title}. {failure.hint}")

    def _say(self, text: str) -> None:
        self._said.setText(plain(text))
        self._said.setVisible(bool(text))
        if text:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, plain(text)))

    # Choosing

    def _chosen_state(self) -> Earlier | None:
        item = self.states.currentItem()
        found = item.data(0, _ROLE) if item is not None else None
        return found if isinstance(found, Earlier) else None

    def _chosen_file(self) -> StateFile | None:
        item = self.files.currentItem()
        found = item.data(0, _ROLE) if item is not None else None
        return found if isinstance(found, StateFile) else None

    def _allow(self) -> None:
        may = not self._blocked and self._chosen_state() is not None
        file = self._chosen_file()
        self._one.setEnabled(may and file is not None and not file.is_newest)
        self._all.setEnabled(may)

    def _bring_back(self, file: StateFile | None) -> None:
        state, states = self._chosen_state(), self._states
        if state is None or states is None:
            return
        uri = states.home + (file.path if file is not None else "")
        what = plain(file.path) if file is not None else self._project.name
        self.wanted.emit(uri, state.at, tr("Bringing back {what} of {when}", what=what, when=state.when))
        self.accept()


def table(name: str, kind: str, titles: list[str]) -> QTreeWidget:
    """Rows without branches; the first column takes the room, `kind` gives it its look."""
    made = QTreeWidget()
    made.setObjectName(kind)
    made.setAccessibleName(name)
    made.ensurePolished()  # rows that come before it is shown have their height, too
    made.setHeaderLabels(titles)
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.header().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    made.header().setStretchLastSection(False)
    made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in range(1, len(titles)):
        made.header().resizeSection(column, 170)
    return made


def _state_item(row: Earlier) -> QTreeWidgetItem:
    made = QTreeWidgetItem([row.when, earlier.contents(row), row.session])
    made.setData(0, _ROLE, row)
    return made


def _file_item(file: StateFile) -> QTreeWidgetItem:
    made = QTreeWidgetItem([plain(file.path), words.size(file.bytes), earlier.compared(file)])
    made.setData(0, _ROLE, file)
    return made

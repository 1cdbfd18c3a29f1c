"""Picking files or a folder of this computer, in our own list: the stream may offer no file explorer.

Listing happens on the desk's threads. The system's own dialog looks at folders on the thread that paints, and a frozen
mount would stop the whole window.
"""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QHeaderView, QLineEdit, QWidget

from launcher import errors
from launcher.config.plain import plain
from launcher.tasks import Tasks
from launcher.ui import words
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.dialogs.frame import Dialog, answer_of
from launcher.ui.models.files import ENTRY_ROLE, SAVED_COLUMN, FilesModel
from launcher.ui.panes.files import FilesView
from launcher.ui.panes.labels import button, label, show_line
from launcher.ui.rows import local_address
from launcher.ui.texts import tr
from launcher.ui.theme import Theme
from launcher.ui.window_desk import Json

_FIELD_PX = 34


class Pick(Dialog):
    """A folder to begin in, a path to type, the list, and a button that says what will be taken."""

    def __init__(self, parent: QWidget, title: str, calls: DeskCalls, theme: Theme, *, a_folder: bool) -> None:
        super().__init__(parent, title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)  # what still lists ends first
        self._calls = calls
        self._wants_folder = a_folder
        self.tasks = Tasks(lambda _, exc: self._tell(in_words(exc)))
        self.files = FilesModel(calls, self.tasks)
        self.files.setParent(self)
        self._make(theme)
        self.column.addLayout(self._way())
        self.column.addWidget(self.view, 1)
        self.column.addWidget(self._said)
        self.end_with(self.close_button(tr("Cancel")), self._take)
        self.files.failed.connect(lambda _, failure: self._tell(failure))
        self.resize(760, 520)
        self.view.setFocus()
        self._allow()

    def _make(self, theme: Theme) -> None:
        self.places = QComboBox()
        self.places.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.places.setMinimumHeight(_FIELD_PX)
        self.places.setAccessibleName(tr("Begin in"))
        self.places.activated.connect(lambda row: self.go(self.places.itemData(row)))
        self.path = QLineEdit()
        self.path.setAccessibleName(tr("Folder on this computer"))
        self.path.returnPressed.connect(lambda: self.go(self.path.text()))
        self.view = FilesView(self.files, theme)
        self.view.setColumnHidden(SAVED_COLUMN, True)
        self.view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.view.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        if not self._wants_folder:
            self.view.setSelectionMode(FilesView.SelectionMode.ExtendedSelection)
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._allow())
        self._said = label(wrap=True)
        self._take = button("", "primary")
        self._take.clicked.connect(self.accept)

    def _way(self) -> QHBoxLayout:
        up = button(tr("One level up"))
        up.clicked.connect(lambda: self.go(str(PurePath(self.path.text()).parent)))
        way = QHBoxLayout()
        way.setSpacing(8)
        way.addWidget(self.places)
        way.addWidget(self.path, 1)
        way.addWidget(up)
        return way

    async def begin(self) -> None:
        """Ask the desk where to begin, and go to the first of these folders."""
        folders = await self._calls.call(lambda desk: desk.offered_folders())
        for folder in folders:
            self.places.addItem(_place(folder), folder["path"])
        if folders:
            self.go(folders[0]["path"])

    def go(self, folder: str) -> None:
        """Show a folder; whether there is one is found out by listing it."""
        if not folder.strip():
            return
        self._said.hide()
        self.path.setText(folder)
        self.files.show(local_address(folder.strip()))
        self.files.list_first()
        self._allow()

    @property
    def picked(self) -> list[str]:
        """The chosen files; or the chosen folder, else the one that is shown."""
        chosen = [index.data(ENTRY_ROLE) for index in self.view.selectionModel().selectedRows()]
        if not self._wants_folder:
            return [entry.uri for entry in chosen if not entry.is_folder]
        folders = [entry.uri for entry in chosen if entry.is_folder]
        return [PurePath(one).as_posix() for one in folders or [self.path.text().strip()] if one]

    def _allow(self) -> None:
        picked = self.picked
        self._take.setEnabled(bool(picked))
        if not picked and not self._wants_folder:
            self._take.setText(tr("Choose files"))
        elif not self._wants_folder:
            self._take.setText(words.counted(len(picked), "Choose {n} file", "Choose {n} files"))
        else:
            name = PurePath(picked[0]).name or picked[0] if picked else ""
            self._take.setText(tr("Choose {name}", name=plain(name)) if name else tr("Choose"))

    def _tell(self, failure: errors.LauncherError) -> None:
        show_line(self._said, words.Line(plain(str(failure)), words.Tone.FAILED))
        self._said.show()
        self._allow()


def _place(folder: Json) -> str:
    return tr("{name} · {fate}", name=plain(folder["name"]), fate=words.fate_of(folder["durability"]))


async def picked(parent: QWidget, title: str, calls: DeskCalls, theme: Theme, *, a_folder: bool) -> list[str]:
    """What the person picked; nothing if they thought better of it. The loop goes on meanwhile."""
    asked = Pick(parent, title, calls, theme, a_folder=a_folder)
    asked.tasks.start("where to begin", asked.begin)
    try:
        return asked.picked if await answer_of(asked) else []
    finally:
        await asked.tasks.close()
        asked.deleteLater()

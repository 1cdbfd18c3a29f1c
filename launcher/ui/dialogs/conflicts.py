"""Files that two sessions changed: both versions side by side, and which of them counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QTreeWidgetItem, QWidget

from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.dialogs.saved_states import table
from launcher.ui.panes.address_field import AddressField
from launcher.ui.panes.labels import button, label
from launcher.ui.rows import last_part
from launcher.ui.texts import tr
from launcher.ui.two_versions import TwoVersions, Version, two_versions_of, usual_answers

_ROLE = Qt.ItemDataRole.UserRole
_LOOK = "files in two versions"


class _Side(QWidget):
    """One of the two versions: who, when, how large, and where it is in the bucket."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        self._title = label(bold=True)
        grid.addWidget(self._title, 0, 0)
        self._told = label(wrap=True)
        self._where = AddressField()
        grid.addWidget(self._told, 1, 0)
        grid.addWidget(self._where, 2, 0)
        grid.setRowStretch(3, 1)

    def show_version(self, title: str, version: Version) -> None:
        """Another file."""
        self.setAccessibleName(title)
        self._title.setText(title)
        self._where.setAccessibleName(tr("Address of {version}", version=title))
        self._told.setText(version.told)
        self._where.setText(version.uri)


class ConflictsView(Dialog):
    """A list of files, and below it the two versions of the chosen one."""

    #: The file, and which of `mine`, `theirs`, `both` counts.
    decided = Signal(object, str)

    def __init__(self, parent: QWidget, calls: DeskCalls, tasks: Tasks, blocked: Callable[[str], str]) -> None:
        super().__init__(parent, tr("Files in two versions"))
        self._calls = calls
        self._tasks = tasks
        self._blocked = blocked
        self.files = table(tr("Files in two versions"), "States", [tr("File"), tr("Project")])
        self._said = label(wrap=True, tone="dim")
        self._mine, self._theirs = _Side(), _Side()
        self._sides = QFrame()
        self._again = button(tr("Try again"))
        self._keep = {keep: button(text) for keep, text in usual_answers().items()}
        self._lay_out()
        for keep, one in self._keep.items():
            one.clicked.connect(lambda _=False, keep=keep: self._decide(keep))
        self._again.clicked.connect(self._look)
        self.files.currentItemChanged.connect(lambda *_: self._show_chosen())
        self.finished.connect(lambda _: self._tasks.cancel(_LOOK))
        self._look()

    def _lay_out(self) -> None:
        why = tr("Two sessions changed these files. Nothing was replaced. ")
        both = tr("Whatever you choose, both contents stay in the home bucket, and Saved states brings either back.")
        self.column.addWidget(label(why + both, wrap=True))
        self.column.addWidget(self.files, 1)
        row = QHBoxLayout(self._sides)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(24)
        row.addWidget(self._mine, 1)
        row.addWidget(self._theirs, 1)
        self.column.addWidget(self._sides)
        self.column.addWidget(self._said)
        self.end_with(self._again, self.close_button(), *self._keep.values())
        self.resize(760, 480)

    # Looking

    def _look(self) -> None:
        self._say(tr("Looking which files have two versions …"))
        self._again.hide()
        self._show_chosen()
        self._tasks.start(_LOOK, self._load)

    async def _load(self) -> None:
        now = datetime.now().astimezone()
        try:
            rows = await self._calls.call(lambda desk: desk.conflicts())
            files = [two_versions_of(row, now) for row in rows]
        except Exception as exc:  # noqa: BLE001 - told where it was asked for
            failure = in_words(exc)
            self._again.show()
            self._say(f"! {failure.title}. {failure.hint}")
            return
        self._show(files)

    def _show(self, files: Sequence[TwoVersions]) -> None:
        self.files.clear()
        self.files.addTopLevelItems([_item(one) for one in files])
        self._say("" if files else tr("No file has two versions that nobody has decided about."))
        if files:
            self.files.setCurrentIndex(self.files.model().index(0, 0))
            self.files.setFocus()

    def _show_chosen(self) -> None:
        chosen = self._chosen()
        self._sides.setVisible(chosen is not None)
        blocked = self._blocked(chosen.dir) if chosen is not None else ""
        for keep, one in self._keep.items():
            one.setEnabled(chosen is not None and (keep == "mine" or not blocked))
        if chosen is not None:
            mine, theirs = chosen.titles
            self._mine.show_version(mine, chosen.mine)
            self._theirs.show_version(theirs, chosen.theirs)
            for keep, text in chosen.answers.items():
                self._keep[keep].setText(text)
            self._say(blocked)

    def _chosen(self) -> TwoVersions | None:
        item = self.files.currentItem()
        found = item.data(0, _ROLE) if item is not None else None
        return found if isinstance(found, TwoVersions) else None

    def _decide(self, keep: str) -> None:
        if (chosen := self._chosen()) is not None:
            self.decided.emit(chosen, keep)
            self.files.takeTopLevelItem(self.files.indexOfTopLevelItem(self.files.currentItem()))
            if not self.files.topLevelItemCount():
                self.accept()

    def _say(self, text: str) -> None:
        self._said.setText(text)
        self._said.setVisible(bool(text))
        if text:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))


def _item(one: TwoVersions) -> QTreeWidgetItem:
    made = QTreeWidgetItem([one.shown, last_part(one.dir)])
    made.setData(0, _ROLE, one)
    return made

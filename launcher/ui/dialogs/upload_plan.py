"""What would go to the home bucket, before anything goes: what is new, what is there already and stays as it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from launcher.config.plain import plain
from launcher.ui import words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json

_MOST = 2000
_FATES = {"new": "will be sent", "there already": "is there already and stays", "refused": "stays here"}


class UploadPlan(Dialog):
    """The plan; it stands beside the window, which can be used meanwhile."""

    def __init__(self, parent: QWidget, plan: Json) -> None:
        super().__init__(parent, tr("Into your home bucket"))
        self.setModal(False)
        rows = list(plan["plan"])
        new = [one for one in rows if one["fate"] == "new"]
        self.column.addWidget(label(tr("To {uri}", uri=plan["uri"]), tone="dim", wrap=True))
        self.column.addWidget(_tree(rows), 1)
        self.column.addWidget(label(_summary(rows, new), wrap=True))
        amount = words.counted(len(new), "{n} file", "{n} files")
        size = words.size(sum(one["bytes"] for one in new))
        send = button(tr("Send {files}, {size}", files=amount, size=size), "primary")
        send.setEnabled(bool(new))
        send.clicked.connect(self.accept)
        self.end_with(self.close_button(tr("Send nothing")), send)
        self.resize(640, 420)


def _summary(rows: list[Json], new: list[Json]) -> str:
    if not rows:
        return tr("There are no files in it.")
    if not new:
        return tr("Nothing of this is new: nothing would be sent.")
    if len(new) == len(rows):
        return tr("All of it is new. Nothing that is there is touched.")
    return tr("What is there already is never replaced. To send another version, rename yours.")


def _tree(rows: list[Json]) -> QTreeWidget:
    made = QTreeWidget()
    made.setObjectName("Files")
    made.setAccessibleName(tr("Files to be sent"))
    made.setHeaderLabels([tr("File"), tr("Size"), tr("What becomes of it")])
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.header().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    made.header().setStretchLastSection(False)
    made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    made.header().resizeSection(1, 90)
    made.header().resizeSection(2, 220)
    made.addTopLevelItems([_row(one) for one in rows[:_MOST]])
    if len(rows) > _MOST:
        made.addTopLevelItem(QTreeWidgetItem([tr("… and {n} more", n=len(rows) - _MOST)]))
    return made


def _row(one: Json) -> QTreeWidgetItem:
    fate = tr(_FATES[one["fate"]])
    why = f"{fate}: {plain(one['why'])}" if one["fate"] == "refused" else fate
    return QTreeWidgetItem([plain(one["path"]), words.size(one["bytes"]), why])

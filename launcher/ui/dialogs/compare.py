"""Compare models: which of a project's models, on which frames; and the comparisons that there are."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QTreeWidgetItem, QWidget

from launcher.tasks import Tasks
from launcher.ui import comparison_seen as seen
from launcher.ui.comparison_seen import AnswerSeen, ComparableSeen, ModelSeen, comparable_of
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.dialogs.pick import picked
from launcher.ui.dialogs.saved_states import table
from launcher.ui.panes.labels import button, explain, label
from launcher.ui.rows import Project, last_part
from launcher.ui.texts import tr
from launcher.ui.theme import Theme

_TASK = "what can be compared"
_ROLE = Qt.ItemDataRole.UserRole
#: As trainings draw theirs, so that both keep the same frames apart.
_SEED = "42"
_FIELD_PX = 30


class CompareModels(Dialog):
    """Return compares what is ticked."""

    #: The command to start.
    wanted = Signal(object)
    #: An earlier comparison to look at.
    opened = Signal(object)

    def __init__(self, parent: QWidget, project: Project, calls: DeskCalls, tasks: Tasks, theme: Theme) -> None:
        super().__init__(parent, tr("Compare models of {name}", name=project.name))
        self._project, self._calls, self._tasks, self._theme = project, calls, tasks, theme
        self._files: list[str] = []
        self._found: ComparableSeen | None = None
        self._said = label(tone="dim", wrap=True)
        self.models = table(
            tr("Models and predictions"), "States",
            [tr("Model"), tr("Its predictions"), tr("Frames it learned from")],
        )  # fmt: skip
        self.models.header().resizeSection(1, 130)
        self.models.header().resizeSection(2, 230)
        self.answers = table(tr("Comparisons that were made before"), "States", [tr("Made before")])
        self.frames, self.labels = QComboBox(), QComboBox()
        self._add = button(tr("Add prediction files …"))
        self._open = button(tr("Open the chosen page"))
        self._compare = button(tr("Compare"), "primary")
        self._lay_out()
        self._connect()
        self._look()

    def _lay_out(self) -> None:
        self.column.addWidget(self._said)
        self.column.addWidget(self.models, 3)
        for field, name in ((self.frames, tr("Judged on")), (self.labels, tr("Labels"))):
            field.setAccessibleName(name)
            field.setMinimumHeight(_FIELD_PX)
        explain(self.frames, tr("Models are judged on frames that none of them has learned from."))
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(label(tr("Judged on")), self.frames)
        self._labels_title = label(tr("Labels"))
        form.addRow(self._labels_title, self.labels)
        self.column.addLayout(form)
        self.column.addWidget(self.answers, 1)
        self.end_with(self._add, self._open, self.close_button(), self._compare)
        self.resize(720, 560)

    def _connect(self) -> None:
        self.models.itemChanged.connect(lambda *_: self._allow())
        self.answers.currentItemChanged.connect(lambda *_: self._allow())
        self.answers.itemActivated.connect(lambda *_: self._open_answer())
        self._add.clicked.connect(lambda: self._tasks.start("choose predictions", self._add_files))
        self._open.clicked.connect(self._open_answer)
        self._compare.clicked.connect(self._begin)
        self.finished.connect(lambda _: self._tasks.cancel(_TASK))

    # Looking

    def _look(self) -> None:
        self._say(tr("Looking for models …"))
        self._allow()
        self._tasks.start(_TASK, partial(self._load, self._project.uri))

    async def _load(self, uri: str) -> None:
        try:
            self._show(await self._calls.call(lambda desk: comparable_of(desk.comparable(uri))))
        except Exception as exc:  # noqa: BLE001 - told where it was asked for
            failure = in_words(exc)
            self._say(f"! {failure.title}. {failure.hint}")

    def _show(self, found: ComparableSeen) -> None:
        self._found = found
        self.models.clear()
        self.models.addTopLevelItems([_model_item(one) for one in found.models])
        self._show_frames(found)
        self.labels.clear()
        self.labels.addItems([*found.labels])
        for one in (self._labels_title, self.labels):
            one.setVisible(len(found.labels) > 1)
        self.answers.clear()
        self.answers.addTopLevelItems([_answer_item(one) for one in found.answers])
        self.answers.setVisible(bool(found.answers))
        self._open.setVisible(bool(found.answers))
        self._say(_words(found))
        self._allow()
        (self.models if found.models else self.answers).setFocus()

    def _show_frames(self, found: ComparableSeen) -> None:
        self.frames.clear()
        for one in found.splits:
            self.frames.addItem(seen.split(one), ("--split", one.run))
        self.frames.addItem(tr("One in five labelled frames, drawn now (seed {n})", n=_SEED), ("--seed", _SEED))

    def _say(self, text: str) -> None:
        self._said.setText(text)
        self._said.setVisible(bool(text))

    # Choosing

    async def _add_files(self) -> None:
        for file in await picked(self, tr("Files with predictions"), self._calls, self._theme, a_folder=False):
            if file not in self._files:
                self._files.append(file)
                item = QTreeWidgetItem([last_part(file), tr("there already"), tr("not known: shown, not ranked")])
                item.setData(0, _ROLE, file)
                item.setToolTip(0, file)
                item.setCheckState(0, Qt.CheckState.Checked)
                self.models.addTopLevelItem(item)
        self._allow()

    def _ticked(self) -> list[ModelSeen | str]:
        items = [self.models.topLevelItem(row) for row in range(self.models.topLevelItemCount())]
        return [
            item.data(0, _ROLE) for item in items if item is not None and item.checkState(0) is Qt.CheckState.Checked
        ]

    def _allow(self) -> None:
        self._compare.setEnabled(self._found is not None and bool(self._found.dir) and bool(self._ticked()))
        self._open.setEnabled(self.answers.currentItem() is not None)
        self._add.setEnabled(self._found is not None and bool(self._found.dir))

    def _begin(self) -> None:
        command = ["compare-models", self._project.uri]
        for one in self._ticked():
            command += ["--model", one.folder] if isinstance(one, ModelSeen) else ["--file", one]
        command += self.frames.currentData()
        if self.labels.count() > 1:
            command += ["--labels", self.labels.currentText()]
        self.wanted.emit(tuple(command))
        self.accept()

    def _open_answer(self) -> None:
        item = self.answers.currentItem()
        if item is not None:
            self.opened.emit(item.data(0, _ROLE))


def _words(found: ComparableSeen) -> str:
    if not found.dir:
        return tr("This project is not on this computer yet. Bring it here, or train a model; then compare.")
    if not found.models:
        return tr("No model of this project was found. Train one first, or add files with predictions.")
    return tr("Predictions that are missing are made first, in the queue. It all goes on when this window is closed.")


def _model_item(one: ModelSeen) -> QTreeWidgetItem:
    made = QTreeWidgetItem([one.name, seen.predictions(one), seen.learned(one)])
    made.setData(0, _ROLE, one)
    made.setToolTip(0, one.folder)
    made.setCheckState(0, Qt.CheckState.Checked)
    return made


def _answer_item(one: AnswerSeen) -> QTreeWidgetItem:
    made = QTreeWidgetItem([seen.answer(one)])
    made.setData(0, _ROLE, one)
    made.setToolTip(0, one.page)
    return made

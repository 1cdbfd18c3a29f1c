"""Trainings and predictions: all that were begun, and of the chosen one its progress, its curve and its log."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QProgressBar, QSplitter, QTreeWidgetItem, QVBoxLayout, QWidget

from launcher.tasks import Tasks
from launcher.ui import job_words, words
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.dialogs.saved_states import table
from launcher.ui.job_seen import JobSeen, JobWhole, job_of, whole_of
from launcher.ui.panes.curve import CurveChart
from launcher.ui.panes.facts import Facts
from launcher.ui.panes.labels import button, label, show_line
from launcher.ui.texts import tr
from launcher.ui.theme import Theme
from launcher.ui.waiting import woken

_TASK = "trainings and predictions"
_ROLE = Qt.ItemDataRole.UserRole
#: Nothing is told faster than a person reads it, and what is over does not change any more.
_EVERY_S, _CALM_S = 2.0, 10.0


class JobsView(Dialog):
    """Stays open beside the window, and follows what runs."""

    #: A job that the person wants to end, or to go on with.
    stop_wanted = Signal(object)
    continue_wanted = Signal(object)

    def __init__(self, parent: QWidget, calls: DeskCalls, tasks: Tasks, theme: Theme, first: str = "") -> None:
        super().__init__(parent, tr("Trainings and predictions"))
        self._calls, self._tasks = calls, tasks
        self._chosen = first
        self._wanted = asyncio.Event()
        self._items: dict[str, QTreeWidgetItem] = {}
        self._whole: JobWhole | None = None
        self.rows = table(tr("Trainings and predictions"), "States", [tr("Project"), tr("What"), tr("How it is")])
        self.rows.header().resizeSection(2, 260)
        self._state = label(wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._facts = Facts()
        self.curve = CurveChart(theme)
        self.log = _log()
        self._stop, self._continue = button(tr("Stop …")), button(tr("Go on with it"))
        self._lay_out()
        self._connect()
        self._show_nothing()

    def _lay_out(self) -> None:
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        for widget in (self._state, self._bar, self._facts):
            column.addWidget(widget)
        column.addWidget(self.curve, 3)
        column.addWidget(self.log, 2)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.rows)
        parts.addWidget(below)
        parts.setStretchFactor(1, 1)
        parts.setSizes([130, 450])
        self.column.addWidget(parts, 1)
        self.end_with(self._stop, self._continue, self.close_button())
        self.resize(820, 660)

    def _connect(self) -> None:
        self.rows.currentItemChanged.connect(lambda *_: self._row_chosen())
        for one, signal in ((self._stop, self.stop_wanted), (self._continue, self.continue_wanted)):
            one.clicked.connect(lambda _=False, signal=signal: signal.emit(self._whole.job) if self._whole else None)
        self.finished.connect(lambda _: self._tasks.cancel(_TASK))

    def follow(self) -> None:
        """Show it, and look at it until it is closed."""
        self.show()
        self._tasks.start(_TASK, self._watch)

    def choose(self, run: str) -> None:
        """Another one, wherever it stands in the list; none keeps the one that is chosen."""
        self._chosen = run or self._chosen
        self.look_now()

    def look_now(self) -> None:
        """Something began or ended."""
        self._wanted.set()

    # Looking

    async def _watch(self) -> None:
        while True:
            self._wanted.clear()
            try:
                jobs = await self._calls.call(lambda desk: [job_of(row) for row in desk.jobs()])
                self._show_rows(jobs)
                await self._look_at_chosen()
            except Exception as exc:  # noqa: BLE001 - told where it is looked at; the next look may go well
                failure = in_words(exc)
                show_line(self._state, words.Line(f"{failure.title}. {failure.hint}", words.Tone.FAILED))
                jobs = []
            await woken(self._wanted, _EVERY_S if any(not job.is_over for job in jobs) else _CALM_S)

    async def _look_at_chosen(self) -> None:
        if run := self._chosen:
            whole = await self._calls.call(lambda desk: whole_of(desk.job(run)))
            if run == self._chosen:
                self._show(whole)

    def _show_rows(self, jobs: list[JobSeen]) -> None:
        if not jobs:
            self._show_nothing()
        known = {job.id for job in jobs}
        if self._chosen not in known:
            self._chosen = jobs[0].id if jobs else ""
        if list(self._items) != [job.id for job in jobs]:
            self.rows.clear()
            self._items = {job.id: QTreeWidgetItem(self.rows, ["", "", ""]) for job in jobs}
        for job in jobs:
            _fill(self._items[job.id], job)
        if self._chosen and self.rows.currentItem() is not self._items[self._chosen]:
            self.rows.setCurrentItem(self._items[self._chosen])

    def _row_chosen(self) -> None:
        item = self.rows.currentItem()
        job = item.data(0, _ROLE) if item is not None else None
        if isinstance(job, JobSeen) and job.id != self._chosen:
            self._chosen = job.id
            self._wanted.set()

    # Showing

    def _show_nothing(self) -> None:
        text = tr("Nothing was trained or predicted here yet. Begin with Train a model … on a project.")
        show_line(self._state, words.Line(text))
        for part in (self._bar, self._facts, self.curve, self.log):
            part.hide()
        self._allow(None)

    def _show(self, whole: JobWhole) -> None:
        job, told = whole.job, whole.job.progress
        show_line(self._state, job_words.line(job))
        self._bar.setVisible(told is not None and not job.is_over)
        if told is not None:
            self._bar.setValue(words.percent(told.epoch, told.epochs))
            self._bar.setAccessibleName(f"{job_words.title(job)}: {words.epoch_and_time(told)}")
        self._facts.show_facts(job_words.facts(told) if told is not None else ())
        self.curve.setVisible(job.task == "train")
        self.curve.show_curve(whole.curve)
        self._show_log(whole.log)
        self._allow(whole)

    def _show_log(self, text: str) -> None:
        """The newest lines are seen, unless somebody is reading earlier ones."""
        self.log.show()
        said = text or tr("It has printed nothing so far.")
        if self.log.toPlainText() == said:
            return
        bar = self.log.verticalScrollBar()
        follows, before = bar.value() >= bar.maximum(), bar.value()
        self.log.setPlainText(said)
        bar.setValue(bar.maximum() if follows else before)

    def _allow(self, whole: JobWhole | None) -> None:
        self._whole = whole
        self._stop.setVisible(whole is not None and not whole.job.is_over)
        self._continue.setVisible(whole is not None and whole.can_continue and whole.job.state != "exited")


def _fill(item: QTreeWidgetItem, job: JobSeen) -> None:
    item.setData(0, _ROLE, job)
    texts = (f"{job.project} · {words.tool_title(job.tool_id)}", job_words.what(job), job_words.brief(job))
    for column, text in enumerate(texts):
        if item.text(column) != text:
            item.setText(column, text)


def _log() -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setTabChangesFocus(True)
    made.setAccessibleName(tr("Log, the newest lines last"))
    made.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    made.setMinimumHeight(90)
    return made

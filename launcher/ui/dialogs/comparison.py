"""What a comparison found, in the window itself: for computers on which no browser can show its page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTreeWidgetItem, QWidget

from launcher.ui import comparison_seen as seen
from launcher.ui.comparison_seen import ComparisonSeen
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.dialogs.saved_states import table
from launcher.ui.panes.intervals import IntervalChart
from launcher.ui.panes.labels import button, label
from launcher.ui.texts import tr
from launcher.ui.theme import Theme

_MOST_SENTENCES = 6


class ComparisonView(Dialog):
    """The table, the intervals, who is better than whom, and where the whole page lies."""

    #: Show the folder of the page among the files.
    folder_wanted = Signal(str)

    def __init__(self, parent: QWidget, found: ComparisonSeen, theme: Theme, *, no_browser: bool) -> None:
        super().__init__(parent, found.title)
        self.column.addWidget(label(tr("Judged on {frames}", frames=found.frames), tone="dim", wrap=True))
        self.scores = table(
            tr("Models"), "States", [tr("Model"), tr("Mean error, 95 % interval"), tr("Points found"), tr("Ranked")]
        )
        for one in found.scores:
            item = QTreeWidgetItem(self.scores, [one.name, seen.error(one), seen.share(one), _ranked(one.why_not)])
            item.setToolTip(3, one.why_not)
        self.scores.header().resizeSection(1, 210)
        self.scores.header().resizeSection(2, 100)
        self.scores.header().resizeSection(3, 240)
        self.column.addWidget(self.scores, 1)
        self.column.addWidget(IntervalChart(found.scores, theme))
        for sentence in found.sentences[:_MOST_SENTENCES]:
            self.column.addWidget(label(sentence, wrap=True))
        whole = tr("The whole page, with pictures, the clip and the methods, is {page}", page=found.page)
        why = tr("There is no web browser here. ") if no_browser else ""
        self.column.addWidget(label(why + whole, tone="dim", wrap=True))
        show = button(tr("Show its folder"))
        show.clicked.connect(lambda: self.folder_wanted.emit(found.dir))
        show.clicked.connect(self.accept)
        self.end_with(show, self.close_button())
        self.resize(760, 520)


def _ranked(why_not: str) -> str:
    return tr("no: {why}", why=why_not) if why_not else tr("yes")

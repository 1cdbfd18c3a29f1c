"""The end panel: green when everything is confirmed, else what is missing; and one click to save, stop and leave."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from launcher.ui import ending, unsaved
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.dialogs.unsaved import UnsavedList
from launcher.ui.ending import Situation
from launcher.ui.panes.labels import button, label, show_line
from launcher.ui.rows import Run
from launcher.ui.texts import tr
from launcher.ui.theme import CARD_NAME, set_role


class Ending(Dialog):
    """It says how things stand, and follows them."""

    #: Save what is not saved, stop what runs, close.
    go = Signal()
    #: Close although something is missing.
    leave = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, tr("Save, stop and leave"))
        self._shown: list[unsaved.Unsaved] | None = None
        self._headline = label(wrap=True, factor=CARD_NAME, bold=True)
        self._headline.setObjectName("Health")
        self._tools = label(wrap=True)
        self._strays = label(wrap=True)
        self._said = label(wrap=True, tone="dim")
        self.list = UnsavedList()
        self.tree = self.list.tree
        for widget in (self._headline, self._tools, self._strays, self.list, self._said):
            self.column.addWidget(widget, int(widget is self.list))
        self._anyway = button(tr("Leave all the same"))
        self._go = button(tr("Save, stop and leave"), "primary")
        self._anyway.clicked.connect(self.leave)
        self._go.clicked.connect(self.go)
        self.end_with(self._anyway, self.close_button(tr("Stay")), self._go)

    def show_situation(self, now: Situation, said: str = "") -> None:
        """How things stand now; a new headline is read out."""
        line = ending.headline(now)
        is_news = self._headline.text() != line.signed
        show_line(self._headline, line)
        set_role(self._headline, "tone", line.tone.value)
        self._tools.setText(ending.tools_open(now.runs))
        self._tools.setVisible(bool(now.runs))
        self._strays.setText(ending.left_behind(now.strays))
        self._strays.setVisible(bool(now.strays))
        self._said.setText(said)
        self._said.setVisible(bool(said))
        self._list(unsaved.unsaved_of(now.unsaved))
        self._go.setText(tr("Leave") if now.is_green else tr("Save, stop and leave"))
        self._go.setEnabled(not now.is_finishing)
        self._anyway.setVisible(bool(said or now.doubt) and not now.is_green)
        if is_news:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, line.text))

    def _list(self, projects: list[unsaved.Unsaved]) -> None:
        if projects != self._shown:
            self._shown = projects
            self.list.show_projects(projects)
            self.resize(820, 460 if projects else self.sizeHint().height())
            self._go.setFocus()


class StopAllQuestion(Dialog):
    """What would be lost in the windows of the tools that are open; Return leaves them open."""

    def __init__(self, parent: QWidget, runs: Sequence[Run]) -> None:
        super().__init__(parent, tr("Stop what is open?"))
        self.column.addWidget(label(ending.tools_open(runs), wrap=True))
        lost = tr("Labels that are not saved in their windows are lost. Files that were saved there stay as they are.")
        if ending.loses_labels(runs):
            self.column.addWidget(label(lost, wrap=True))
        better = tr("If a window still answers, save and close there first.")
        if ending.loses_labels(runs):
            self.column.addWidget(label(better, tone="dim", wrap=True))
        stop = button(tr("Stop, save and leave"))
        stop.clicked.connect(self.accept)
        self.end_with(stop, self.close_button(tr("Leave them open")))

"""The one question before a tool is ended: what is not saved in its window is lost."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from launcher.ui import words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import button, label
from launcher.ui.rows import Run
from launcher.ui.texts import tr


class StopQuestion(Dialog):
    """What would be lost, and what is better; Return leaves the tool open."""

    def __init__(self, parent: QWidget, run: Run) -> None:
        tool = words.tool_title(run.tool_id)
        super().__init__(parent, tr("Stop {tool}?", tool=tool))
        self.column.addWidget(label(tr("Project: {name}", name=run.project), wrap=True))
        if run.task:
            kept = tr("It keeps its last checkpoint, and can be continued from there.")
            self.column.addWidget(label(kept, wrap=True))
            self._end(tool, tr("Let it go on"))
            return
        lost = tr("Labels that are not saved in its window are lost. Files that it saved stay as they are.")
        self.column.addWidget(label(lost, wrap=True))
        self.column.addWidget(label(tr("If its window still answers, save and close there."), tone="dim", wrap=True))
        self._end(tool, tr("Leave it open"))

    def _end(self, tool: str, stay: str) -> None:
        stop = button(tr("Stop {tool}", tool=tool))
        stop.clicked.connect(self.accept)
        self.end_with(stop, self.close_button(stay))

"""What a tool printed last, as plain text: to read, and to copy for whoever can help."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from launcher.ui import words
from launcher.ui.dialogs.frame import Dialog
from launcher.ui.panes.labels import label
from launcher.ui.rows import Run
from launcher.ui.texts import tr


class RunLog(Dialog):
    """The end of one log; it opens at the newest line."""

    def __init__(self, parent: QWidget, run: Run, text: str) -> None:
        super().__init__(parent, tr("Log of {tool}", tool=words.tool_title(run.tool_id)))
        self.column.addWidget(label(tr("Project: {name}. The newest lines are last.", name=run.project), tone="dim"))
        lines = QPlainTextEdit(text or tr("It has printed nothing so far."))
        lines.setReadOnly(True)
        lines.setTabChangesFocus(True)
        lines.setAccessibleName(self.windowTitle())
        lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.column.addWidget(lines, 1)
        self.end_with(self.close_button())
        self.resize(760, 480)
        lines.verticalScrollBar().setValue(lines.verticalScrollBar().maximum())

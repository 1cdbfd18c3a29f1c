"""The help page: our own words, from a file of the program, so that it is there without a network."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from launcher.ui.dialogs.frame import Dialog
from launcher.ui.texts import tr
from launcher.ui.theme import RESOURCES

_ABOVE_HEADING, _BETWEEN = 18, 4
PAGE = RESOURCES / "help" / "window.md"


def page() -> str:
    """The text, without its title, which stands above it."""
    return PAGE.read_text(encoding="utf-8").partition("\n")[2]


class Help(Dialog):
    """One page to read, also by keyboard and screen reader; it stands beside the window."""

    def __init__(self, parent: QWidget, text: str) -> None:
        super().__init__(parent, tr("Help"))
        self.setModal(False)
        self.page = QTextBrowser()
        self.page.setObjectName("Help")
        self.page.setAccessibleName(tr("Help"))
        self.page.setOpenLinks(False)
        self.page.document().setMarkdown(text, QTextDocument.MarkdownFeature.MarkdownNoHTML)
        _breathe(self.page.document())
        self.page.moveCursor(QTextCursor.MoveOperation.Start)
        self.column.addWidget(self.page, 1)
        self.end_with(self.close_button())
        self.resize(640, 620)
        self.page.setFocus()


def _breathe(document: QTextDocument) -> None:
    """Room above headings and between paragraphs; Markdown comes without any."""
    document.setDocumentMargin(12)
    block = document.begin()
    while block.isValid():
        form, is_heading = block.blockFormat(), block.blockFormat().headingLevel() > 0
        form.setTopMargin(_ABOVE_HEADING if is_heading else _BETWEEN)
        form.setBottomMargin(_BETWEEN)
        QTextCursor(block).setBlockFormat(form)
        block = block.next()

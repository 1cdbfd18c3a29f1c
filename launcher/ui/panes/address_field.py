"""An address, which is one long word: it can be read to its end, and copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame


class AddressField(QLineEdit):
    """Shows the end of an address that has too little room: its name tells what it is. With the cursor, all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)

    def shown(self, width: int) -> str:
        """What is painted in so much room while the cursor is elsewhere."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideLeft, width)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As Qt does, but for what has too little room."""
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self)
        if self.hasFocus() or self.shown(box.width()) == self.text():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option, painter, self)
        painter.setPen(self.palette().text().color())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.shown(box.width()))

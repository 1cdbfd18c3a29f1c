"""A widget that is as high as its contents need at the width it gets."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class AsHigh(QWidget):
    """Layouts forget a height that depends on the width when they are nested; this one says it again."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def height_at(self, width: int) -> int:
        """What the contents need; what Qt makes of them where a widget does not know better."""
        return self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()

    def fit(self) -> None:
        """The contents changed."""
        height = max(self.height_at(max(self.width(), 40)), 1)
        if height != self.minimumHeight() or height != self.maximumHeight():
            self.setFixedHeight(height)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width."""
        super().resizeEvent(event)
        self.fit()

"""The peer of our window: what PySide6 itself costs, with one label in it and nothing of ours."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from tests.bench.window_signs import Ticks, tell, when_told


class BareWindow(QMainWindow):
    """As large as ours."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Bare")
        self.setCentralWidget(QLabel("A window."))
        self.resize(1440, 900)
        self._painted = False
        self._ticks: Ticks | None = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's spelling
        """The first one is told."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, lambda: tell("painted"))

    def hear(self, word: str) -> None:
        """What the bench wants."""
        if word == "tick":
            self._ticks = Ticks(self)
            tell("ticking")
            return
        tell("ended", ticks=self._ticks.at if self._ticks else [])
        self.close()


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    window = BareWindow()
    window.show()
    when_told(window.hear, window)
    sys.exit(app.exec())

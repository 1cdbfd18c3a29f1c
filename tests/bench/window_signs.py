"""What a window under measurement tells its bench: a JSON line for each event, by the clock all processes share."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer

TICK_S = 0.016


def tell(what: str, **more: object) -> None:
    """One event, at this moment."""
    sys.stdout.write(json.dumps({"what": what, "at": time.monotonic(), **more}) + "\n")
    sys.stdout.flush()


def when_told(what_to_do: Callable[[str], None], parent: QObject) -> None:
    """Hear the bench, a word a line; when it is gone, so is its window."""
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, parent)

    def listen() -> None:
        word = sys.stdin.readline().strip() or "close"
        notifier.setEnabled(word != "close")
        what_to_do(word)

    notifier.activated.connect(listen)


class Ticks(QObject):
    """A timer of 16 ms, the length of a frame, and when it came."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.at: list[float] = []
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda: self.at.append(time.monotonic()))
        timer.start(round(TICK_S * 1000))

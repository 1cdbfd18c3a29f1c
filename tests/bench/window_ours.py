"""Our window under measurement: the program's own composition, with a window that tells what happens to it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

from launcher import app
from launcher.ui.activities import Activity
from launcher.ui.history import Where
from launcher.ui.main_window import MainWindow
from tests.bench.window_signs import Ticks, tell, when_told

#: So often a person's wheel turns, and so far.
_WHEEL_S, _WHEEL_ROWS = 0.03, 9


class PlacesSeen(QObject):
    """Tells when places have been painted for the first time; the heading alone is none."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._rows = window.browsing.places
        window.places.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's spelling
        """Everything passes; a timer of nothing comes when the painting is done."""
        if event.type() == QEvent.Type.Paint and self._rows.rowCount() > 1:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, lambda: tell("places"))
        return False


class Paints(QObject):
    """Counts every paint event of the program by who was painted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.by_widget: Counter[str] = Counter()
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's spelling
        """Everything passes."""
        if event.type() == QEvent.Type.Paint:
            self.by_widget[f"{type(watched).__name__} {watched.objectName()}".strip()] += 1
        return False


class WatchedWindow(MainWindow):
    """The program's window, heard by a bench."""

    def __init__(self, *parts: object) -> None:
        super().__init__(*parts)  # type: ignore[arg-type]
        self._painted = False
        self._ticks: Ticks | None = None
        self._paints: Paints | None = None
        PlacesSeen(self)
        when_told(self.hear, self)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's spelling
        """The first one is told."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, lambda: tell("painted"))

    def hear(self, word: str) -> None:
        """What the bench wants."""
        verb, _, rest = word.partition(" ")
        deeds: dict[str, Callable[[], None]] = {
            "tick": self._tick,
            "paints": self._count_paints,
            "work": lambda: self._work(rest),
            "close": self._close,
        }
        deeds[verb]()

    def _tick(self) -> None:
        self._ticks = Ticks(self)
        tell("ticking")

    def _count_paints(self) -> None:
        if self._paints is None:
            self._paints = Paints(self)
        tell("paints", by_widget=dict(self._paints.by_widget))
        self._paints.by_widget.clear()

    def _work(self, uri: str) -> None:
        self.tasks.start("bench", lambda: self._at_work(uri))

    def _close(self) -> None:
        tell("ended", ticks=self._ticks.at if self._ticks else [])
        self.leave()

    async def _at_work(self, many: str) -> None:
        """A project is brought, thousands of files are saved, and a long list is scrolled until both are done."""
        await until(lambda: self.keeping.states and self._card("openfield").isValid())
        ended: list[Activity] = []
        self.activities.ended.connect(ended.append)
        tell("at work")
        self.browser.cards.setCurrentIndex(self._card("openfield"))
        self.acts["bring"].trigger()
        self.acts["save"].trigger()
        self.browsing.go(Where(many, many))
        self.acts["show-files"].trigger()
        await until(lambda: self.browsing.level.files.state == "read")
        while any(one.state == "running" for one in self.activities.rows()):
            self._turn_wheel()
            await asyncio.sleep(_WHEEL_S)
        tell(
            "worked",
            rows=self.browsing.level.files.rowCount(),
            ended=[(one.kind, one.state, one.message) for one in ended],
        )

    def _card(self, start: str) -> QModelIndex:
        rows = (self.shown.index(row, 0) for row in range(self.shown.rowCount()))
        return next((row for row in rows if row.data().startswith(start)), QModelIndex())

    def _task_failed(self, name: str, exc: Exception) -> None:
        super()._task_failed(name, exc)
        tell("failed", task=name, why=repr(exc))

    def _turn_wheel(self) -> None:
        """Down to the end, then from the top again."""
        bar = self.browser.files.verticalScrollBar()
        step = _WHEEL_ROWS * bar.singleStep()
        bar.setValue(bar.value() + step if bar.value() < bar.maximum() else 0)


async def until(holds: Callable[[], object], longest_s: float = 60.0) -> None:
    """Let the window work until it is so far."""
    end = time.monotonic() + longest_s
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    setattr(app, "MainWindow", WatchedWindow)  # noqa: B010 - all else is as the program composes it
    sys.exit(app.main())

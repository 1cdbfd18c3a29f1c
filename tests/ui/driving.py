"""Looking at a window as a person does: what it says, and until when it should say it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from launcher.ui.commands import Commands
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.main_window import MainWindow
from launcher.ui.memory import Memory
from launcher.ui.models.projects import ProjectRole
from launcher.ui.theme import Theme
from launcher.ui.window_desk import WindowDesk
from tests.ui.stand_ins import PlayedCommands

_PATIENCE_S = 15.0


async def until(holds: Callable[[], object], what: str = "", patience_s: float = _PATIENCE_S) -> None:
    """Let the window work until it shows what is expected."""
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, f"it never came to it: {what or holds}"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def window_on(
    desk: WindowDesk,
    theme: Theme,
    commands: Commands | None = None,
    size: tuple[int, int] = (1440, 900),
    memory: Memory | None = None,
) -> AsyncIterator[MainWindow]:
    """The whole window on a desk, closed as a person closes it."""
    window = MainWindow(DeskCalls(lambda: desk), commands or PlayedCommands(), theme, "/state")
    window.remembering.recall(memory or Memory(), "lab")
    window.resize(*size)
    window.painted.connect(window.begin)
    window.show()
    try:
        yield window
    finally:
        await put_away(window)


async def put_away(window: MainWindow) -> None:
    """Closed and gone, as long as everything that it shows is still there: later nobody runs the loop any more."""
    window.leave()
    await window.closed.wait()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)


def said(widget: QWidget) -> str:
    """Every text that is visible in a widget, one a line."""
    parts: list[QLabel | QPushButton] = [*widget.findChildren(QLabel), *widget.findChildren(QPushButton)]
    return "\n".join(one.text() for one in parts if one.isVisible() and one.text())


def cards(window: MainWindow) -> list[str]:
    """The names on the cards."""
    model = window.shown
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def lines(window: MainWindow) -> list[str]:
    """The last line of every card."""
    model = window.shown
    return [model.index(row, 0).data(ProjectRole.LINE).signed for row in range(model.rowCount())]


def press(widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """One key, as the keyboard sends it: what was held down with it is let go afterwards, or Qt thinks it still is."""
    QTest.keyClick(widget, key, modifiers)
    if modifiers != Qt.KeyboardModifier.NoModifier:
        QTest.keyRelease(widget, Qt.Key.Key_Control)


def button(widget: QWidget, text: str) -> QPushButton:
    """The visible button with these words."""
    found = [one for one in widget.findChildren(QPushButton) if one.isVisible() and one.text() == text]
    assert found, f"no button {text!r} among {said(widget)!r}"
    return found[0]


async def choose_first(window: MainWindow) -> None:
    """Wait for cards, and choose the first."""
    await until(lambda: cards(window), "cards")
    window.browser.cards.setCurrentIndex(window.shown.index(0, 0))

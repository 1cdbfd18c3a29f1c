"""The window's composition root: builds the real things, connects them, and runs the one loop."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from functools import partial

import qasync
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from launcher.config.find import Found, find_site, state_dir
from launcher.errors import UNEXPECTED, BadUsage, LauncherError
from launcher.session.facts import session_facts
from launcher.session.screen import why_no_window
from launcher.ui.collecting import Collecting
from launcher.ui.commands import OurCommands
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.logbook import keep_log
from launcher.ui.main_window import MainWindow
from launcher.ui.memory import remember, remembered
from launcher.ui.second_start import FirstWindow, raise_first
from launcher.ui.theme import Theme
from launcher.ui.window_desk import WindowDesk


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window, or raise the one that is open; returns when it has closed."""
    arguments = _parser().parse_args(argv)
    if reason := why_no_window(os.environ):
        sys.stderr.write(f"{reason}, so the window cannot be shown. Every action has a command: see --help.\n")
        return BadUsage.exit_code
    facts = session_facts(os.environ)
    site = find_site(arguments.site, os.environ)
    state = state_dir(arguments.state_dir, os.environ, facts.user_hash if facts.is_in_a_stream else "")
    # Painting calls Python hundreds of times a frame; each call waits at most this long for a thread that calculates.
    sys.setswitchinterval(0.0001)
    app = _application()
    try:
        first = FirstWindow(state.path / "window")
    except LauncherError as exc:
        sys.stderr.write(f"{exc}\n")
        return exc.exit_code
    if not first.is_first():
        return 0 if raise_first(state.path / "window") else _nobody_answers(state)
    keep_log(state.path / "window")
    try:
        qasync.run(_run(app, site, state, first))
    finally:
        first.close()
    return 0


def _nobody_answers(state: Found) -> int:
    sys.stderr.write(
        "The window is open already, but does not answer. Wait a moment and try again, or end it and start anew. "
        f"Nothing was changed. (It holds {state.path / 'window' / 'window.lock'}.)\n"
    )
    return UNEXPECTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pose-launcher", add_help=False)
    parser.add_argument("--site", metavar="FILE")
    parser.add_argument("--state-dir", metavar="DIR")
    return parser


def _application() -> QApplication:
    app = QApplication(["pose-launcher"])  # window systems tell programs apart by this name
    app.setApplicationName("pose-launcher")
    app.setApplicationDisplayName("Pose Launcher")
    app.setDesktopFileName("pose-launcher")
    # Qt would stop the loop in the middle of an await; the window says itself when it has closed.
    app.setQuitOnLastWindowClosed(False)
    return app


async def _run(app: QApplication, site: Found | None, state: Found, first: FirstWindow) -> None:
    file = state.path / "window" / "layout.json"
    memory = remembered(file)
    calls = DeskCalls(lambda: _desk(site, state))
    collecting = Collecting(app)
    window = MainWindow(calls, OurCommands(site, state), Theme(app, memory.chosen), str(state.path))
    window.remembering.recall(memory, str(site.path) if site else "")
    raising = _Raising(window)
    window.painted.connect(collecting.settle)
    window.painted.connect(window.begin)
    window.painted.connect(lambda: window.tasks.start("second start", partial(_listen, first, raising)))
    window.show()
    await window.closed.wait()
    await asyncio.to_thread(remember, file, window.remembering.memory())


async def _listen(first: FirstWindow, raising: _Raising) -> None:
    await asyncio.to_thread(first.listen, raising.raised.emit)


class _Raising(QObject):
    """Brings a second start from its thread to the one that may touch widgets."""

    raised = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.raised.connect(window.come_forward)


def _desk(site: Found | None, state: Found) -> WindowDesk:
    from launcher.storage.loading import load  # on a thread, after the first paint
    from launcher.ui.real_desk import ASKED_AT_ONCE, RealDesk

    load(*ASKED_AT_ONCE)
    return RealDesk(site, state)

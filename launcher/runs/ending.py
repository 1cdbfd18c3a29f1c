"""End a tool: ask it as a click on its cross would, then as the system does, then without asking."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from launcher.runs.process import Started
from launcher.runs.screen import Screen, ScreenGone, Window

#: After the click on its cross a tool may ask the person to save; after the system's request it tidies up.
ASKED_S, TOLD_S = 5.0, 5.0
_LOOK_EVERY_S = 0.1
#: A project file that was written so lately may be only half there; SLEAP takes the old one away first.
_WRITING_S, _WRITTEN_WITHIN_S = 2.0, 20.0


def end_tool(started: Started, screen: Screen | None, windows: list[Window], marker: Path) -> None:
    """Returns when nothing of the tool runs any more; `windows` are those whose cross is worth a click."""
    family = _family(started.pid)
    if screen is not None and _close(screen, windows) and _ends(started, ASKED_S):
        return
    let_write(marker)
    if sys.platform != "win32":
        _signal(family[:1], signal.SIGTERM)
        if _ends(started, TOLD_S):
            return
    for one in [*family, *_family(started.pid)]:
        with suppress(psutil.Error):
            one.kill()
    end_session(started.pid)
    _ends(started, TOLD_S)


def _family(pid: int) -> list[psutil.Process]:
    """The process and all that it started, known by more than their numbers."""
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.Error:
        return []


def _signal(processes: list[psutil.Process], number: int) -> None:
    for one in processes:
        with suppress(psutil.Error):
            one.send_signal(number)


def _close(screen: Screen, windows: list[Window]) -> bool:
    for window in windows:
        with suppress(ScreenGone):
            screen.close_window(window)
    return bool(windows)


def _ends(started: Started, within_s: float) -> bool:
    return _until(lambda: not started.is_alive and not started.is_kept, within_s)


def let_write(marker: Path) -> None:
    """Wait, within bounds, until the project's file is there and has been left alone for a moment."""

    def is_quiet() -> bool:
        try:
            return not 0 <= time.time() - marker.stat().st_mtime < _WRITING_S
        except FileNotFoundError:
            return False

    _until(is_quiet, _WRITTEN_WITHIN_S)


def _until(come_true: Callable[[], bool], within_s: float) -> bool:
    until = time.monotonic() + within_s
    while not (done := come_true()) and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
    return done


def end_session(leader: int) -> None:
    """Kill what a tool left that has lost its keeper; a session whose leader lives is somebody else's by now."""
    if sys.platform == "win32" or psutil.pid_exists(leader):
        return
    for one in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getsid(one.pid) == leader:
                one.kill()

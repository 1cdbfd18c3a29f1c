"""The window system's list, with a real one, a silent one and none."""

from __future__ import annotations

import os
import signal
import socket
import time

import psutil
import pytest

from launcher import errors
from launcher.runs.screen import ScreenGone, Window, addresses, check_display, of_process, open_screen
from launcher.runs.screen_x11 import X11Screen
from tests.display import running_display


@pytest.mark.parametrize(
    ("display", "first"),
    [
        (":7", (socket.AF_UNIX, "\0/tmp/.X11-unix/X7")),
        ("unix:7.1", (socket.AF_UNIX, "\0/tmp/.X11-unix/X7")),
        ("lab:10.0", (socket.AF_INET, ("lab", 6010))),
        ("/tmp/launch/org.x:0", (socket.AF_UNIX, "/tmp/launch/org.x:0")),
    ],
)
def test_where_a_display_listens(display: str, first: tuple[int, object]) -> None:
    assert addresses(display)[0] == first


@pytest.mark.parametrize("display", ["", "nonsense", ":", ":x", "::"])
def test_what_is_no_display_is_nowhere(display: str) -> None:
    assert addresses(display) == []
    with pytest.raises(errors.ToolFailed):
        check_display({"DISPLAY": display}, "linux")
    with pytest.raises(ScreenGone):
        open_screen({"DISPLAY": display})


def test_windows_needs_no_display() -> None:
    check_display({}, "win32")


def test_windows_of_nobody_known_stay_and_those_of_others_go() -> None:
    ours, unknown = Window(1, os.getpid(), "a"), Window(2, None, "b")
    assert of_process([ours, unknown, Window(3, 1, "c")], os.getpid()) == [ours, unknown]
    assert of_process([ours], os.getppid()) == [ours]  # a child's window is its parent's too


def test_a_screen_without_a_window_manager_has_windows_too() -> None:
    with running_display(window_manager=None) as display:
        screen = X11Screen(display)
        assert screen.windows() == []
        screen.close()


def test_a_server_that_falls_silent_holds_nobody_up() -> None:
    with running_display(window_manager=None) as display:
        screen = X11Screen(display)
        server = _newest_server()
        os.kill(server, signal.SIGSTOP)
        try:
            began = time.monotonic()
            with pytest.raises(ScreenGone):
                screen.windows()
            screen.close()
            assert time.monotonic() - began < 10
        finally:
            os.kill(server, signal.SIGCONT)


def _newest_server() -> int:
    servers = [child for child in psutil.Process().children() if child.name() == "Xvfb"]
    return max(servers, key=psutil.Process.create_time).pid

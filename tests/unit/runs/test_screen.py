"""The window system's list, with a real one, a silent one and none."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psutil
import pytest
from Xlib import X
from Xlib.display import Display

from launcher import errors
from launcher.runs.screen import ScreenGone, Window, addresses, check_display, of_process, open_screen
from launcher.runs.screen_x11 import X11Screen, _is_shown
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


@contextmanager
def two_windows(display: str) -> Iterator[tuple[Display, Any, Any]]:
    """Two programs, as far as the screen knows: the second lies over the first."""
    connection = Display(display)
    root = connection.screen().root
    made = []
    for title in ("DeepLabCut", "SLEAP"):
        window = root.create_window(0, 0, 300, 200, 0, X.CopyFromParent)
        window.set_wm_name(title)
        window.set_wm_protocols([connection.intern_atom("WM_DELETE_WINDOW")])
        window.change_attributes(event_mask=X.StructureNotifyMask)
        window.map()
        made.append(window)
    root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)  # hidden, as toolkits have them
    menu = root.create_window(0, 0, 9, 9, 0, X.CopyFromParent, override_redirect=True)
    menu.map()
    connection.sync()
    try:
        yield connection, made[0], made[1]
    finally:
        connection.close()


def waited_for(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("window_manager", [None, "openbox"])
def test_a_tools_window_comes_forward_and_closes_with_a_window_manager_and_without(window_manager: str | None) -> None:
    """In the stream's application view there is no desktop, and nobody who listens to requests of a pager."""
    with running_display(window_manager=window_manager) as display, two_windows(display) as (connection, first, second):
        screen = X11Screen(display)
        waited_for(lambda: sorted(one.title for one in screen.windows()) == ["DeepLabCut", "SLEAP"])
        found = {one.title: one for one in screen.windows()}
        assert {one.pid for one in found.values()} == {os.getpid()}, "by its process, as the server knows it"
        root = connection.screen().root

        def is_in_front(window: Any) -> bool:
            """It has the keyboard, and nothing lies over it or the frame around it."""
            has_keys = getattr(connection.get_input_focus().focus, "id", 0) == window.id
            around = window.query_tree().parent
            outermost = window.id if around.id == root.id else around.id
            shown = [one.id for one in root.query_tree().children if _is_shown(one)]
            return bool(has_keys and shown[-1] == outermost)

        for title, window in (("SLEAP", second), ("DeepLabCut", first)):
            screen.raise_window(found[title])
            waited_for(partial(is_in_front, window))
        screen.close_window(found["DeepLabCut"])

        def was_asked_to_close() -> bool:
            events = [connection.next_event() for _ in range(connection.pending_events())]
            return any(one.type == X.ClientMessage and one.window.id == first.id for one in events)

        waited_for(was_asked_to_close)
        screen.close()


def test_a_window_that_was_closed_meanwhile_is_no_matter() -> None:
    with running_display(window_manager=None) as display:
        screen = X11Screen(display)
        gone = Window(0x123456, None, "gone")
        screen.raise_window(gone)
        screen.close_window(gone)
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

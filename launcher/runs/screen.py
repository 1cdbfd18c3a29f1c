"""The windows on the person's screen, as the window system itself lists them; the same few verbs on both systems."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from launcher import errors

_CONNECT_S = 2.0
#: Start programs and their children: no tool puts more processes than this between itself and its window.
_GENERATIONS = 8


@dataclass(frozen=True, slots=True)
class Window:
    """One top-level window. `pid` is None where the window system does not know whose it is."""

    handle: int
    pid: int | None
    title: str


class ScreenGone(Exception):
    """The window system does not answer: nothing is known about windows now."""


class Screen(Protocol):
    """Looks at windows and asks them for something. Every call is bounded in time; `ScreenGone` when it is over."""

    def windows(self) -> Sequence[Window]:
        """Every window that a person could switch to, also a minimised one."""

    def raise_window(self, window: Window) -> None:
        """Bring it before the others and give it the keyboard."""

    def close_window(self, window: Window) -> None:
        """What a click on its cross does: the program may ask the person something first."""

    def close(self) -> None:
        """Let go of the window system."""


def open_screen(environ: Mapping[str, str]) -> Screen:
    """The screen of this session; raises `ScreenGone` when there is none."""
    if sys.platform == "win32":
        from launcher.runs.screen_windows import WindowsScreen

        return WindowsScreen()
    display = environ.get("DISPLAY", "")
    if not is_there(display):
        raise ScreenGone(display)
    from launcher.runs.screen_x11 import X11Screen

    return X11Screen(display)


def check_display(environ: Mapping[str, str], system: str = sys.platform) -> None:
    """Before a tool starts: is there a screen that it can show its window on? Raises `ToolFailed` if not."""
    if system == "win32":
        return
    display = environ.get("DISPLAY", "")
    if not display:
        raise errors.ToolFailed(
            title="There is no screen to show a window on",
            hint="Your project is unchanged. Start it from a desktop session, or set DISPLAY to a running one.",
            detail="DISPLAY is not set",
        )
    if not is_there(display):
        raise errors.ToolFailed(
            display,
            title="The screen that DISPLAY names does not answer",
            hint="Your project is unchanged. Start it from a desktop session that is running.",
        )


def is_there(display: str) -> bool:
    """Does an X server of that name take connections? Asked without a library, in a millisecond."""
    return any(_answers(family, address) for family, address in addresses(display))


def addresses(display: str) -> list[tuple[int, str | tuple[str, int]]]:
    """Where an X server of that name listens; nothing for a name that is none."""
    host, colon, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not colon or not number.isdecimal():
        return []
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where the X protocol has it
        return [(socket.AF_UNIX, f"\0{path}"), (socket.AF_UNIX, path)]
    if Path(display).is_absolute():
        return [(socket.AF_UNIX, display)]
    return [(socket.AF_INET, (host, 6000 + int(number)))]


def _answers(family: int, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as door:
        door.settimeout(_CONNECT_S)
        try:
            door.connect(address)
        except OSError:
            return False
        return True


def of_process(windows: Iterable[Window], pid: int) -> list[Window]:
    """The windows of a process and its children, and those that may be its: of nobody known."""
    return [window for window in windows if window.pid is None or _descends(window.pid, pid)]


def _descends(pid: int, ancestor: int) -> bool:
    import psutil

    try:
        for _ in range(_GENERATIONS):
            if pid == ancestor:
                return True
            pid = psutil.Process(pid).ppid()
    except psutil.Error:
        pass
    return False

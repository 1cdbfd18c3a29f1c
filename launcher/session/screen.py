"""Is there a screen to open a window on? Asked before Qt starts, which ends the whole process where there is none."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress

_PATIENCE_S = 5.0
_X_SOCKET, _X_PORT = "/tmp/.X11-unix/X", 6000  # noqa: S108 - where X servers listen, by their own convention
_LOCAL = re.compile(r"(?:unix)?:(\d+)(?:\.\d+)?")
_REMOTE = re.compile(r"(?:tcp/)?\[?([^\]/]+?)\]?:(\d+)(?:\.\d+)?")


def has_display(environ: Mapping[str, str], system: str = sys.platform) -> bool:
    """Is a screen named? Windows and macOS always have one."""
    if system in ("win32", "darwin"):
        return True
    return any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def why_no_window(environ: Mapping[str, str], system: str = sys.platform) -> str:
    """Why no window can be shown here, in words; empty if one can, or if only trying will tell."""
    if not has_display(environ, system):
        return "There is no display here"
    only_x = not (environ.get("WAYLAND_DISPLAY") or environ.get("QT_QPA_PLATFORM"))
    display = environ.get("DISPLAY", "")
    if system in ("win32", "darwin") or not only_x or _answers(display):
        return ""
    return f'The display "{display}" does not answer'


def _answers(display: str) -> bool:
    """Does an X server listen there (`:0`, `host:0.1`; X(7), "Display names")? True where it cannot be told."""
    if local := _LOCAL.fullmatch(display):
        number = local[1]
        # Linux servers listen under an abstract name too, where /tmp may be another one than theirs.
        return _listens(_X_SOCKET + number) or _listens(f"\0{_X_SOCKET}{number}") or _port("localhost", number)
    remote = _REMOTE.fullmatch(display)
    return _port(remote[1], remote[2]) if remote else display.startswith("/")


def _listens(address: str) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PATIENCE_S)
        probe.connect(address)
        return True
    return False


def _port(host: str, number: str) -> bool:
    with suppress(OSError, OverflowError), socket.create_connection((host, _X_PORT + int(number)), _PATIENCE_S):
        return True
    return False

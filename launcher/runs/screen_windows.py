"""The screen through Windows' own list of windows."""

# ruff: noqa: E402 - what follows the assertion is not looked at by the type checker on other systems

from __future__ import annotations

import sys

assert sys.platform == "win32"

import ctypes
from collections.abc import Sequence
from ctypes import wintypes

from launcher.runs.screen import Window

_user = ctypes.WinDLL("user32", use_last_error=True)
_Visitor = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
_CLOSE, _RESTORE = 0x0010, 9


class WindowsScreen:
    """Visible top-level windows. Titles come from the system, so a program that hangs does not stop us."""

    def windows(self) -> Sequence[Window]:
        """Every window that a person could switch to."""
        found: list[Window] = []

        def visit(handle: int, _: int) -> bool:
            if _user.IsWindowVisible(handle):
                found.append(Window(handle, _pid(handle), _title(handle)))
            return True

        _user.EnumWindows(_Visitor(visit), 0)
        return found

    def raise_window(self, window: Window) -> None:
        """The system grants it to the program that the person used last, which is ours."""
        if _user.IsIconic(window.handle):
            _user.ShowWindowAsync(window.handle, _RESTORE)
        _user.SetForegroundWindow(window.handle)

    def close_window(self, window: Window) -> None:
        """Posted, not sent: we do not wait for the program."""
        _user.PostMessageW(window.handle, _CLOSE, 0, 0)

    def close(self) -> None:
        """Nothing is held."""


def _pid(handle: int) -> int:
    pid = wintypes.DWORD()
    _user.GetWindowThreadProcessId(handle, ctypes.byref(pid))
    return pid.value


def _title(handle: int) -> str:
    text = ctypes.create_unicode_buffer(1024)
    _user.InternalGetWindowText(handle, text, len(text))  # unlike GetWindowText it asks no other process
    return text.value

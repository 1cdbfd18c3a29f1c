"""How long nobody has touched keyboard or mouse, as the system counts it. Only read: input is never made up."""

from __future__ import annotations

import sys
from collections.abc import Mapping

if sys.platform == "win32":
    import ctypes

    class _LastInput(ctypes.Structure):
        _fields_ = (("size", ctypes.c_uint), ("tick", ctypes.c_uint))

    def idle_seconds(environ: Mapping[str, str]) -> float | None:  # noqa: ARG001 - the same shape on both systems
        """Since the last input of this session; None if the system does not tell."""
        last = _LastInput(ctypes.sizeof(_LastInput), 0)
        if not ctypes.windll.user32.GetLastInputInfo(ctypes.byref(last)):
            return None
        return since(ctypes.windll.kernel32.GetTickCount() & 0xFFFFFFFF, last.tick)

else:

    def idle_seconds(environ: Mapping[str, str]) -> float | None:
        """Since the last input on this display; None where there is no display, or it does not count."""
        if not environ.get("DISPLAY"):
            return None
        from Xlib import display, error
        from Xlib.ext import screensaver  # noqa: F401 - it adds its question to the windows

        try:
            screen = display.Display(environ["DISPLAY"])
        except (error.DisplayError, OSError):
            return None
        try:
            if not screen.has_extension("MIT-SCREEN-SAVER"):
                return None
            return float(screen.screen().root.screensaver_query_info().idle) / 1000
        except (error.XError, error.ConnectionClosedError, OSError):
            return None
        finally:
            screen.close()


def since(now_ms: int, then_ms: int) -> float:
    """Seconds between two readings of a counter that starts again after 49.7 days."""
    return ((now_ms - then_ms) % 2**32) / 1000

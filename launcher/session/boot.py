"""What tells the time since this computer was started from every other time."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

_ID = Path("/proc/sys/kernel/random/boot_id")
_LONGEST = 8


def boot() -> str:
    """A word for it, the same for every process until the computer is started again.

    On Linux the kernel's own: the moment of the start is reckoned from the clock, and is another one after somebody set
    that. Each process would be a session of its own then, and the saver's lease another session's.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            return _ID.read_text(encoding="ascii")[:_LONGEST]
    import psutil

    return str(int(psutil.boot_time()))

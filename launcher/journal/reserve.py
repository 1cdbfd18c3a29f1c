"""A little of the disk, set aside while there is plenty: work is saved even when a tool has filled the rest.

Without it a full disk would keep SQLite from opening its log, or a file from being looked at in a copy, and nothing
could be brought to safety before the end. One lies beside the journal, one in the spool of each project.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NAME = "journal.sqlite-reserve"
SIZE = 16 * 1024 * 1024
#: Where less than this is free, nothing is set aside; below the other, what was set aside is given up.
PLENTY, FULL = 512 * 1024 * 1024, 4 * 1024 * 1024


def free_at(folder: Path) -> int:
    """Bytes that this account may still write there."""
    return shutil.disk_usage(folder).free


def look_after(folder: Path, free: Callable[[Path], int] = free_at) -> None:
    """Set it aside or give it up, as the disk is now; where that fails, all goes on without."""
    with suppress(OSError):
        now = free(folder)
        if now < FULL:
            give_up(folder)
        elif now > PLENTY and not (folder / NAME).exists():
            _set_aside(folder / NAME)


def give_up(folder: Path) -> bool:
    """Free it; was there something to free?"""
    with suppress(OSError):
        (folder / NAME).unlink()
        return True
    return False


def _set_aside(file: Path) -> None:
    try:
        with file.open("xb") as opened:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(opened.fileno(), 0, SIZE)
            else:
                opened.write(bytes(SIZE))
    except FileExistsError:
        return  # another process was faster
    except OSError:
        file.unlink()
        raise

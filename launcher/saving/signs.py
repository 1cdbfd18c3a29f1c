"""Signs that what was seen of the projects is no longer so, for whoever shows whether all of it is saved.

A look at every file is dear, so it is not taken all the time; the saver hears of each change from the system, and says
at once that there was one. Told by the times of files, which cost a question to the disk.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_CHANGED = "changed"


class Signs(NamedTuple):
    """When something was heard of last, and the journal was written last, in nanoseconds; 0 where that is never."""

    changed: int = 0
    written: int = 0


def note_changed(state: Path) -> None:
    """Something changed in a folder that the saver of this state dir watches."""
    with suppress(OSError):  # a full disk, or no state dir any more: a look comes now and then all the same
        (state / _CHANGED).touch(mode=0o600)


def signs(state: Path, journal: str) -> Signs:
    """As they are now; `journal` is the name of its file."""
    files = (state / journal, state / f"{journal}-wal")
    return Signs(_time_of(state / _CHANGED), max(map(_time_of, files)))


def _time_of(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0

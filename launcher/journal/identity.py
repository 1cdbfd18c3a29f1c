"""Which state the journal's file is in, told without SQLite: by the system's fingerprint, and by the end of its log.

While nobody has it open there is no log, or an empty one, and every change is a change of the file. While somebody has,
changes are frames at the end of the log, each with a checksum of all before it; where an earlier log was longer, its
frames follow, with another salt (sqlite.org/fileformat2.html, "The Write-Ahead Log").
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO

_HEADER, _FRAME = 32, 24
#: By this clock Linux stamps files (`CLOCK_REALTIME_COARSE`, clock_gettime(2)), and it tells how long its ticks are.
_COARSE_CLOCK = 5
#: Two writes within one tick are not told apart by time; Windows' is 16 ms long.
TICK_S = 1.5 * time.clock_getres(_COARSE_CLOCK) if sys.platform == "linux" else 0.02
#: But where a disk keeps whole seconds alone (FAT: every other one).
_COARSE_TICK_S = 2.0


def identity_of(file: Path) -> str:
    """Differs from what it was before if anybody has written into the journal since; empty where that is not sure."""
    try:
        log, found = _end_of_log(file.with_name(f"{file.name}-wal")), file.stat()
    except OSError:
        return ""
    tick_s = TICK_S if found.st_mtime_ns % 10**9 else _COARSE_TICK_S
    if not log and abs(time.time_ns() - found.st_mtime_ns) < tick_s * 1e9:
        return ""
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {log}"


def _end_of_log(file: Path) -> str:
    """Its header and the last frame of it; empty for an empty log.

    Only the log may be read beside SQLite: to close another of its files would let go of this process's locks on that
    (sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        with file.open("rb") as log:
            header = log.read(_HEADER)
            return (header + _last_frame(log, header)).hex() if len(header) == _HEADER else ""
    except FileNotFoundError:
        return ""


def _last_frame(log: IO[bytes], header: bytes) -> bytes:
    """By halves: the frames of this log come first."""
    length, salt = _FRAME + int.from_bytes(header[8:12]), header[16:24]
    first, end, last = 0, (log.seek(0, 2) - _HEADER) // length, b""
    while first < end:
        middle = (first + end) // 2
        log.seek(_HEADER + middle * length)
        frame = log.read(_FRAME)
        if frame[8:16] == salt:
            first, last = middle + 1, frame
        else:
            end = middle
    return last

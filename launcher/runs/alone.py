"""One at a time: of several processes that want to build the same thing, one does, and the others wait."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.runs.keeper import birth

_LOOK_EVERY_S = 0.5


@contextmanager
def alone(file: Path, waiting: Callable[[int], None]) -> Iterator[int]:
    """Hold `file` for the time of the block; `waiting` is told once which process holds it now.

    The system lets go of it when the last process that has it open ends, however it ends: hand the yielded descriptor
    to a child that must not be overtaken either.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        told = False
        while not _take(descriptor):
            if not told:
                waiting(_holder(file))
                told = True
            time.sleep(_LOOK_EVERY_S)
        _sign(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def _sign(descriptor: int) -> None:
    """Who holds it, for whoever waits; past the locked first byte, which Windows lets nobody else read."""
    os.ftruncate(descriptor, 1)
    os.lseek(descriptor, 1, os.SEEK_SET)
    os.write(descriptor, json.dumps({"pid": os.getpid(), "birth": birth(os.getpid())}).encode())


def _holder(file: Path) -> int:
    try:
        with file.open("rb") as opened:
            opened.seek(1)
            return int(json.load(opened)["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

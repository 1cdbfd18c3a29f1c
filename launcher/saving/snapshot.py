"""Bytes that were one file at one moment: size, times and file id equal before and after the read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher import errors
from launcher.journal import Stat
from launcher.projects.disk_errors import OUT_OF_HANDLES
from launcher.storage.checksums import CHUNK, Digest, Hasher

ATTEMPTS = 5
PAUSE_S = 0.2
#: Bytes of an open file, as `os.read` gives them.
Read = Callable[[int, int], bytes]


def read_stable(
    file: Path | str, sleep: Callable[[float], None] = time.sleep, attempts: int = ATTEMPTS, read: Read = os.read
) -> tuple[bytes, Stat]:
    """A whole small file and its fingerprint; raises `ChangedMeanwhile` when it never holds still."""
    for attempt in range(attempts):
        if attempt:
            sleep(PAUSE_S * attempt)
        handle = _open(file)
        try:
            before = Stat.of(os.fstat(handle))
            data = _read_all(handle, before.size, read)
            after = Stat.of(os.fstat(handle))
        finally:
            os.close(handle)
        if before == after == _now(file) and len(data) == before.size:
            return data, before
    raise being_written(file)


def hash_stable(file: Path, sleep: Callable[[float], None] = time.sleep) -> tuple[Digest, Stat]:
    """The digest of a large file that held still while it was read."""
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(PAUSE_S * attempt)
        before = _now(file)
        hasher = Hasher()
        with file.open("rb", buffering=0) as opened:
            while chunk := opened.read(CHUNK):
                hasher.update(chunk)
        if before is not None and before == _now(file) and hasher.digest().size == before.size:
            return hasher.digest(), before
    raise being_written(file)


@contextmanager
def reading(path: str) -> Iterator[None]:
    """What the disk says while a person's own file is read, in words; our own writing has other ones."""
    try:
        yield
    except FileNotFoundError as exc:
        raise errors.ChangedMeanwhile(
            path, title="This file vanished while it was saved", hint="What was saved of it earlier is still there."
        ) from exc
    except OSError as exc:
        if exc.errno in OUT_OF_HANDLES:
            raise errors.OutOfHandles(path, detail=repr(exc)) from exc
        raise errors.NotDone(
            path,
            title=f"This file cannot be read ({exc.strerror})",
            hint="Close the program that uses it and save again.",
        ) from exc


def being_written(file: Path | str) -> errors.ChangedMeanwhile:
    """The tool is at it."""
    return errors.ChangedMeanwhile(
        Path(file).name,
        title="This file is being written at this moment",
        hint="Its last saved version is still there. Save again when the tool has finished with it.",
    )


def _open(file: Path | str) -> int:
    return os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))


def _read_all(handle: int, size: int, read: Read) -> bytes:
    """One byte more than the size is asked for, so that growth shows."""
    pieces, wanted = [], size + 1
    while wanted > 0 and (piece := read(handle, wanted)):
        pieces.append(piece)
        wanted -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _now(file: Path | str) -> Stat | None:
    try:
        return Stat.of(os.stat(file, follow_symlinks=False))
    except FileNotFoundError:
        return None

"""What is about to be sent, written down before it goes: after a kill it tells our own writes from another session's.

One line a write, without a flush of the disk each: what a kill leaves behind in the system's cache is still read by the
next run. After a power cut lines may be missing, and a write of ours is then taken for another's: nothing is lost.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from launcher.journal import ProjectRecord, reserve
from launcher.projects.whose import CORNER
from launcher.storage.checksums import Digest
from launcher.storage.uri import S3Uri

FILE = "intents"
#: The folder for what is about to go.
SPOOL = "spool"
#: What is looked at in a copy is no larger, and no stage leaves less free.
ROOM = 64 * 1024 * 1024
_quoted = json.encoder.encode_basestring_ascii


def spool_of(record: ProjectRecord, state: Path) -> Path:
    """Where its files are made ready: in our corner, or beside the journal where nobody can write there."""
    corner, apart = spools_of(record, state)
    is_closed = corner.parent.is_dir() and not os.access(corner if corner.is_dir() else corner.parent, os.W_OK)
    return apart if is_closed or _has_more_room(state, corner.parent) else corner


def _has_more_room(state: Path, corner: Path) -> bool:
    """Is the disk of the project as good as full, and the journal on another one that is less so?"""
    with suppress(OSError):
        return (free := reserve.free_at(corner)) < ROOM and reserve.free_at(state) > free
    return False


def spools_of(record: ProjectRecord, state: Path) -> tuple[Path, Path]:
    """Both: what a killed run left may lie in the other one."""
    return record.dir / CORNER / SPOOL, state / f"{SPOOL}-{record.id}"


def forget_all(record: ProjectRecord, state: Path) -> None:
    """A save is complete, and the journal knows all of it."""
    for spool in spools_of(record, state):
        with suppress(PermissionError):  # what is read-only knows of nothing newer
            (spool / FILE).unlink(missing_ok=True)


class Intents:
    """The writes of one project that no complete save has followed yet."""

    def __init__(self, spool: Path) -> None:
        self._file = spool / FILE
        self._lock = threading.Lock()
        self._handle: int | None = None
        self._earlier = _read(self._file)

    def add(self, where: S3Uri, digest: Digest) -> None:
        """Before the request goes; one write of a whole line, so that threads need not wait for each other."""
        key, *sums = map(_quoted, (where.key, digest.crc64nvme, digest.sha256))
        line = f"[{key}, {digest.size}, {', '.join(sums)}]\n".encode()
        if os.write(self._opened(), line) < len(line):  # a disk that fills up takes a part of it without a word
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _opened(self) -> int:
        with self._lock:
            if self._handle is None:
                self._file.parent.mkdir(exist_ok=True, mode=0o700)  # what it lies in is there
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
                self._handle = os.open(self._file, flags, 0o600)
                if os.fstat(self._handle).st_size:
                    os.write(self._handle, b"\n")  # the last line of a run that was killed may have no end
            return self._handle

    def close(self) -> None:
        """Let go of the file; its lines stay."""
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None

    def sha256_of(self, where: S3Uri, size: int, crc64nvme: str) -> str | None:
        """Did an earlier run that was killed mean to store just this there? Then its SHA-256; None if it did not."""
        return self._earlier.get((where.key, size, crc64nvme))

    def earlier(self) -> Iterator[tuple[str, Digest]]:
        """What earlier runs meant to store, and under which keys; of each content the last time."""
        for (key, size, crc64nvme), sha256 in self._earlier.items():
            yield key, Digest(size, crc64nvme, sha256)


def _read(file: Path) -> dict[tuple[str, int, str], str]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    found: dict[tuple[str, int, str], str] = {}
    for line in lines:
        try:
            key, size, crc64nvme, *more = json.loads(line)
        except ValueError:
            continue  # a kill cut it off, so its request never went
        found.pop((key, size, crc64nvme), None)  # in the order of the last time
        found[(key, size, crc64nvme)] = more[0] if more else ""
    return found

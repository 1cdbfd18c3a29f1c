"""What is about to be sent, written down before it goes: after a kill it tells our own writes from another session's.

One line a write, without a flush of the disk each: what a kill leaves behind in the system's cache is still read by the
next run. After a power cut lines may be missing, and a write of ours is then taken for another's: nothing is lost.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

from launcher.storage.checksums import Digest
from launcher.storage.uri import S3Uri

FILE = "intents"


class Intents:
    """The writes of one project that no complete save has followed yet."""

    def __init__(self, spool: Path) -> None:
        self._file = spool / FILE
        self._lock = threading.Lock()
        self._earlier = _read(self._file)

    def add(self, where: S3Uri, digest: Digest) -> None:
        """Before the request goes."""
        line = json.dumps([where.key, digest.size, digest.crc64nvme]) + "\n"
        with self._lock:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(line)

    def is_ours(self, where: S3Uri, size: int, crc64nvme: str) -> bool:
        """Did an earlier run that was killed mean to store just this there?"""
        return (where.key, size, crc64nvme) in self._earlier

    def forget(self) -> None:
        """A save is complete, and the journal knows all of it."""
        self._file.unlink(missing_ok=True)


def _read(file: Path) -> set[tuple[str, int, str]]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return set()
    found = set()
    for line in lines:
        try:
            key, size, crc64nvme = json.loads(line)
        except ValueError:
            continue  # a kill cut it off, so its request never went
        found.add((key, size, crc64nvme))
    return found

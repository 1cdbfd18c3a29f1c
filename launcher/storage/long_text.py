"""A text on its way to S3 that is written once and read more than once: the list of 200,000 files has 60 MB.

It lies in memory as long as it is short, else in a file without a name, of which no kill leaves anything behind.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self

#: What is held in memory, and what is written and read together.
SHORT, BLOCK = 4 * 1024 * 1024, 256 * 1024


class LongText:
    """To be used in a `with`; once it is written, any thread may read it.

    `folder` is where the file may be. Without one, or where that has no room, all of it is in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._file: IO[bytes] = io.BytesIO()
        self._size = 0
        self._block = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size + len(self._block)

    def clear(self) -> None:
        """Begin again."""
        self._file.close()
        self._file, self._size, self._block = io.BytesIO(), 0, bytearray()

    def write(self, data: bytes) -> None:
        """Add something at the end."""
        self._block += data
        if len(self._block) >= BLOCK:
            self._put_away()

    def overwrite(self, at: int, data: bytes) -> None:
        """Put as many bytes in place of some that were written before."""
        self._put_away()
        self._file.seek(at)
        self._file.write(data)

    def pieces(self) -> Iterator[bytes]:
        """All of it, as a request or a checksum takes it."""
        with self._lock:
            self._put_away()
        for at in range(0, self._size, BLOCK):
            yield self._read(at)

    def whole(self) -> bytes:
        """All of it at once, for one that is short."""
        return b"".join(self.pieces())

    def _read(self, at: int) -> bytes:
        with self._lock:
            self._file.seek(at)
            return self._file.read(BLOCK)

    def _put_away(self) -> None:
        block, self._block = self._block, bytearray()
        try:
            if self._folder is not None and self._is_in_memory and self._size + len(block) > SHORT:
                self._move_to(TemporaryFile(dir=self._folder, buffering=0))  # noqa: SIM115 - open as long as we are
            _append(self._file, self._size, block)
        except OSError:
            self._folder = None
            if not self._is_in_memory:
                self._move_to(io.BytesIO())
            _append(self._file, self._size, block)
        self._size += len(block)

    @property
    def _is_in_memory(self) -> bool:
        return isinstance(self._file, io.BytesIO)

    def _move_to(self, file: IO[bytes]) -> None:
        before = self._file
        try:
            for at in range(0, self._size, BLOCK):
                before.seek(at)
                _append(file, at, before.read(min(BLOCK, self._size - at)))
        except OSError:
            file.close()
            raise
        before.close()
        self._file = file


def _append(file: IO[bytes], at: int, data: bytes | bytearray) -> None:
    """A file without a buffer may take less than it is given; what it did not take is not lost in one."""
    file.seek(at)
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]

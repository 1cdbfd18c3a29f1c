"""A large object in blocks: each written where it belongs and hashed while it comes, so that none is read again."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.storage.checksums import CHUNK, Digest, combined, crc_of
from launcher.storage.http import SignedHttp
from launcher.storage.messages import Request, is_plain
from launcher.storage.objects import PARTIAL_CONTENT, READ_RIGHT, ObjectRef, no_part

if TYPE_CHECKING:
    from launcher.storage.exchange import Exchange

BLOCK = 32 * 1024 * 1024
AT_ONCE, ATTEMPTS = 8, 4


class Blocks:
    """The blocks of one object in its partial file, which has its full length already."""

    def __init__(
        self,
        http: SignedHttp,
        exchange: Exchange | None,
        ref: ObjectRef,
        partial: Path,
        progress: Callable[[int], None],
        block: int = BLOCK,
    ) -> None:
        self._block = block
        self._http = http
        self._exchange = exchange if is_plain(ref.where) else None
        self._ref = ref
        self._partial = partial
        self._progress = progress
        self._sums: dict[int, int] = {}

    def bring(self, done: Collection[int], on_block: Callable[[int], None]) -> None:
        """All that an earlier run did not; `on_block` is told of each that is here, in a thread of its own."""
        missing = [index for index in range(-(-self._ref.size // self._block)) if index not in done]
        self._progress(sum(self._span(index)[1] for index in done))

        def one(index: int) -> None:
            crc = self._quickly(index)
            self._sums[index] = self._patiently(index) if crc is None else crc
            self._begin_to_force(index)
            on_block(index)

        with ThreadPoolExecutor(AT_ONCE, "block") as pool:
            for _ in pool.map(one, missing):
                pass

    def digest(self) -> Digest:
        """What is here now; only what an earlier run brought is read for it."""
        spans = [self._span(index) for index in range(-(-self._ref.size // self._block))]
        sums = [self._sums[index] if index in self._sums else self._read(*span) for index, span in enumerate(spans)]
        return combined(zip(sums, (length for _, length in spans), strict=True), self._ref.size)

    def _span(self, index: int) -> tuple[int, int]:
        start = index * self._block
        return start, min(self._block, self._ref.size - start)

    def _headers(self, start: int, length: int) -> dict[str, str]:
        match = {"If-Match": self._ref.etag} if self._ref.etag else {}
        return {"Range": f"bytes={start}-{start + length - 1}", **match}

    def _quickly(self, index: int) -> int | None:
        """By libcurl, tried once; None for what must be asked for patiently. Raises the disk's error."""
        if self._exchange is None:
            return None
        start, length = self._span(index)
        with self._partial.open("r+b", buffering=0) as file:
            block = _Block(file.fileno(), start, length, self._progress)
            request = Request(index, "GET", self._ref.where, self._headers(start, length), length)
            reply = self._exchange.streamed(request, block.take)
        if block.failure is not None:
            raise block.failure
        if reply.status == PARTIAL_CONTENT and block.came == length:
            return block.crc
        self._progress(-block.came)
        return None

    def _patiently(self, index: int) -> int:
        start, length = self._span(index)
        failure: errors.LauncherError | None = None
        for _ in range(ATTEMPTS):
            with self._partial.open("r+b", buffering=0) as file:
                block = _Block(file.fileno(), start, length, self._progress)
                try:
                    self._pour(block, self._headers(start, length))
                    if block.came == length:
                        return block.crc
                    failure = errors.Unreachable(self._ref.where, title="The server sent less than it promised")
                except errors.Unreachable as exc:
                    failure = exc
                self._progress(-block.came)
        assert failure is not None
        raise failure

    def _pour(self, block: _Block, headers: dict[str, str]) -> None:
        with self._http.stream("GET", self._ref.where, right=READ_RIGHT, headers=headers) as answer:
            if answer.status != PARTIAL_CONTENT:
                raise no_part(self._ref.where)
            while piece := answer.read(min(CHUNK, block.missing)):
                if not block.take(piece):
                    assert block.failure is not None
                    raise block.failure

    def _begin_to_force(self, index: int) -> None:
        """Let the disk begin with it: else all of a file is waited for after its last block has come."""
        if hasattr(os, "posix_fadvise"):  # not on Windows, which writes by itself
            with self._partial.open("rb") as file:
                os.posix_fadvise(file.fileno(), *self._span(index), os.POSIX_FADV_DONTNEED)

    def _read(self, start: int, length: int) -> int:
        crc, end = 0, start + length
        with self._partial.open("rb", buffering=0) as file:
            file.seek(start)
            while start < end and (piece := file.read(min(CHUNK, end - start))):
                crc, start = crc_of(piece, crc), start + len(piece)
        return crc


class _Block:
    """One of them on its way, written in pieces of `CHUNK`.

    libcurl hands over 16 KiB at once, whatever its buffer holds: to write each of those cost more than all the rest.
    """

    def __init__(self, handle: int, start: int, length: int, progress: Callable[[int], None]) -> None:
        self._handle = handle
        self._start = start
        self._length = length
        self._progress = progress
        self._waiting = bytearray(min(CHUNK, length))
        self._filled = 0
        self.came = 0
        self.crc = 0
        self.failure: OSError | None = None

    @property
    def missing(self) -> int:
        """Bytes that are still to come."""
        return self._length - self.came - self._filled

    def take(self, piece: bytes) -> bool:
        """Take a piece; False if the disk refuses it, or there is more of it than was asked for."""
        if len(piece) > self.missing:
            return False
        rest = memoryview(piece)
        while rest:
            fits = min(len(rest), len(self._waiting) - self._filled)
            self._waiting[self._filled : self._filled + fits] = rest[:fits]
            self._filled, rest = self._filled + fits, rest[fits:]
            if (self._filled == len(self._waiting) or not self.missing) and not self._is_written():
                return False
        return True

    def _is_written(self) -> bool:
        """Let the disk have what waits; False if it refuses."""
        ready = memoryview(self._waiting)[: self._filled]
        try:
            _write_at(self._handle, ready, self._start + self.came)
        except OSError as exc:
            self.failure = exc
            return False
        self.crc, self.came, self._filled = crc_of(ready, self.crc), self.came + len(ready), 0
        self._progress(len(ready))
        return True


def _write_at(handle: int, piece: memoryview, at: int) -> None:
    """All of it; the handle is this block's alone, so that its place may move (Windows has no `pwrite`)."""
    os.lseek(handle, at, os.SEEK_SET)
    while piece:
        piece = piece[os.write(handle, piece) :]

"""The files that one save has sent, as S3 confirmed them: kept packed, and made into rows when they are asked for."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from launcher.journal import Item, Stat

#: Rows that are packed together: some thirty bytes of each are left, where they had a thousand.
_PAGE, _QUICKLY = 1000, 1


class SentFile(NamedTuple):
    """One of them: what S3 holds of it, and how it looked here if it had changed since it was found."""

    path: str
    key: str
    size: int
    crc64nvme: str
    version: str | None
    changed: Stat | None = None


class SentFiles:
    """In the order in which they were confirmed. One thread adds, another may look at them."""

    def __init__(self, prefix: str) -> None:
        #: What most keys begin with.
        self._prefix = prefix
        #: Replaced as one, so that whoever looks sees each row once.
        self._rows: tuple[list[bytes], list[tuple[Any, ...]]] = ([], [])
        self._count = 0
        #: What S3 holds of all of them.
        self.bytes = 0
        #: Did none of them change after it was found?
        self.are_as_found = True

    def add(self, item: Item, found: Stat) -> None:
        """One more, just confirmed; `found` is how it looked when it was decided to send it."""
        assert item.saved is not None
        saved, changed = item.saved, item.stat if item.stat != found else None
        self.append(SentFile(item.path, saved.key, saved.size, saved.crc64nvme, saved.version, changed))

    def append(self, file: SentFile) -> None:
        """The same as a row."""
        path, key, *told, changed = file
        pages, last = self._rows
        last.append((path, None if key == self._prefix + path else key, *told, tuple(changed) if changed else None))
        if len(last) == _PAGE:
            self._rows = ([*pages, zlib.compress(marshal.dumps(last), _QUICKLY)], [])
        self._count += 1
        self.bytes += file.size
        self.are_as_found &= changed is None

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[SentFile]:
        pages, last = self._rows
        last = list(last)
        for page in pages:
            rows = marshal.loads(zlib.decompress(page))  # noqa: S302 - our own, from this very process
            yield from map(self._unpacked, rows)
        yield from map(self._unpacked, last)

    def _unpacked(self, row: tuple[Any, ...]) -> SentFile:
        path, key, size, crc64nvme, version, changed = row
        return SentFile(path, key or self._prefix + path, size, crc64nvme, version, _stat(changed) if changed else None)


def _stat(numbers: Iterable[int]) -> Stat:
    from launcher.journal import Stat  # a save that finds nothing to do does without the journal's room

    return Stat(*numbers)

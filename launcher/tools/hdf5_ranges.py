"""HDF5 of other people, read piece by piece and never trusted.

The library is given a file object, so nothing on disk is opened by name. Links, external storage, virtual datasets and
filters are looked at before anything behind them is opened: a file may only speak about itself.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import h5py

from launcher.errors import Damaged
from launcher.tools.bounded_read import BoundedRead

SIGNATURE = b"\x89HDF\r\n\x1a\n"
#: Deflate, shuffle, Fletcher32, szip, n-bit, scale-offset, and h5py's own LZF. Any other would load a plugin.
BUILT_IN_FILTERS = frozenset({1, 2, 3, 4, 5, 6, 32000})
MAX_LINKS = 100_000
_PAGE, _BLOCK_PAGES = 4096, 16
#: What h5py raises on malformed files; errors of our own family pass through.
_H5_ERRORS = (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError)


class RangedFile(io.RawIOBase):
    """A file over ranged reads: fetches blocks of 64 KB, pages of 4 KB when little is left, and nothing twice."""

    def __init__(self, path: str, size: int, read: BoundedRead) -> None:
        super().__init__()
        self._path, self._size, self._read = path, size, read
        self._pages: dict[int, bytes] = {}
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next read starts."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; nothing is fetched yet."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer from here on; raises `BudgetSpent` when that would read too much of the file."""
        data = self._bytes(self._at, min(self._at + len(buffer), self._size))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _bytes(self, start: int, end: int) -> bytes:
        if start >= end:
            return b""
        first, last = start // _PAGE, (end - 1) // _PAGE
        for page in range(first, last + 1):
            if page not in self._pages:
                self._fetch(page, last)
        whole = b"".join(self._pages[page] for page in range(first, last + 1))
        return whole[start - first * _PAGE : end - first * _PAGE]

    def _fetch(self, page: int, last: int) -> None:
        """Get a page, and while the budget is ample the whole block around it: a request costs more than its bytes."""
        whole_blocks = self._read.remaining >= 4 * _BLOCK_PAGES * _PAGE
        start = page // _BLOCK_PAGES * _BLOCK_PAGES if whole_blocks else page
        stop = -(-(last + 1) // _BLOCK_PAGES) * _BLOCK_PAGES if whole_blocks else last + 1
        start = next((number + 1 for number in range(page - 1, start - 1, -1) if number in self._pages), start)
        stop = next((number for number in range(page, stop) if number in self._pages), stop)
        data = self._read(self._path, start * _PAGE, min(stop * _PAGE, self._size) - start * _PAGE)
        for number in range(start, stop):
            self._pages[number] = data[(number - start) * _PAGE : (number - start + 1) * _PAGE]


@dataclass(frozen=True, slots=True)
class Superblock:
    """What the first bytes of an HDF5 file claim about the whole."""

    end: int
    is_open_for_writing: bool


def superblock(file: BinaryIO | io.RawIOBase, size: int) -> Superblock | None:
    """The superblock, or None if this is no HDF5; it may stand behind a block of the user's, at 0, 512, 1024, 2048."""
    for at in (0, 512, 1024, 2048):
        file.seek(at)
        head = (file.read(128) or b"") if at < size else b""
        if head.startswith(SIGNATURE) and len(head) >= 64:
            return _superblock(head)
    return None


def _superblock(head: bytes) -> Superblock:
    version = head[8]
    width, addresses = (head[9], 12) if version >= 2 else (head[13], 28 if version == 1 else 24)
    # Base, extension (or free space), then the end of the file; each of them `width` bytes.
    end = int.from_bytes(head[addresses + 2 * width : addresses + 3 * width], "little")
    return Superblock(end, version >= 3 and bool(head[11] & 0b101))


def check_whole(file: BinaryIO | io.RawIOBase, size: int, subject: str) -> bool:
    """Is it HDF5? Raises `Damaged` for one that is cut off, or whose writer never finished."""
    found = superblock(file, size)
    if found is None:
        return False
    if found.end > size:
        raise Damaged(subject, title="This file is truncated", detail=f"{size} bytes of {found.end}")
    if found.is_open_for_writing:
        raise Damaged(subject, title="This file was not closed by the program that wrote it")
    return True


@contextmanager
def hdf5_words(subject: str) -> Iterator[None]:
    """Whatever the HDF5 library makes of a malformed file, in one sentence."""
    try:
        yield
    except _H5_ERRORS as exc:
        raise Damaged(subject, title="This HDF5 file cannot be read", detail=repr(exc)[:500]) from exc


@contextmanager
def opened(file: BinaryIO | io.RawIOBase, subject: str) -> Iterator[Any]:
    """The file's root group, read through the file object only."""
    with hdf5_words(subject), h5py.File(file, "r") as root:
        yield root


@contextmanager
def opened_local(path: Path, subject: str) -> Iterator[Any]:
    """A file of this machine, checked for its end, read through a file object so that no link can open another."""
    with path.open("rb") as file:
        if not check_whole(file, path.stat().st_size, subject):
            raise Damaged(subject, title="This is not an HDF5 file")
        with opened(file, subject) as root:
            yield root


def child(group: Any, name: str, subject: str) -> Any:
    """The group or dataset of that name, or None; raises `Damaged` if it lies outside this file."""
    link = group.get(name, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        raise _points_elsewhere(subject, name)
    found = group[name]
    if isinstance(found, h5py.Dataset):
        check_inside(found, subject)
        check_filters(found, subject)
    return found


def check_links(group: Any, subject: str) -> list[str]:
    """The names in a group; raises `Damaged` if one of them is a link to another file."""
    names = []
    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
            raise _points_elsewhere(subject, name)
        names.append(name)
        if len(names) > MAX_LINKS:
            raise Damaged(subject, title="This file holds more entries than can be looked at")
    return names


def check_inside(dataset: Any, subject: str) -> None:
    """Raise `Damaged` if the values lie in another file."""
    if dataset.external or dataset.is_virtual:
        raise _points_elsewhere(subject, dataset.name)


def check_filters(dataset: Any, subject: str) -> None:
    """Raise `Damaged` if reading the values would load a plugin."""
    plan = dataset.id.get_create_plist()
    if any(plan.get_filter(number)[0] not in BUILT_IN_FILTERS for number in range(plan.get_nfilters())):
        raise Damaged(subject, title="This file needs a decoder that is not built in", detail=str(dataset.name))


def check_tree(root: Any, subject: str) -> None:
    """Open every group and dataset once, without reading values; raises `Damaged` for what leads out of the file."""
    for found in every_object(root, subject):
        if isinstance(found, h5py.Dataset):
            check_inside(found, subject)


def every_object(root: Any, subject: str) -> Iterator[Any]:
    """Every group, dataset and named type of the file once, the root first; a group's own links lead nowhere else."""
    waiting, seen = [root], {_address(root)}
    while waiting:
        item = waiting.pop()
        yield item
        for found in _contents(item, subject) if isinstance(item, h5py.Group) else ():
            if _address(found) not in seen:
                seen.add(_address(found))
                waiting.append(found)


def _contents(group: Any, subject: str) -> Iterator[Any]:
    """What lies in a group itself; links to another place of the file are not followed, they are seen there."""
    for name in check_links(group, subject):
        if isinstance(group.get(name, getlink=True), h5py.HardLink):
            yield group[name]


def _address(found: Any) -> int:
    return int(h5py.h5o.get_info(found.id).addr)


def _points_elsewhere(subject: str, name: str) -> Damaged:
    return Damaged(
        subject,
        title="This file points to data outside itself",
        hint="Nothing was followed and nothing was changed. Ask its owner for a copy that holds all of its data.",
        detail=str(name),
    )

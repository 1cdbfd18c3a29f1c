"""A project's folder as one value: each of its folders looked into once, and a checksum of all that was seen."""

from __future__ import annotations

import marshal
import time
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from launcher.projects.listed import FileRow, Rows, look_into

#: What a look at other times found of one file, by its path.
PathRow = tuple[str, int, int, int, int]

#: The form of `marshal` without references between values: equal rows have equal bytes.
_VALUES_ALONE = 0
_NOTHING = marshal.dumps(([], []), _VALUES_ALONE)
_FRESH_S = 2.0


class Tree:
    """A project's folder, each of its folders looked into once.

    What was looked at ahead is kept packed, for a fifth of what the rows take, until its text is taken.
    """

    def __init__(self, root: Path) -> None:
        self.left_out: dict[str, str] = {}
        self._root = str(root)
        self._digest = blake2b()
        self._ahead: dict[str, bytes] = {}
        self._began = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Was it looked at so shortly ago that a look by now would be no better?"""
        return time.monotonic() - self._began < _FRESH_S

    def look_ahead(self) -> str:
        """At everything, if that was not done yet, and tell its checksum."""
        waiting = [] if self._ahead else [""]
        while waiting:
            prefix = waiting.pop()
            rows = look_into(self._root, prefix, self.left_out)
            self._ahead[prefix] = self._add(prefix, rows)
            waiting += [prefix + name for name in reversed(rows[1])]
        return self.digest()

    def look_into(self, prefix: str) -> Rows:
        """One folder by its path, which is empty or ends in `/`; to be asked for in the order of their paths."""
        if prefix in self._ahead:
            return _unpacked(self._ahead[prefix])
        rows = look_into(self._root, prefix, self.left_out)
        self._add(prefix, rows)
        return rows

    def _add(self, prefix: str, rows: Rows) -> bytes:
        packed = marshal.dumps(rows, _VALUES_ALONE)
        self._digest.update(_head(prefix, packed))
        self._digest.update(packed)
        return packed

    @property
    def has_files(self) -> bool:
        """Was there any file, when it was looked at ahead?"""
        return any(_unpacked(packed)[0] for packed in self._ahead.values())

    def taken_text(self) -> Iterator[bytes]:
        """All that was found when it was looked at ahead, as the bytes that `digest` is of; none of it is kept."""
        ahead, self._ahead = self._ahead, {}
        for prefix in list(ahead):
            packed = ahead.pop(prefix)
            yield _head(prefix, packed) + packed

    def differing(self, text: bytes) -> tuple[list[PathRow], list[PathRow]]:
        """The files that are not as in an earlier `text`: as they were then, and as they are, each in their order."""
        now, were, are = dict(self._ahead), list[PathRow](), list[PathRow]()
        for prefix, packed in _folders_of(text):
            mine = now.pop(prefix, _NOTHING)
            if mine != packed:
                before, after = set(_unpacked(packed)[0]), set(_unpacked(mine)[0])
                were += _at(prefix, before - after)
                are += _at(prefix, after - before)
        for prefix, packed in now.items():
            are += _at(prefix, _unpacked(packed)[0])
        return sorted(were), sorted(are)

    def digest(self) -> str:
        """A checksum of all paths and fingerprints that were looked at until now."""
        return self._digest.hexdigest()


def digest_of(text: bytes) -> str:
    """What `Tree.digest` was of the tree with this text."""
    return blake2b(text).hexdigest()


def _head(prefix: str, packed: bytes) -> bytes:
    """What stands before a folder's rows: how long they are, and its path."""
    return f"{len(packed)} {prefix}\0".encode()


def _folders_of(text: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at < len(text):
        end = text.index(b"\0", at)
        size, prefix = text[at:end].decode().split(" ", 1)
        at = end + 1 + int(size)
        yield prefix, text[end + 1 : at]


def _unpacked(packed: bytes) -> Rows:
    """Our own rows: of this very process, or of a text with the right checksum."""
    rows: Rows = marshal.loads(packed)  # noqa: S302
    return rows


def _at(prefix: str, files: Iterable[FileRow]) -> Iterator[PathRow]:
    return ((prefix + name, size, modified, changed, file_id) for name, size, modified, changed, file_id in files)

"""Fingerprints of thousands of files, in a tenth of the memory of as many objects."""

from __future__ import annotations

import functools
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from launcher.journal import Stat


class Stats:
    """One after another."""

    def __init__(self) -> None:
        self._numbers, self._ids = array("q"), array("Q")

    def append(self, stat: Stat) -> None:
        """One more."""
        self._numbers.extend((stat.size, stat.mtime_ns, stat.ctime_ns))
        self._ids.append(stat.file_id)

    def size(self, at: int) -> int:
        """Bytes of one of the files."""
        return self._numbers[3 * at]

    def sizes(self) -> array[int]:
        """Those of all of them."""
        return self._numbers[::3]

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, at: int) -> Stat:
        size, mtime_ns, ctime_ns = self._numbers[3 * at : 3 * at + 3]
        return _stat()(size, mtime_ns, ctime_ns, self._ids[at])


@functools.cache
def _stat() -> type[Stat]:
    """Imported once, and not for each of thousands of files; a save that finds nothing to do does without it."""
    from launcher.journal import Stat

    return Stat


class Fingerprints(Mapping[str, "Stat"]):
    """Those of files by their paths, which are added in their order."""

    def __init__(self) -> None:
        self._paths: list[str] = []
        self._stats = Stats()

    def add(self, path: str, stat: Stat) -> None:
        """The next file."""
        self._paths.append(path)
        self._stats.append(stat)

    @classmethod
    def of(cls, files: Mapping[str, Stat]) -> Self:
        """The same from a mapping in any order."""
        found = cls()
        for path in sorted(files):
            found.add(path, files[path])
        return found

    def size(self, path: str) -> int:
        """Bytes of one of them, which is asked for more often than the rest."""
        return self._stats.size(self._at(path))

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Those of all of them, by path."""
        return zip(self._paths, self._stats.sizes(), strict=True)

    def __getitem__(self, path: str) -> Stat:
        return self._stats[self._at(path)]

    def _at(self, path: str) -> int:
        at = bisect_left(self._paths, path)
        if at == len(self._paths) or self._paths[at] != path:
            raise KeyError(path)
        return at

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

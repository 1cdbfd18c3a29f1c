"""Ranged reads that stop at a budget, so that looking at a project never costs more than promised."""

from __future__ import annotations

from pathlib import Path

from launcher.tools.protocol import BudgetSpent, ReadRange


class BoundedRead:
    """A `ReadRange` that counts what it returned, and raises `BudgetSpent` before it reads more than `limit` bytes."""

    def __init__(self, read: ReadRange, limit: int) -> None:
        self._read = read
        self.remaining = limit

    def __call__(self, path: str, start: int, length: int) -> bytes:
        """Bytes of a file of the listing."""
        if length > self.remaining:
            raise BudgetSpent(path)
        data = self._read(path, start, length)
        self.remaining -= len(data)
        return data


def of_file(file: Path, limit: int) -> BoundedRead:
    """The bytes of one file of this computer, whatever it is called."""

    def read(path: str, start: int, length: int) -> bytes:  # noqa: ARG001 - there is one file
        with file.open("rb") as opened:
            opened.seek(start)
            return opened.read(length)

    return BoundedRead(read, limit)

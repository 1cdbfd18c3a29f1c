"""How many bytes may be in memory at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ByteBudget:
    """Lets bytes into memory only while there is room; what is larger than all of it comes alone."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._changed = threading.Condition()

    def take(self, size: int) -> int:
        """Wait for room; returns what to give back."""
        taken = min(size, self._size)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= taken)
            self._free -= taken
        return taken

    def give(self, taken: int) -> None:
        """The bytes are gone."""
        with self._changed:
            self._free += taken
            self._changed.notify()

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Room for some bytes, for a while."""
        taken = self.take(size)
        try:
            yield
        finally:
            self.give(taken)

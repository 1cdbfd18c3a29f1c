"""Files are read and hashed on a thread of their own, so that the one that sends never waits for the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import Generic, Self, TypeVar

from launcher.storage.budget import ByteBudget

#: What may lie ready in memory: dozens of pictures. What is known of a file counts too, for the sake of tiny ones.
AHEAD_BYTES, BESIDE_BYTES = 8 * 1024 * 1024, 4096
#: What was taken is told to the one that reads when it is this much: woken for each, it would read one and sleep again.
TOLD_TOGETHER = AHEAD_BYTES // 8

Content = TypeVar("Content")
_Told = tuple[str, Content | None, int] | BaseException | None


class ReadingAhead(Generic[Content]):
    """What `read` gives for each path, in their order; for use in a `with`. On leaving, the rest stays unread."""

    def __init__(
        self, paths: Sequence[str], read: Callable[[str], Content | None], size: Callable[[Content], int]
    ) -> None:
        self._paths = paths
        self._read = read
        self._size = size
        self._room = ByteBudget(AHEAD_BYTES)
        self._told: SimpleQueue[_Told[Content]] = SimpleQueue()
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="read")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._room.give(AHEAD_BYTES)
        self._thread.join()

    def __iter__(self) -> Iterator[tuple[str, Content | None]]:
        taken = 0
        while (told := self._told.get()) is not None:
            if isinstance(told, BaseException):
                raise told
            path, content, size = told
            taken += size
            if taken >= TOLD_TOGETHER or self._told.empty():  # with nothing left, the other may wait for just this
                self._room.give(taken)
                taken = 0
            yield path, content

    def _work(self) -> None:
        try:
            for path in self._paths:
                content = self._read(path)
                if self._is_over:
                    return
                size = self._room.take(self._size(content) + BESIDE_BYTES) if content is not None else 0
                self._told.put((path, content, size))
            self._told.put(None)
        except BaseException as exc:  # noqa: BLE001 - whoever takes the contents decides
            self._told.put(exc)

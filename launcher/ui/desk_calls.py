"""The window's way to the desk: every verb runs on a thread, and streams come back to the loop in batches."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from launcher import errors
from launcher.ui.window_desk import WindowDesk

T = TypeVar("T")

#: A batch comes at most this often: every repaint is streamed video.
EVERY_S = 0.25
#: A frozen server holds threads for as long as the site's patience; the rest must go on meanwhile.
THREADS = 12


class DeskCalls:
    """One desk, made on a thread when it is first needed: importing it costs more than the first paint."""

    def __init__(self, make: Callable[[], WindowDesk]) -> None:
        self._make = make
        self._desk: WindowDesk | None = None
        self._making = threading.Lock()
        self._handing = threading.Lock()
        self._is_over = False
        self._pool = ThreadPoolExecutor(THREADS, "desk")

    def _made(self) -> WindowDesk:
        with self._making:
            if self._desk is None:
                self._hand_over(self._make())
            assert self._desk is not None
            return self._desk

    def _hand_over(self, made: WindowDesk) -> None:
        """Unless the window was closed while it was made: nobody else would let go of it."""
        with self._handing:
            self._desk = made
            if not self._is_over:
                return
        made.close()
        raise errors.NotDone(title="The window was closed", hint="Nothing was begun. Do it again in the next one.")

    async def call(self, verb: Callable[[WindowDesk], T]) -> T:
        """The answer of one verb."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: verb(self._made()))

    async def stream(self, verb: Callable[[WindowDesk], Iterator[T]]) -> AsyncIterator[list[T]]:
        """What a verb yields, the first of it at once and then in batches; leaving early ends the verb."""
        inbox: _Inbox[T] = _Inbox(asyncio.get_running_loop())
        self._pool.submit(self._pour, verb, inbox)
        try:
            while True:
                batch, ended = await inbox.take()
                if batch:
                    yield batch
                if ended:
                    return
                await asyncio.sleep(EVERY_S)
        finally:
            inbox.nobody_reads = True

    def _pour(self, verb: Callable[[WindowDesk], Iterator[T]], inbox: _Inbox[T]) -> None:
        try:
            for one in verb(self._made()):
                if inbox.nobody_reads:
                    return  # the generator is closed with its last reference
                inbox.put(one)
            inbox.end(None)
        except Exception as exc:  # noqa: BLE001 - it is raised again where the batch is waited for
            inbox.end(exc)

    async def close(self) -> None:
        """Wait for nothing that a server could hold up; what the desk had open is let go."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._handing:
            desk = None if self._is_over else self._desk
            self._is_over = True
        if desk is not None:
            await asyncio.to_thread(desk.close)


class _Inbox(Generic[T]):
    """Filled by a thread, emptied by the loop, which is woken once a batch and not once an item."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._filled = asyncio.Event()
        self._batch: list[T] = []
        self._ended = False
        self._failure: Exception | None = None
        self.nobody_reads = False

    def put(self, item: T) -> None:
        with self._lock:
            self._batch.append(item)
            first = len(self._batch) == 1
        if first:
            self._wake()

    def end(self, failure: Exception | None) -> None:
        with self._lock:
            self._ended, self._failure = True, failure
        self._wake()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._filled.set)
        except RuntimeError:  # the loop is closed: nobody waits any more
            self.nobody_reads = True

    async def take(self) -> tuple[list[T], bool]:
        await self._filled.wait()
        with self._lock:
            batch, self._batch = self._batch, []
            if self._failure is not None and not batch:
                raise self._failure
            if not self._ended:
                self._filled.clear()
            return batch, self._ended and self._failure is None


def in_words(exc: BaseException) -> errors.LauncherError:
    """Whatever went wrong, as something that can be told."""
    if isinstance(exc, errors.LauncherError):
        return exc
    return errors.LauncherError(
        title="The launcher made a mistake",
        hint="Your data was not touched by this. Try again; if it happens again, send the log to your admin.",
        detail=repr(exc),
    )

"""The window's way to the desk: every verb runs on a thread, and streams come back to the loop in batches."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar

from launcher import errors
from launcher.ui.gpu_seen import GpuSeen

Json = dict[str, Any]
T = TypeVar("T")

#: A batch comes at most this often: every repaint is streamed video.
EVERY_S = 0.25
#: A frozen server holds threads for as long as the site's patience; the rest must go on meanwhile.
THREADS = 12


class WindowDesk(Protocol):
    """The verbs of the person that the window calls; all of them may block."""

    def places(self) -> list[Json]:
        """Where data lives."""

    def mounts_seen(self) -> list[Json]:
        """How the mounts were when the saver looked last; no mount is touched for it."""

    def strays(self) -> list[Json]:
        """Projects that a tool made where nothing survives the session."""

    def oddities(self) -> list[str]:
        """What is strange about this session or its catalogue, in sentences; none of it stops anything."""

    def keep_stray(self, folder: str) -> None:
        """Make one of them a project like all others."""

    def projects(self, uri: str | None) -> Iterator[Json]:
        """Projects at or below a place, as they are found."""

    def here(self) -> list[Json]:
        """Projects that were brought to this computer, as far as the journal knows them."""

    def list_prefix(self, uri: str, *, recursive: bool = False) -> Iterator[Json]:
        """Pages of a place."""

    def list_folder(self, folder: str, *, recursive: bool = False) -> Iterator[Json]:
        """Pages of a folder of this computer."""

    def offered_folders(self) -> list[Json]:
        """Where a person begins to look for files of their own."""

    def offers_terminal(self) -> bool:
        """Does the site allow one?"""

    def open_terminal(self, folder: str) -> None:
        """A terminal in a folder of this computer; where projects lie if that is empty."""

    def recents(self) -> list[Json]:
        """What was opened last, here or in an earlier session."""

    def note_opened(self, target: str) -> None:
        """A project was opened, by its address or its folder: it is the most recent one."""

    def tools_for(self, tool_id: str) -> list[Json]:
        """The other tools, and whether they can open a project of that kind."""

    def plan_upload(self, files: Sequence[str], uri: str) -> Json:
        """What sending files to a folder of the home would do."""

    def make_folder(self, uri: str) -> None:
        """A new folder of the home."""

    def status(self) -> list[Json]:
        """What is saved of every project on this computer."""

    def saved_states(self, uri: str) -> Json:
        """The earlier states of a project that can be brought back, and which session this is."""

    def state_contents(self, uri: str, at: str) -> Json:
        """The files of one of them."""

    def is_first_run(self) -> bool:
        """Has this person never seen the first page?"""

    def welcomed(self) -> None:
        """They have seen it now."""

    def last_session(self) -> Json | None:
        """What the session before this one worked on, if there is something to go on from."""

    def keep_view(self, view: Json) -> None:
        """Remember where the person is: `root`, `uri`, `tab`."""

    def answered_last_session(self, session: str) -> None:
        """The person said what to do about it: it is not offered again here."""

    def conflicts(self) -> list[Json]:
        """The files of this computer's projects that two sessions changed, and nobody has decided about."""

    def session(self) -> Json:
        """Who, where, how long."""

    def poster(self, project: Json, width: int, height: int) -> bytes:
        """A picture of a project for its card, as PNG."""

    def frame(self, project: Json, width: int, height: int) -> bytes:
        """The whole of a project's clearest frame, as PNG."""

    def strip(self, project: Json, count: int, width: int, height: int) -> Sequence[bytes]:
        """A few labelled frames from all over a project, as PNG."""

    def video_frame(self, uri: str, number: int, width: int, height: int) -> tuple[bytes, Mapping[str, float]]:
        """A frame of a video as PNG, and its `width`, `height`, `frames` and `seconds` where they are known."""

    def runs(self) -> list[Json]:
        """The pose tools that run now."""

    def jobs(self) -> list[Json]:
        """Trainings and predictions, running or over, the newest first."""

    def job(self, run: str) -> Json:
        """One of them, with its loss by epoch, the end of its log, and whether it can be continued."""

    def comparable(self, uri: str) -> Json:
        """The models, splits and comparisons of a project; `dir` is empty while it is not on this computer."""

    def comparison(self, page: str) -> Json:
        """What was found by the comparison that this page is of."""

    def open_page(self, page: str) -> bool:
        """Show it in a web browser; False where there is none."""

    def run_log(self, run: str) -> str:
        """The end of what a tool printed, as it printed it."""

    def stop_run(self, run: str) -> Json:
        """End a tool that a person agreed to end; how it is then."""

    def keep_saving(self) -> None:
        """See to it that the saver runs; it goes on when the window is closed."""

    def watch_gpu(self, tell: Callable[[GpuSeen], None]) -> None:
        """Look at the GPU until the desk is closed; `tell` is called on another thread."""

    def close(self) -> None:
        """Let go of everything."""


class DeskCalls:
    """One desk, made on a thread when it is first needed: importing it costs more than the first paint."""

    def __init__(self, make: Callable[[], WindowDesk]) -> None:
        self._make = make
        self._desk: WindowDesk | None = None
        self._making = threading.Lock()
        self._pool = ThreadPoolExecutor(THREADS, "desk")

    def _made(self) -> WindowDesk:
        with self._making:
            if self._desk is None:
                self._desk = self._make()
            return self._desk

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
        desk, self._desk = self._desk, None
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

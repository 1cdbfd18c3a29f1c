"""A narrow way to a server on this computer: all connections together get so many bytes a second towards it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

#: Little enough that a second of a slow way is many pieces.
PIECE = 64 * 1024
START_S = 10.0


class NarrowWay:
    """The way, in a thread with a loop of its own, from `with` to its end; `bytes_per_s` may change on the way."""

    def __init__(self, upstream_url: str, bytes_per_s: float = float("inf")) -> None:
        upstream = urlsplit(upstream_url)
        assert upstream.hostname is not None and upstream.port is not None
        self._upstream = (upstream.hostname, upstream.port)
        self.bytes_per_s = bytes_per_s
        self._free_at = 0.0
        self._connections: set[asyncio.Task[None]] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="narrow way", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(START_S):
            raise RuntimeError("the narrow way did not open")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._enough.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._enough = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=PIECE, backlog=512)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._started.set()
        await self._enough.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Own the task of each connection, so that none outlives the way."""
        task = asyncio.create_task(self._connection(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with contextlib.AsyncExitStack() as ending:
            # A peer that hangs up, on either side, ends this connection and nothing else.
            ending.enter_context(_ends_quietly())
            ending.push_async_callback(_close, writer)
            there, back = await asyncio.open_connection(*self._upstream, limit=PIECE)
            ending.push_async_callback(_close, back)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pour(there, writer))
                both.create_task(self._pour_slowly(reader, back))

    async def _pour_slowly(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            await self._turn(len(piece))
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def _turn(self, size: int) -> None:
        """Wait until the way is free, and take it for as long as these bytes need."""
        now = self._loop.time()
        self._free_at = max(self._free_at, now) + size / self.bytes_per_s
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)


@contextlib.contextmanager
def _ends_quietly() -> Iterator[None]:
    try:
        yield
    except* OSError:
        pass


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE):
        writer.write(piece)
        await writer.drain()
    writer.close()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()

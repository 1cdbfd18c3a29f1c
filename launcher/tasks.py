"""Owns background work of the window, so that none of it is lost and no failure is silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

#: Called without arguments, so that a task cancelled before its first step leaves no coroutine behind.
Work = Callable[[], Awaitable[None]]
Report = Callable[[str, Exception], None]


class Tasks:
    """Background tasks by name, all of one loop."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._running: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, work: Work) -> asyncio.Task[None]:
        """Run `work()` under `name`; a newer task with that name replaces the older."""
        self.cancel(name)
        task = asyncio.get_running_loop().create_task(self._guard(name, work), name=name)
        self._running[name] = task
        task.add_done_callback(lambda done: self._forget(name, done))
        return task

    def cancel(self, name: str) -> None:
        """Ask the task of that name to end; nothing if there is none."""
        if task := self._running.get(name):
            task.cancel()

    def names(self) -> list[str]:
        """What is running now."""
        return sorted(self._running)

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guard(self, name: str, work: Work) -> None:
        try:
            await work()
        except Exception as exc:
            log.debug("task %s failed", name, exc_info=exc)
            self._report(name, exc)

    def _forget(self, name: str, done: asyncio.Task[None]) -> None:
        if self._running.get(name) is done:
            del self._running[name]

"""Keeps a driver that hangs away from everybody else."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Protocol

from launcher.gpu.readings import Reading, State

log = logging.getLogger(__name__)

#: A healthy driver answers in milliseconds, one that wakes a sleeping card in a second or two.
PATIENCE_S = 3.0


class Source(Protocol):
    """What is read, in one thread only."""

    def read(self) -> Reading:
        """Everything now; may never return."""

    def close(self) -> None:
        """Let go; may never return."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One reading under way."""

    answer: Future[Reading] = field(default_factory=Future)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)

    def patience_left(self, patience_s: float) -> float:
        """What remains of the patience with this call; it is spent once, not by everybody who asks."""
        return max(0.0, self.began + patience_s - time.monotonic())


class NvmlThread:
    """Reads in a thread of its own, and says so when no answer comes.

    One call is under way at a time: while the driver hangs, no further thread is lost, and who asks is told at once.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._asked: SimpleQueue[_Call | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._call: _Call | None = None
        self._thread: threading.Thread | None = None

    def read(self, patience_s: float = PATIENCE_S) -> Reading:
        """Everything now, or `State.STUCK` since the call that hangs."""
        call = self._ask()
        try:
            reading = call.answer.result(call.patience_left(patience_s))
        except TimeoutError:
            return Reading(call.at, State.STUCK)
        with self._lock:
            if self._call is call:
                self._call = None
        return reading

    def close(self, patience_s: float = PATIENCE_S) -> bool:
        """End the thread, for good; False if the driver does not let it go. It ends with the process then."""
        if self._thread is None:
            return True
        self._asked.put(None)
        call = self._call
        self._thread.join(call.patience_left(patience_s) if call else patience_s)
        return not self._thread.is_alive()

    def _ask(self) -> _Call:
        with self._lock:
            if self._call is None:
                self._call = _Call()
                self._asked.put(self._call)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="nvml", daemon=True)
                self._thread.start()
            return self._call

    def _serve(self) -> None:
        while (call := self._asked.get()) is not None:
            call.answer.set_result(self._read())
        self._source.close()

    def _read(self) -> Reading:
        try:
            return self._source.read()
        except Exception as exc:  # a surprise in a driver's answer costs the GPU's tile, not the program
            log.exception("the GPU could not be read")
            return Reading(datetime.now(UTC), State.FAILED, detail=repr(exc))

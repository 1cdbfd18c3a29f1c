"""Many threads on one list of work, and all its outcomes in one place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Job, Result]):
    """What became of one job."""

    job: Job
    _result: Result | None = None
    _error: BaseException | None = None

    def result(self) -> Result:
        """What it gave; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # without an error there is a result, which may be None


@contextmanager
def at_work(
    jobs: Iterable[Job], do: Callable[[Job], Result], threads: int, name: str
) -> Iterator[Iterator[Outcome[Job, Result]]]:
    """Do every job, begun in their order; the outcomes come as they are known, in no order.

    A thread takes its next job by itself: thousands of small jobs need no future each. On leaving early, what is under
    way is finished and nothing else is begun.
    """
    left, outcomes = deque(jobs), SimpleQueue[Outcome[Job, Result]]()
    expected = len(left)
    crew = [Thread(target=_work, args=(left, do, outcomes), name=name) for _ in range(min(threads, expected))]
    try:
        for thread in crew:
            thread.start()
        yield (outcomes.get() for _ in range(expected))
    finally:
        left.clear()
        for thread in crew:
            if thread.ident is not None:
                thread.join()


def _work(left: deque[Job], do: Callable[[Job], Result], outcomes: SimpleQueue[Outcome[Job, Result]]) -> None:
    while True:
        try:
            job = left.popleft()
        except IndexError:
            return
        try:
            outcomes.put(Outcome(job, do(job)))
        except BaseException as exc:  # noqa: BLE001 - whoever takes the outcomes decides
            outcomes.put(Outcome(job, _error=exc))

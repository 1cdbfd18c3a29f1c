"""Many threads on one list of work, and all its outcomes in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from queue import Empty, SimpleQueue
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


_Task = tuple[Job, Callable[[], Result]]


class Crew(Generic[Job, Result]):
    """Threads in lines, each with its own jobs; for use in a `with`, by one thread.

    A thread takes its next job by itself: thousands of small jobs need no future each. On leaving early, what is under
    way is finished, and so is all of the line that is `finishing` what others began; nothing else is begun.
    """

    def __init__(self, lines: Mapping[str, int], finishing: str = "") -> None:
        self._finishing = finishing
        self._most = lines
        self._jobs: dict[str, SimpleQueue[_Task[Job, Result] | None]] = {name: SimpleQueue() for name in lines}
        self._threads: dict[str, list[Thread]] = {name: [] for name in lines}
        self._outcomes: SimpleQueue[Outcome[Job, Result]] = SimpleQueue()
        #: Jobs whose outcome was not taken yet.
        self.under_way = 0

    def give(self, line: str, job: Job, do: Callable[[], Result]) -> None:
        """A job for a line; begun in the order in which they were given."""
        self.under_way += 1
        self._jobs[line].put((job, do))
        threads = self._threads[line]
        if len(threads) < self._most[line]:
            thread = Thread(target=_work, args=(self._jobs[line], self._outcomes), name=line)
            thread.start()
            threads.append(thread)

    def known(self) -> Iterator[Outcome[Job, Result]]:
        """The outcomes that are known by now."""
        while self.under_way:
            try:
                outcome = self._outcomes.get_nowait()
            except Empty:
                return
            self.under_way -= 1
            yield outcome

    def rest(self, *, down_to: int = 0) -> Iterator[Outcome[Job, Result]]:
        """Outcomes as they become known, in no order, until so many jobs are left."""
        while self.under_way > down_to:
            outcome = self._outcomes.get()
            self.under_way -= 1
            yield outcome

    def __enter__(self) -> Crew[Job, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        for line, jobs in self._jobs.items():
            if line != self._finishing:
                _empty(jobs)
            for _thread in self._threads[line]:
                jobs.put(None)
        for thread in chain.from_iterable(self._threads.values()):
            thread.join()


@contextmanager
def at_work(
    jobs: Iterable[Job], do: Callable[[Job], Result], threads: int, name: str
) -> Iterator[Iterator[Outcome[Job, Result]]]:
    """Do every job of a list, begun in their order; the outcomes come as they are known, in no order."""
    with Crew[Job, Result]({name: threads}) as crew:
        for job in jobs:
            crew.give(name, job, partial(do, job))
        yield crew.rest()


def _empty(jobs: SimpleQueue[_Task[Job, Result] | None]) -> None:
    try:
        while True:
            jobs.get_nowait()
    except Empty:
        return


def _work(jobs: SimpleQueue[_Task[Job, Result] | None], outcomes: SimpleQueue[Outcome[Job, Result]]) -> None:
    while (task := jobs.get()) is not None:
        job, do = task
        try:
            outcomes.put(Outcome(job, do()))
        except BaseException as exc:  # noqa: BLE001 - whoever takes the outcomes decides
            outcomes.put(Outcome(job, _error=exc))

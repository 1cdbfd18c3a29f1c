"""Many threads on one list of work, and all its outcomes in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
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

    @property
    def has_failed(self) -> bool:
        """Will `result` raise?"""
        return self._error is not None

    def result(self) -> Result:
        """What it gave; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # without an error there is a result, which may be None


def outcome_of(job: Job, do: Callable[[], Result]) -> Outcome[Job, Result]:
    """Do it now; what it raises is part of what became of it."""
    try:
        return Outcome(job, do())
    except BaseException as exc:  # noqa: BLE001 - whoever takes the outcomes decides
        return Outcome(job, _error=exc)


_Jobs = SimpleQueue[tuple[Job, Callable[[], Result]] | None]
_Outcomes = SimpleQueue[tuple[str, Outcome[Job, Result]]]


class Crew(Generic[Job, Result]):
    """Threads in lines, each with its own jobs; for use in a `with`, by one thread.

    A thread takes its next job by itself: thousands of small jobs need no future each. On leaving early, what is under
    way is finished and nothing else is begun.
    """

    def __init__(self, lines: Mapping[str, int]) -> None:
        self._most = lines
        self._jobs: dict[str, _Jobs[Job, Result]] = {name: SimpleQueue() for name in lines}
        self._outcomes: _Outcomes[Job, Result] = SimpleQueue()
        self._under_way = dict.fromkeys(lines, 0)
        self._threads: list[tuple[str, Thread]] = []

    def give(self, line: str, job: Job, do: Callable[[], Result]) -> None:
        """A job for a line; a line begins its jobs in the order in which they were given."""
        self._jobs[line].put((job, do))
        self._under_way[line] += 1
        if self._hands(line) < self._most[line]:
            hand = (line, self._jobs[line], self._outcomes)
            thread = Thread(target=_work, args=hand, name=line, daemon=True)  # Python's own end waits for nobody
            self._threads.append((line, thread))  # first: Ctrl-C can come while it starts
            thread.start()

    def _hands(self, line: str) -> int:
        return sum(name == line for name, _ in self._threads)

    def known(self, line: str, at_most: int) -> Iterator[Outcome[Job, Result]]:
        """The outcomes that are known by now; while a line has more than `at_most` jobs under way, more are awaited."""
        while any(self._under_way.values()):
            try:
                yield self._taken(self._outcomes.get(block=self._under_way[line] > at_most))
            except Empty:
                return

    def rest(self) -> Iterator[Outcome[Job, Result]]:
        """All other outcomes as they become known, in no order."""
        while any(self._under_way.values()):
            yield self._taken(self._outcomes.get())

    def _taken(self, told: tuple[str, Outcome[Job, Result]]) -> Outcome[Job, Result]:
        line, outcome = told
        self._under_way[line] -= 1
        return outcome

    def __enter__(self) -> Crew[Job, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for jobs in self._jobs.values():
                _empty(jobs)
        finally:
            for jobs in self._jobs.values():
                jobs.put(None)
        for _line, thread in self._threads:
            with suppress(RuntimeError):  # it has not begun yet, and will find that there is nothing to do
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


def _empty(jobs: _Jobs[Job, Result]) -> None:
    try:
        while True:
            jobs.get_nowait()
    except Empty:
        return


def _work(line: str, jobs: _Jobs[Job, Result], outcomes: _Outcomes[Job, Result]) -> None:
    while (task := jobs.get()) is not None:
        outcomes.put((line, outcome_of(*task)))
        del task  # it may hold much, and the next one may be long in coming
    jobs.put(None)  # for the next one, whoever knows of it

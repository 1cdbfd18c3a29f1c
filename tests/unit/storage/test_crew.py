"""Many threads on one list of work."""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import partial

import pytest

from launcher.storage.crew import Crew, at_work


def test_every_job_is_done_once_and_its_outcome_told() -> None:
    with at_work(range(1000), lambda number: number * 2, 8, "test") as outcomes:
        assert sorted((outcome.job, outcome.result()) for outcome in outcomes) == [(n, n * 2) for n in range(1000)]


def test_no_work_is_no_wait() -> None:
    nothing: list[str] = []
    with at_work(nothing, len, 8, "test") as outcomes:
        assert list(outcomes) == []


def test_jobs_are_begun_in_their_order() -> None:
    begun: list[int] = []
    with at_work(range(50), begun.append, 1, "test") as outcomes:
        assert [outcome.result() for outcome in outcomes] == [None] * 50
    assert begun == list(range(50))


def test_what_one_job_raises_is_told_where_it_is_looked_at_and_the_rest_goes_on() -> None:
    with at_work([1, 0, 2], lambda number: 2 // number, 1, "test") as outcomes:
        first, second, third = outcomes
    assert (first.result(), third.result()) == (2, 1)
    with pytest.raises(ZeroDivisionError):
        second.result()


def test_on_leaving_early_what_is_under_way_ends_and_nothing_else_begins() -> None:
    begun: list[int] = []
    may_end = threading.Event()

    def job(number: int) -> None:
        begun.append(number)
        if number:
            may_end.wait(10)

    with at_work(range(100), job, 2, "test") as outcomes:
        next(outcomes).result()
        threading.Timer(0.1, may_end.set).start()
    assert len(begun) <= 4, "only what two threads had in their hands"
    assert may_end.is_set(), "it was waited for"


def test_a_line_that_is_too_long_is_waited_for_and_others_are_not() -> None:
    go_on = threading.Event()
    with Crew[int, object]({"slow": 1, "quick": 1}) as crew:
        crew.give("slow", -1, partial(go_on.wait, 10))
        for number in range(10):
            crew.give("quick", number, partial(int, number))
        taken = [outcome.result() for outcome in crew.known("quick", at_most=0)]
        assert taken == list(range(10))
        assert list(crew.known("slow", at_most=1)) == []
        go_on.set()
        assert [outcome.job for outcome in crew.rest()] == [-1]


INTERRUPTED = """
import signal, sys, threading
from functools import partial
from launcher.storage.crew import Crew

class Told(BaseException):
    pass

def told(*_):
    if is_awaited:
        raise Told

is_awaited = False
signal.signal(signal.SIGALRM, told)
for after_us in range(20, 1_500, 3):
    try:
        is_awaited = True
        signal.setitimer(signal.ITIMER_REAL, after_us / 1e6)
        with Crew({"line": 16}) as crew:
            for number in range(400):
                crew.give("line", number, partial(int, number))
        is_awaited = False
    except (Told, RuntimeError):  # the latter from Python, where it was told while it held a lock of its own
        is_awaited = False
    signal.setitimer(signal.ITIMER_REAL, 0)
print("over")
"""


def test_told_to_end_at_whatever_moment_it_waits_for_nobody_who_has_nothing_to_do() -> None:
    """A thread that had just begun was not known yet, and took the word that was meant for another."""
    run = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout == "over\n", run.stderr

"""The queue: one at a time, in their order, whoever started it, and whatever happens to one of them."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.config.find import Found
from launcher.desk.desk import Desk, Setup
from launcher.desk.training import Training
from launcher.runs.jobs import Job, JobState
from launcher.session.facts import session_facts
from tests.unit.runs.test_jobs import queued


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    with Desk(Setup(None, Found(tmp_path, "--state-dir"), session_facts({}))) as desk:
        yield Training(desk, os.environ)


def test_one_after_the_other_in_their_order(training: Training) -> None:
    runs = []
    for _ in range(3):
        runs.append(queued(training.jobs, 0.3))
        time.sleep(0.01)
    training.run_queue()
    looks = [training.find(run) for run in runs]
    assert [look.state for look in looks] == [JobState.EXITED] * 3
    for before, after in itertools.pairwise(looks):
        assert before.ended is not None and after.started is not None and before.ended <= after.started


def test_of_two_processes_one_does_it(training: Training) -> None:
    run = queued(training.jobs, 5)
    threads = [threading.Thread(target=training.run_queue) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    look = training.find(run)
    assert look.state is JobState.EXITED
    assert not any(thread.is_alive() for thread in threads)


def test_one_that_cannot_be_started_holds_up_nobody(training: Training) -> None:
    run = training.jobs.new_name("sleap", "train")
    training.jobs.queue(Job(run, "sleap", "train", "p", "/p.slp", "/", time.time(), {}, ["/no/such/program"], {}))
    time.sleep(0.01)
    other = queued(training.jobs, 0)
    training.run_queue()
    failed = training.find(run)
    assert failed.state is JobState.CRASHED and training.find(other).state is JobState.EXITED
    problem = training.problem(failed)
    assert problem is not None and "SLEAP" in problem.what


def test_one_that_was_stopped_while_it_waited_never_runs(training: Training) -> None:
    run = queued(training.jobs, 600)
    assert training.stop(run).state is JobState.STOPPED
    training.run_queue()
    assert training.find(run).started is None

"""Jobs: known from their folders alone, one after the other, stopped and ended as they were asked."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.runs.jobs import Facts, Job, JobLook, Jobs, JobState, state_of

#: A tool's script in small: it ends when it is asked, and says what it made.
SCRIPT = """
import json, pathlib, sys, time
home = pathlib.Path(sys.argv[1]).parent
told = json.loads(pathlib.Path(sys.argv[1]).read_text())
until = time.monotonic() + told["seconds"]
while time.monotonic() < until and not (home / "stop").exists():
    time.sleep(0.02)
if told.get("answers", True):
    (home / "answer.json").write_text(json.dumps({"model": "here", "finished": not (home / "stop").exists()}))
sys.exit(told["code"])
"""


def queued(jobs: Jobs, seconds: float, code: int = 0, answers: bool = True) -> str:
    run = jobs.new_name("sleap", "infer")
    settings = {"seconds": seconds, "code": code, "answers": answers}
    command = [sys.executable, "-I", "-c", SCRIPT, str(jobs.description(run))]
    job = Job(run, "sleap", "infer", "p", "/p.slp", "/", time.time(), settings, command, dict(os.environ))
    jobs.queue(job)
    return run


def until(jobs: Jobs, run: str, is_so: Callable[[JobLook], bool]) -> JobLook:
    for _ in range(3000):
        look = jobs.look(run)
        assert look is not None
        if is_so(look):
            return look
        time.sleep(0.02)
    raise AssertionError("it never came to that")


def start(jobs: Jobs, run: str) -> None:
    look = jobs.look(run)
    assert look is not None
    jobs.start(look.job)


def test_a_job_waits_runs_and_ends_for_whoever_looks(tmp_path: Path) -> None:
    run = queued(Jobs(tmp_path), 0.2)
    other = Jobs(tmp_path)
    assert [look.state for look in other.looks()] == [JobState.QUEUED]
    start(Jobs(tmp_path), run)
    look = until(other, run, lambda look: look.state.is_over)
    assert (look.state, look.exit_code, look.answer["model"]) == (JobState.EXITED, 0, "here")
    assert look.pid is None and look.ended is not None


def test_one_that_is_over_is_read_once_and_forgotten_with_its_folder(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    run = queued(jobs, 0.0)
    start(jobs, run)
    over = until(jobs, run, lambda look: look.state.is_over)
    jobs.folder(run).log.write_text("Epoch 1/2 (lr=0.1), train loss 0.5\n" * 1000)
    assert jobs.look(run) is over, "however long its log"
    shutil.rmtree(tmp_path / run)
    assert jobs.look(run) is None and jobs.looks() == []


def test_one_that_is_asked_to_stop_ends_by_itself(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    run = queued(jobs, 600)
    start(jobs, run)
    until(jobs, run, lambda look: look.state is JobState.RUNNING)
    jobs.stop(run)
    assert until(jobs, run, lambda look: look.state.is_over).state is JobState.STOPPED


def test_one_that_waits_and_is_stopped_never_runs(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    run = queued(jobs, 600)
    jobs.stop(run)
    look = jobs.look(run)
    assert look is not None and look.state is JobState.STOPPED and look.started is None


def test_exit_code_0_without_an_answer_is_no_success(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    run = queued(jobs, 0, answers=False)
    start(jobs, run)
    assert until(jobs, run, lambda look: look.state.is_over).state is JobState.CRASHED


def test_what_is_not_a_job_is_none(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs")
    assert jobs.looks() == [] and jobs.look("x") is None and jobs.look("../x") is None and jobs.look("") is None


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (Facts(False, False, None, False, False, False), JobState.QUEUED),
        (Facts(True, True, None, False, True, False), JobState.RUNNING),
        (Facts(True, False, 0, True, False, True), JobState.EXITED),
        (Facts(True, False, 0, True, False, False), JobState.CRASHED),
        (Facts(True, False, 1, True, False, True), JobState.CRASHED),
        (Facts(True, False, 0, True, True, False), JobState.STOPPED),
        (Facts(True, False, None, False, False, False), JobState.UNKNOWN),
    ],
)
def test_the_state_is_a_function_of_facts(facts: Facts, state: JobState) -> None:
    assert state_of(facts) is state


@pytest.mark.parametrize(
    "damaged", ['{"run": "x"}', "[1]", "{", "[" * 100_000, '{"settings": NaN}', '{"run": 7, "wat": null}']
)
def test_a_job_whose_note_is_damaged_hides_no_other(tmp_path: Path, damaged: str) -> None:
    jobs = Jobs(tmp_path)
    run = queued(jobs, 0.1)
    (tmp_path / "train-sleap-20260101-000000-aaaa").mkdir()
    (tmp_path / "train-sleap-20260101-000000-aaaa" / "job.json").write_text(damaged)
    assert [look.job.run for look in jobs.looks()] == [run]

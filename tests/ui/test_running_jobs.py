"""Trainings as the window's desk shows them: a real job, seen by one desk while another's queue works on it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from launcher import errors
from launcher.config.find import Found
from launcher.desk.desk import Desk, Setup
from launcher.desk.training import Training
from launcher.session.facts import session_facts
from launcher.ui import job_words, words
from launcher.ui.comparison_seen import comparable_of
from launcher.ui.job_seen import whole_of
from launcher.ui.real_desk import RealDesk
from launcher.ui.rows import run_of
from tests.unit.runs.test_jobs import queued


def test_a_job_is_listed_read_and_stopped_like_a_tool(tmp_path: Path) -> None:
    state = Found(tmp_path, "--state-dir")
    window = RealDesk(None, state)
    with Desk(Setup(None, state, session_facts({}))) as other:
        training = Training(other, os.environ)
        run = queued(training.jobs, 600)
        (waiting,) = window.runs()
        assert (waiting["run"], words.run_state(run_of(waiting))) == (run, "waits for its turn")
        queue = threading.Thread(target=training.run_queue)
        queue.start()
        try:
            _until_it_runs(window)
            assert isinstance(window.run_log(run), str)
        finally:
            stopped = window.stop_run(run)
            queue.join(60)
        assert words.is_over(run_of(stopped)) and not queue.is_alive()
        assert window.runs() == []
        (over,) = window.jobs()
        assert (over["run"], over["state"], over["problem"]) == (run, "stopped", None)
        whole = whole_of(window.job(run))
        assert whole.job.is_over and not whole.can_continue and whole.curve == [], "a prediction has no checkpoint"
        assert "Stopped at" in job_words.line(whole.job).text
        with pytest.raises(errors.NotFound, match="no such run"):
            window.job("train-of-somebody-else")
    window.close()


def test_what_is_not_here_has_nothing_to_compare(tmp_path: Path) -> None:
    window = RealDesk(None, Found(tmp_path, "--state-dir"))
    found = comparable_of(window.comparable("s3://lab-data/openfield/"))
    assert not found.dir and not found.models and not found.answers
    assert not window.open_page(str(tmp_path / "gone.html"))
    with pytest.raises(errors.Damaged):
        window.comparison(str(tmp_path / "gone.html"))
    window.close()


def _until_it_runs(window: RealDesk) -> None:
    end = time.monotonic() + 30
    while [row["state"] for row in window.runs()] != ["running"]:
        assert time.monotonic() < end, window.runs()
        time.sleep(0.05)

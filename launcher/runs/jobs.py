"""Trainings and predictions: one after the other, each under a keeper, all known from their folders alone.

A job is a folder below `jobs/` of the state dir. Its description is written first and whole; who runs it, how it ended
and what it made are written by its keeper and its script. So a queue needs no process to be remembered, and a launcher
that starts later finds all of it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from launcher.runs import process
from launcher.runs.ending import end_session
from launcher.runs.keeper import OUTCOME, write_json
from launcher.runs.notes import note_of
from launcher.runs.process import RunFolder, Used
from launcher.storage.json_text import json_of
from launcher.tools import tool
from launcher.tools.progress import with_clock
from launcher.tools.running import TrainingProgress

_JOB, _STOP, _ANSWER, DESCRIPTION = "job.json", "stop", "answer.json", "description.json"
#: Jobs that are over are remembered this many deep.
_KEPT = 50
_LOG_BYTES = 4 * 1024 * 1024


class JobState(StrEnum):
    """How a job is, in the words that `runs` prints."""

    QUEUED = "queued"
    RUNNING = "running"
    EXITED = "exited"
    CRASHED = "crashed"
    STOPPED = "stopped"
    UNKNOWN = "ended unseen"

    @property
    def is_over(self) -> bool:
        """Nothing of it runs any more, or ever will."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done. `command` is the whole command line, `environ` what its environment needs."""

    run: str
    tool_id: str
    task: str
    project: str
    marker: str
    dir: str
    queued: float
    settings: Mapping[str, Any]
    command: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobLook:
    """A job as it is now."""

    job: Job
    state: JobState
    pid: int | None
    started: float | None
    ended: float | None
    exit_code: int | None
    answer: Mapping[str, Any]
    progress: TrainingProgress | None
    used: Used | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the files of a job say."""

    is_started: bool
    is_alive: bool
    exit_code: int | None
    has_outcome: bool
    stop_asked: bool
    finished: bool


def state_of(facts: Facts) -> JobState:
    """How a job is. Exit code 0 alone is no success: a trainer that was ended from outside answers with it too."""
    if facts.has_outcome:
        if facts.stop_asked:
            return JobState.STOPPED
        return JobState.EXITED if facts.exit_code == 0 and facts.finished else JobState.CRASHED
    if not facts.is_started:
        return JobState.STOPPED if facts.stop_asked else JobState.QUEUED
    if facts.is_alive:
        return JobState.RUNNING
    return JobState.STOPPED if facts.stop_asked else JobState.UNKNOWN


class Jobs:
    """All jobs of one state dir."""

    def __init__(self, root: Path) -> None:
        self._root = root
        #: Those that are over do not change any more, and their logs are long: whoever looks often reads them once.
        self._over: dict[str, JobLook] = {}

    def folder(self, run: str) -> RunFolder:
        """Where everything about a job lies."""
        return RunFolder(self._root / run)

    def new_name(self, tool_id: str, task: str) -> str:
        """A name for a job, which is in time order."""
        return f"{task}-{tool_id}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"

    def queue(self, job: Job) -> None:
        """Write it down; it runs when its turn has come."""
        folder = self._root / job.run
        folder.mkdir(parents=True, mode=0o700)
        write_json(str(folder / DESCRIPTION), dict(job.settings))
        write_json(str(folder / _JOB), asdict(job))
        self._prune()

    def description(self, run: str) -> Path:
        """The file that tells a script what to do."""
        return self._root / run / DESCRIPTION

    def looks(self) -> list[JobLook]:
        """Every job, the newest first."""
        try:
            names = [entry.name for entry in os.scandir(self._root)]
        except FileNotFoundError:
            return []
        found = [look for name in names if (look := self.look(name)) is not None]
        return sorted(found, key=lambda one: (one.job.queued, one.job.run), reverse=True)

    def look(self, run: str) -> JobLook | None:
        """One job as it is now; None where there is none of that name."""
        known = self._over.get(run)
        if known is not None and (self._root / run).is_dir():
            return known
        found = self._look_anew(run)
        if found is not None and found.state.is_over and found.state is not JobState.UNKNOWN:
            self._over[run] = found
        return found

    def _look_anew(self, run: str) -> JobLook | None:
        job = _job(self._root / run / _JOB) if run and "/" not in run and "\\" not in run else None
        if job is None or job.run != run:
            return None
        folder = self.folder(run)
        started = folder.started()
        # In this order: the outcome is written before the keeper goes.
        is_alive = started is not None and (started.is_alive or started.is_kept)
        outcome, answer = folder.outcome(), _read(self._root / run / _ANSWER) or {}
        facts = Facts(
            started is not None, is_alive, outcome.exit_code if outcome else None, outcome is not None,
            (self._root / run / _STOP).exists(), bool(answer.get("finished", True)) and bool(answer),
        )  # fmt: skip
        pid = started.pid if started and is_alive and outcome is None else None
        return JobLook(
            job, state_of(facts), pid, started.at if started else None,
            outcome.at if outcome else None, facts.exit_code, answer,
            self._progress(job, folder, (outcome.at if outcome else time.time()) - started.at if started else 0.0),
            folder.used(),
        )  # fmt: skip

    def start(self, job: Job) -> None:
        """Start a queued job under a keeper of its own."""
        process.start(self.folder(job.run), job.command, job.environ)

    def could_not_start(self, run: str, why: str) -> None:
        """It is over before it began."""
        outcome: dict[str, object] = {"exit_code": None, "at": time.time(), "error": why}
        write_json(str(self._root / run / OUTCOME), outcome)

    def stop(self, run: str) -> None:
        """Ask it to end; a training saves its checkpoint first. One that waits will not run."""
        (self._root / run / _STOP).touch()

    def end_now(self, run: str) -> None:
        """End what did not end when it was asked."""
        started = self.folder(run).started()
        if started is not None and started.is_alive:
            end_session(started.pid)

    def _progress(self, job: Job, folder: RunFolder, seconds: float) -> TrainingProgress | None:
        if job.task != "train":
            return None
        told = tool(job.tool_id).training_progress(_end_of(folder.log), int(job.settings.get("epochs", 0)))
        return with_clock(told, seconds)

    def _prune(self) -> None:
        for old in [look for look in self.looks() if look.state.is_over][_KEPT:]:
            shutil.rmtree(self._root / old.job.run, ignore_errors=True)


def _job(file: Path) -> Job | None:
    try:
        return note_of(Job, file.read_bytes())
    except OSError:
        return None


def _read(file: Path) -> dict[str, Any] | None:
    try:
        data = json_of(file.read_bytes())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def _end_of(log: Path) -> str:
    try:
        with log.open("rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(0, size - _LOG_BYTES))
            return opened.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""

"""Train, predict and evaluate without a tool's window: queue it, see how it goes, stop it, go on with it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.desk.desk import Desk
from launcher.desk.job_report import problem_of, whole
from launcher.desk.opening import Ask, Opening
from launcher.desk.queue_process import start_queue
from launcher.desk.training_settings import Settings, described, sides
from launcher.journal import ProjectRecord
from launcher.runs import before
from launcher.runs.environments import Environments, resources, tools_root
from launcher.runs.isolation import clean_environment
from launcher.runs.jobs import Job, JobLook, Jobs, JobState
from launcher.tools import tool
from launcher.tools.running import Problem, ToolHome

#: A training that was asked to stop saves and evaluates; beyond this it is ended.
_STOPS_WITHIN_S, _LOOK_EVERY_S, _LETS_GO_WITHIN_S = 420.0, 0.5, 4.0


class Training:
    """What a person can do with jobs at their desk; `environ` is that of the session."""

    def __init__(self, desk: Desk, environ: Mapping[str, str]) -> None:
        self._desk, self._environ = desk, environ
        self._state = desk.setup.state.path
        self._opening = Opening(desk, environ)
        self.jobs = Jobs(self._state / "jobs")

    # Queueing

    def train(self, project: ProjectRecord, settings: Settings, is_trusted: Ask, resume: str = "") -> JobLook:
        """Queue a training on the split that all tools share."""
        run = self.jobs.new_name(project.tool_id, "train")
        frames, split = sides(self._desk.parsers, project, settings)
        told = {
            **described(settings, project.tool_id), "resume": resume, "name": settings.name or run,
            "models": str(project.dir / "models"), "frames": frames, "split": split,
        }  # fmt: skip
        return self._queue(run, project, "train", told, is_trusted)

    def infer(
        self,
        project: ProjectRecord,
        model: Path,
        video: Path,
        out: Path | None,
        is_trusted: Ask,
        *,
        last: bool = False,
    ) -> JobLook:
        """Queue the predictions of a model on a video; `last` as in `evaluate`."""
        run = self.jobs.new_name(project.tool_id, "infer")
        if not video.is_file():
            raise errors.NotFound(video, title="There is no such video", hint="Nothing was started.")
        self._check_model(project, model)
        is_file = tool(project.tool_id).is_one_file
        output = out or (video.with_name(f"{video.stem}.predictions.slp") if is_file else video.parent)
        if is_file and output.exists():
            raise errors.NotDone(
                output, title="This file is there already", hint="Nothing was started. Name another: -o."
            )
        paths = {"model": str(model.absolute()), "video": str(video.absolute()), "output": str(output.absolute())}
        return self._queue(run, project, "infer", {**paths, "last": last}, is_trusted)

    def evaluate(
        self, project: ProjectRecord, model: Path, out: Path | None, is_trusted: Ask, *, last: bool = False
    ) -> JobLook:
        """Queue the predictions of a model on the labelled frames, which `compare` then judges.

        With `last` it is the last checkpoint of every tool, not the one that SLEAP chose by its validation frames.
        """
        run = self.jobs.new_name(project.tool_id, "evaluate")
        self._check_model(project, model)
        output = out or project.dir / "evaluations" / f"{model.name}-{run[-4:]}.predictions.slp"
        output.parent.mkdir(parents=True, exist_ok=True)
        told = {"model": str(model.absolute()), "output": str(output.absolute()), "last": last}
        return self._queue(run, project, "evaluate", told, is_trusted)

    def _queue(self, run: str, project: ProjectRecord, task: str, told: dict[str, Any], is_trusted: Ask) -> JobLook:
        kind = tool(project.tool_id)
        installed = Environments(tools_root(self._state, self._environ)).find(kind.tool_id)
        if installed is None:
            raise errors.ToolFailed(
                title=f"{kind.title} is not installed on this computer",
                hint=f"Nothing was started. Install it with `pose-launcher tools install {kind.tool_id}`.",
            )
        command = kind.task_command(ToolHome(installed.python, resources(kind.tool_id)))
        if command is None:
            raise errors.BadUsage(
                kind.title, title="This tool cannot be run without its window yet", hint="Nothing was started."
            )
        marker = project.dir / project.marker
        self._opening.settle_trust(project, kind, is_trusted, task)
        before.keep_aside(marker, kind, run, self._state / "before")
        settings = {**told, "task": task, "project": str(marker), "version": installed.version}
        argv = [*command.argv, str(self.jobs.description(run))]
        environ = clean_environment(self._environ, str(installed.python.parent), command.environ)
        job = Job(
            run, kind.tool_id, task, project.name, str(marker), str(project.dir), time.time(), settings, argv, environ
        )
        self.jobs.queue(job)
        self.ensure_queue()
        return self.find(run)

    def _check_model(self, project: ProjectRecord, model: Path) -> None:
        """Raise `NotFound` for a model that is not whole."""
        needed = ("*.ckpt", "training_config.*") if project.tool_id == "sleap" else ("train/*.pt", "train/*.yaml")
        missing = [pattern for pattern in needed if not any(model.glob(pattern))]
        if missing:
            raise errors.NotFound(
                model,
                title=f"This is no complete model: without {' and '.join(missing)}",
                hint="Nothing was started. Name the folder of a finished training.",
            )

    # The queue

    def ensure_queue(self) -> None:
        """Let a process of its own start what waits; it outlives this one, and ends when nothing waits."""
        looks = self.jobs.looks()
        if any(look.state is JobState.QUEUED for look in looks):
            start_queue(self._state, self._environ)

    def run_queue(self) -> None:
        """Start what waits, one after the other, until nothing does; where another process does it, return."""
        from filelock import FileLock, Timeout

        try:
            # One that is about to end lets go of it at once; one that goes on has seen what waits.
            with FileLock(self._state / "queue.lock", timeout=_LETS_GO_WITHIN_S):
                while waiting := [look for look in self.jobs.looks() if not look.state.is_over]:
                    if not any(look.state is JobState.RUNNING for look in waiting):
                        self._start(waiting[-1])
                    time.sleep(_LOOK_EVERY_S)
        except Timeout:
            return

    def _start(self, look: JobLook) -> None:
        """Start a job; one that cannot be started is over, and does not hold up the others."""
        try:
            self.jobs.start(look.job)
        except (OSError, errors.LauncherError) as exc:
            self.jobs.could_not_start(look.job.run, str(exc))

    # What was queued

    def find(self, run: str) -> JobLook:
        """A job by its name."""
        look = self.jobs.look(run)
        if look is None:
            raise errors.NotFound(run, title="There is no such run", hint="See `pose-launcher runs`.")
        return look

    def is_job(self, run: str) -> bool:
        """Is this the name of a job, and not of an opened window?"""
        return self.jobs.look(run) is not None

    def until_over(self, run: str) -> JobLook:
        """Wait until it has ended."""
        while not (look := self.find(run)).state.is_over:
            time.sleep(_LOOK_EVERY_S)
        return look

    def stop(self, run: str) -> JobLook:
        """Ask it to end with its last checkpoint saved; returns when it has."""
        self.jobs.stop(run)
        until = time.monotonic() + _STOPS_WITHIN_S
        while not (look := self.find(run)).state.is_over:
            if time.monotonic() > until:
                self.jobs.end_now(run)
            time.sleep(_LOOK_EVERY_S)
        return look

    def resume(self, run: str, is_trusted: Ask) -> JobLook:
        """Go on with a training from its last checkpoint, as a new job on the same split."""
        look = self.find(run)
        checkpoint = last_checkpoint(look)
        if checkpoint is None:
            raise errors.NotDone(
                run, title="There is no checkpoint of this run to go on from", hint="Start it again with `train`."
            )
        name = self.jobs.new_name(look.job.tool_id, "train")
        project = self._opening.project(
            look.job.marker if tool(look.job.tool_id).is_one_file else look.job.dir, _silent
        )
        # What an older version of this program did not ask for is as it was then: the tool's own.
        whole = {**described(Settings(), look.job.tool_id), **look.job.settings}
        told = {**whole, "resume": str(checkpoint), "name": name}
        return self._queue(name, project, "train", told, is_trusted)

    def whole(self, run: str) -> dict[str, Any]:
        """Everything about one job: how it is, its loss by epoch, the end of its log."""
        look, log = self.find(run), self.jobs.folder(run).log_tail()
        return whole(look, problem_of(look, log), log, can_continue=last_checkpoint(look) is not None)

    def problem(self, look: JobLook) -> Problem | None:
        """What the person should know about an end; None if all is well."""
        return problem_of(look, self.jobs.folder(look.job.run).log_tail())


def last_checkpoint(look: JobLook) -> Path | None:
    """What a training that is over can be continued from; None where there is nothing."""
    if look.job.task != "train" or not look.state.is_over or not look.answer:
        return None
    model = Path(str(look.answer.get("model", "")))
    if (model / "last.ckpt").is_file():
        return model / "last.ckpt"
    return max(model.glob("train/snapshot-*.pt"), key=lambda path: path.stat().st_mtime, default=None)


def _silent(_: int, __: int) -> None:
    return

"""What `train`, `infer` and `evaluate` have in common: the project, the question of trust, waiting, telling."""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING

from launcher import errors
from launcher.cli.asking import asker
from launcher.cli.context import Context
from launcher.cli.rehearsing import would_bring
from launcher.desk.job_report import row, words
from launcher.desk.opening import Opening
from launcher.desk.run_report import in_words
from launcher.desk.training import Training
from launcher.journal import ProjectRecord

if TYPE_CHECKING:
    from launcher.desk.opening import Ask
    from launcher.runs.jobs import JobLook

_TELL_EVERY_S = 2.0


def add_common(parser: argparse.ArgumentParser) -> None:
    """The project, and how long to stay."""
    parser.add_argument("target", metavar="URI|DIR", help="a project in S3, its folder here, or a .slp file")
    parser.add_argument("--wait", action="store_true", help="return when it has ended")
    parser.add_argument("--trust", action="store_true", help="yes, this project may run the code that it carries")


def begun(context: Context) -> tuple[Training, ProjectRecord, Ask] | None:
    """The desk's trainings, the project, and whom to ask for trust; None where it only told what would be brought."""
    opening = Opening(context.desk, os.environ)
    if would_bring(context, opening):
        return None
    project = opening.project(context.arguments.target, context.progress("Brought"))
    return Training(context.desk, os.environ), project, asker(context)


def tell(context: Context, training: Training, look: JobLook) -> None:
    """Say what was queued; with --wait how it goes and how it ended."""
    if not context.arguments.wait:
        _document(context, training, look)
        context.say(
            f"It runs on without this command. See `pose-launcher runs`; stop it with `runs stop {look.job.run}`."
        )
        return
    try:
        look = _waited(context, training, look)
    except KeyboardInterrupt:
        context.say(f"It goes on without this command. Stop it with `pose-launcher runs stop {look.job.run}`.")
        context.codes.append(errors.INTERRUPTED)
        return
    problem = training.problem(look)
    _document(context, training, look)
    if problem is not None:
        context.say(in_words(problem))
        context.codes.append(errors.ToolFailed.exit_code)


def _waited(context: Context, training: Training, look: JobLook) -> JobLook:
    said = ""
    while not look.state.is_over:
        now = f"{look.state.value} {words(look)}".strip()
        if now != said:
            context.say(now)
            said = now
        time.sleep(_TELL_EVERY_S)
        look = training.find(look.job.run)
    return look


def _document(context: Context, training: Training, look: JobLook) -> None:
    told = row(look, training.problem(look) if look.state.is_over else None)
    if context.as_json:
        context.document(told)
        return
    made = told["predictions"] or told["model"]
    context.line(f"{look.job.run}: {look.state.value}{f', {made}' if made else ''}")

"""`queue`: start what waits, one after the other; commands and the window start this by themselves."""

from __future__ import annotations

import argparse
import os

from launcher.cli.context import Context
from launcher.desk.job_report import row
from launcher.desk.training import Training

HELP = "start waiting trainings and predictions, one after the other (started by itself)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """By itself it starts what waits here."""
    parser.add_argument(
        "--continue", action="store_true", dest="go_on", help="queue what earlier sessions did not finish"
    )
    parser.add_argument("--trust", action="store_true", help="yes, these projects may run the code that they carry")


def run(context: Context) -> None:
    """Until nothing waits."""
    training = Training(context.desk, os.environ)
    if context.arguments.go_on:
        _go_on(context, training)
        return
    if not context.arguments.dry_run:
        training.run_queue()
    if context.as_json:
        context.document({"runs": [row(look, training.problem(look)) for look in training.jobs.looks()]})


def _go_on(context: Context, training: Training) -> None:
    """Each from its last checkpoint; what was taken up is not offered again."""
    from launcher.cli.asking import asker
    from launcher.desk import unfinished

    if context.arguments.dry_run:
        left = [f"The training of {one.name} would go on ({one.run})." for one in unfinished.left(context.desk)]
        context.would(" ".join(left) or "No training was left unfinished.")
        return
    looks = unfinished.go_on(context.desk, os.environ, asker(context), context.problem)
    if context.as_json:
        context.document({"runs": [row(look, training.problem(look)) for look in looks]})
    for look in looks:
        context.say(f"The training of {look.job.project} goes on as {look.job.run}.")
    if not looks and not context.problems:
        context.say("No training was left unfinished.")

"""`queue`: start what waits, one after the other; commands and the window start this by themselves."""

from __future__ import annotations

import argparse
import os

from launcher.cli.context import Context
from launcher.desk.job_report import row
from launcher.desk.training import Training

HELP = "start waiting trainings and predictions, one after the other (started by itself)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""
    del parser


def run(context: Context) -> None:
    """Until nothing waits."""
    training = Training(context.desk, os.environ)
    if not context.arguments.dry_run:
        training.run_queue()
    if context.as_json:
        context.document({"runs": [row(look, training.problem(look)) for look in training.jobs.looks()]})

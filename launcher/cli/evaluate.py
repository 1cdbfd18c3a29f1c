"""`evaluate DIR --model M`: a trained model on the labelled frames, for `compare` to judge."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context
from launcher.cli.jobs import add_common, begun, tell

HELP = "predict a project's labelled frames with a model, for compare to judge"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which model."""
    add_common(parser)
    parser.add_argument("--model", type=Path, metavar="DIR", required=True, help="the folder of a trained model")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="SLEAP: where the predictions go")


def run(context: Context) -> None:
    """Queue it."""
    told = context.arguments
    if (ready := begun(context)) is None:
        return
    training, project, ask = ready
    if told.dry_run:
        context.would(f"{told.model} would predict the labelled frames of {project.dir / project.marker}")
        return
    tell(context, training, training.evaluate(project, told.model, told.output, ask))

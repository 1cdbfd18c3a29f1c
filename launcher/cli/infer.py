"""`infer DIR --model M --video V`: a trained model on a video, without the tool's window."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context
from launcher.cli.jobs import add_common, begun, tell

HELP = "predict the poses of a video without the tool's window"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which model on which video."""
    add_common(parser)
    parser.add_argument("--model", type=Path, metavar="DIR", required=True, help="the folder of a trained model")
    parser.add_argument("--video", type=Path, metavar="FILE", required=True)
    parser.add_argument("-o", "--output", type=Path, metavar="PATH", help="SLEAP: a file; DeepLabCut: a folder")


def run(context: Context) -> None:
    """Queue it."""
    told = context.arguments
    if (ready := begun(context)) is None:
        return
    training, project, ask = ready
    if told.dry_run:
        context.would(f"{told.model} would predict {told.video}")
        return
    tell(context, training, training.infer(project, told.model, told.video, told.output, ask))

"""`train DIR`: a training without the tool's window, on the split that all tools share."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context
from launcher.cli.jobs import add_common, begun, tell
from launcher.desk.training import Settings
from launcher.errors import BadUsage

HELP = "train a model without the tool's window"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to train, and how."""
    chosen = Settings()
    add_common(parser)
    parser.add_argument("--epochs", type=int, default=chosen.epochs, metavar="N")
    parser.add_argument("--batch", type=int, default=chosen.batch, metavar="N", help="frames at once")
    parser.add_argument("--scale", type=float, default=chosen.scale, metavar="S", help="size of the pictures, 0 to 1")
    parser.add_argument("--seed", type=int, default=chosen.seed, metavar="N", help="of the split and of the training")
    parser.add_argument("--split", type=Path, metavar="FILE.json", help="a split that was written before")
    parser.add_argument("--network", default=chosen.network, metavar="NAME", help="DeepLabCut's name, as resnet_50")
    parser.add_argument("--pretrained", action="store_true", help="begin with pretrained weights; they may be fetched")
    parser.add_argument("--steps", type=int, default=chosen.steps, metavar="N", help="SLEAP: least steps of an epoch")
    parser.add_argument("--name", default=chosen.name, metavar="NAME", help="SLEAP: of the model's folder")


def run(context: Context) -> None:
    """Queue it."""
    told = context.arguments
    if not (told.epochs >= 1 and told.batch >= 1 and 0 < told.scale <= 1 and told.seed >= 0 and told.steps >= 0):
        raise BadUsage(
            "train", hint="Nothing was started. --epochs and --batch are 1 or more, --scale is above 0 and at most 1."
        )
    if told.name and not all(letter.isalnum() or letter in "-_." for letter in told.name):
        raise BadUsage(
            told.name, title="A model's name is made of letters, digits, - _ and .", hint="Nothing was started."
        )
    training, project, ask = begun(context)
    settings = Settings(
        told.epochs, told.batch, told.scale, told.seed, told.split, told.network, told.pretrained, told.steps,
        name=told.name,
    )
    if told.dry_run:
        context.line(f"A model would be trained on {project.dir / project.marker} for {told.epochs} epochs")
        return
    tell(context, training, training.train(project, settings, ask))

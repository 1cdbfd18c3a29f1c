"""`train DIR`: a training without the tool's window, on the split that all tools share."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context
from launcher.cli.jobs import add_common, begun, tell
from launcher.desk.training_settings import Settings
from launcher.errors import BadUsage, NotFound

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
    parser.add_argument("--fold", type=int, default=chosen.fold, metavar="N", help="which fold of that split, from 0")
    parser.add_argument("--network", default=chosen.network, metavar="NAME", help="as resnet_50, or convnext_tiny")
    parser.add_argument("--pretrained", action="store_true", help="begin with pretrained weights; they may be fetched")
    parser.add_argument("--weights", type=Path, metavar="DIR", help="a folder with those weights; nothing is fetched")
    parser.add_argument("--steps", type=int, default=chosen.steps, metavar="N", help="SLEAP: least steps of an epoch")
    parser.add_argument("--stride", type=int, default=chosen.stride, metavar="N", help="of the map; 0: the tool's own")
    parser.add_argument("--rate", type=float, default=chosen.rate, metavar="R", help="learning rate; 0: the tool's own")
    parser.add_argument("--augmentation", choices=("own", "alike"), default=chosen.augmentation)
    parser.add_argument("--name", default=chosen.name, metavar="NAME", help="SLEAP: of the model's folder")


def run(context: Context) -> None:
    """Queue it."""
    told = context.arguments
    check(told)
    if told.name and not all(letter.isalnum() or letter in "-_." for letter in told.name):
        raise BadUsage(
            told.name, title="A model's name is made of letters, digits, - _ and .", hint="Nothing was started."
        )
    if (ready := begun(context)) is None:
        return
    training, project, ask = ready
    settings = Settings(
        told.epochs, told.batch, told.scale, told.seed, told.split, told.network, told.pretrained, told.steps,
        told.name, told.stride, told.rate, told.augmentation, told.weights, told.fold,
    )  # fmt: skip
    if told.dry_run:
        context.would(f"A model would be trained on {project.dir / project.marker} for {told.epochs} epochs")
        return
    tell(context, training, training.train(project, settings, ask))


def check(told: argparse.Namespace) -> None:
    """Raise `BadUsage` for a number that makes no training."""
    allowed = {
        "--epochs and --batch are 1 or more": told.epochs >= 1 and told.batch >= 1,
        "--scale is above 0 and at most 1": 0 < told.scale <= 1,
        "--seed, --steps and --fold are 0 or more": told.seed >= 0 and told.steps >= 0 and told.fold >= 0,
        "--stride is 0, 1, 2, 4, 8, 16 or 32": told.stride in (0, 1, 2, 4, 8, 16, 32),
        "--rate is from 0 to 1": 0 <= told.rate <= 1,
    }
    if wrong := [words for words, is_so in allowed.items() if not is_so]:
        raise BadUsage("train", hint=f"Nothing was started. {wrong[0]}.")
    if told.weights is not None and not told.weights.is_dir():
        raise NotFound(told.weights, title="There is no such folder of weights", hint="Nothing was started.")

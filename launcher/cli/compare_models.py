"""`compare-models URI|DIR [--list]`: judge the models of one project on one shared split, and write the page."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from launcher.cli.asking import asker
from launcher.cli.compare import tell_written
from launcher.cli.context import Context
from launcher.desk.comparing_models import Chosen, ComparingModels
from launcher.desk.opening import Opening
from launcher.desk.training import Training

HELP = "judge the models that were trained in a project, and write the report"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which models, on which frames, and where the answer goes."""
    chosen = Chosen()
    parser.add_argument("target", metavar="URI|DIR", help="a project in S3, its folder here, or a .slp file")
    parser.add_argument("--list", action="store_true", help="show what can be compared, and which answers there are")
    parser.add_argument("--model", action="append", default=[], metavar="FOLDER", help="a model, as the list names it")
    parser.add_argument("--file", action="append", default=[], type=Path, metavar="FILE", help="more predictions")
    parser.add_argument("--labels", default="", metavar="FILE", help="which labels, where the project has several")
    parser.add_argument("--split", default="", metavar="RUN", help="take the split of this training")
    parser.add_argument("--seed", type=int, default=chosen.seed, metavar="N", help="else draw one with this seed")
    parser.add_argument("--trust", action="store_true", help="yes, this project may run the code that it carries")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, help="a new folder; else one in the project's own")


def run(context: Context) -> None:
    """List, or judge."""
    told = context.arguments
    project = Opening(context.desk, os.environ).project(told.target, context.progress("Brought"))
    comparing = ComparingModels(context.desk, Training(context.desk, os.environ), project, context.say, asker(context))
    if told.list or told.dry_run:
        _list(context, comparing)
        return
    chosen = Chosen(told.model, told.file, told.labels, told.split, told.seed)
    tell_written(context, comparing.compare(chosen, told.output))


def _list(context: Context, comparing: ComparingModels) -> None:
    row = comparing.found().to_json()
    if context.as_json:
        context.document(row)
        return
    for model in row["models"]:
        context.line(f"{model['folder']}: {model['predictions'] or 'its labelled frames are predicted first'}")
    for split in row["splits"]:
        context.line(f"split of {split['run']}: {split['train']} frames for training, {split['test']} for testing")
    for answer in row["comparisons"]:
        context.line(f"{answer['page']}: {', '.join(answer['models'])}")
    if not row["models"]:
        context.line("No model was trained in this project yet.")

"""`watch`: save continuously until stopped."""

from __future__ import annotations

import argparse
import os

from launcher.cli.context import Context, in_files, in_words
from launcher.desk import keeping, saver_process

HELP = "save continuously until stopped"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """In the background, or here."""
    parser.add_argument("--background", action="store_true", help="start it, and return at once")


def run(context: Context) -> None:
    """One saver is enough for everything that is open on this computer."""
    setup = context.desk.setup
    if context.arguments.dry_run:
        tell_rehearsal(context)
        return
    if context.arguments.background:
        process = saver_process.start(setup, os.environ)
        context.say(f"The saver runs (process {process.pid}).")
    elif not keeping.run(context.desk, context.say):
        running = saver_process.find(setup.state.path)
        context.say(f"The saver runs already{f' (process {running.pid})' if running else ''}.")
    if context.as_json:
        context.document({"saver": saver_process.saver_row(setup.state.path)})


def tell_rehearsal(context: Context) -> None:
    """What would be sent now."""
    reports = keeping.rehearse(context.desk)
    if context.as_json:
        context.document({"projects": [report.to_json() for report in reports]})
        return
    for report in reports:
        sizes = (report.would_send or {}).values()
        context.line(f"{report.project}: {in_files(len(sizes))} to be saved, {in_words(sum(sizes))}")

"""`watch`: save continuously until stopped."""

from __future__ import annotations

import argparse
import os

from launcher.cli.context import Context
from launcher.desk import keeping

HELP = "save continuously until stopped"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """In the background, or here."""
    parser.add_argument("--background", action="store_true", help="start it, and return at once")


def run(context: Context) -> None:
    """One saver is enough for everything that is open on this computer."""
    setup = context.desk.setup
    if context.arguments.background:
        process = keeping.start(setup, os.environ)
        context.say(f"The saver runs (process {process.pid}).")
    elif not keeping.run(context.desk, context.say):
        running = keeping.find(setup.state.path)
        context.say(f"The saver runs already{f' (process {running.pid})' if running else ''}.")
    if context.as_json:
        context.document({"saver": keeping.saver_row(setup.state.path)})

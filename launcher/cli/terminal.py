"""`terminal [DIR]`: a terminal window in a folder, where the site allows one."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context
from launcher.desk.terminal import open_terminal

HELP = "open a terminal in a project's folder, if the site allows it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where."""
    parser.add_argument("dir", nargs="?", type=Path, metavar="DIR")


def run(context: Context) -> None:
    """Open it."""
    if context.arguments.dry_run:
        context.would("A terminal would be opened.")
        return
    pid = open_terminal(context.desk, context.arguments.dir)
    if context.as_json:
        context.document({"pid": pid})
    else:
        context.say(f"The terminal is open (process {pid}).")

"""`new-folder URI`: an empty folder in the home prefix."""

from __future__ import annotations

import argparse

from launcher.cli.context import Context

HELP = "make an empty folder in your home bucket"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its address."""
    parser.add_argument("uri", metavar="URI")


def run(context: Context) -> None:
    """Make it."""
    from launcher.desk.files.new_folder import make_folder

    where = make_folder(context.desk, context.arguments.uri, dry_run=context.arguments.dry_run)
    if context.as_json:
        context.document({"uri": str(where)})
    else:
        context.line(str(where))

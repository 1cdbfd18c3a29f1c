"""`stray`: pose projects that lie where nothing survives the session, and keeping them."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher import errors
from launcher.cli.context import Context, in_words
from launcher.desk.moving_in import move_in
from launcher.desk.stray_search import strays

HELP = "projects that would be lost with the session; `stray keep PATH` saves one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List them, or keep one."""
    parser.add_argument("action", nargs="?", choices=("list", "keep"), default="list")
    parser.add_argument("path", nargs="?", help="the project's folder, or its file")


def run(context: Context) -> None:
    """Tell what would be lost; keeping one makes it a project like all others."""
    if context.arguments.action == "keep":
        _keep(context)
        return
    found = strays(context.desk)
    if context.as_json:
        context.document({"stray": [one.to_json() for one in found]})
        return
    for one in found:
        context.line(f"{one.dir}  {one.tool}, {one.files} files, {in_words(one.bytes)}: lost at session end")
    if not found:
        context.say("Nothing was found where it would be lost.")


def _keep(context: Context) -> None:
    if not context.arguments.path:
        raise errors.BadUsage(title="No project was named", hint="See `pose-launcher stray`. Nothing was changed.")
    path = Path(context.arguments.path).absolute()
    if context.arguments.dry_run:
        context.would(f"{path} would be kept.")
        return
    record = move_in(context.desk, path)
    if context.as_json:
        context.document({"project": record.id, "dir": str(record.dir), "home": record.home})
        return
    context.line(f"{record.name} is at {record.dir} now, and is saved from there.")

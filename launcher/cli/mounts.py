"""`mounts`: the site's read-only mounts."""

from __future__ import annotations

import argparse

from launcher import errors
from launcher.cli.context import Context
from launcher.desk.mounting import mounts_of

HELP = "the site's read-only mounts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with them."""
    parser.add_argument("action", nargs="?", choices=("start", "stop", "status"), default="status")


def run(context: Context) -> None:
    """Do it, and say how each is then; one that does not work is exit code 4, and its bucket is there all the same."""
    mounts, action = mounts_of(context.desk), context.arguments.action
    if context.arguments.dry_run:
        action = "status"
    states = {"start": mounts.start, "stop": mounts.stop, "status": mounts.status}[action]()
    if any(one.is_faulty or (action == "start" and not one.is_well) for one in states):
        context.codes.append(errors.NotDone.exit_code)
    rows = [one.to_json() for one in states]
    if context.as_json:
        context.document({"mounts": rows})
        return
    for row in rows:
        context.line(f"{row['name']:24} {row['state']:12} {row['path']}")
        if row["message"]:
            context.line(f"{'':24} {row['message']}")
    if not rows:
        context.say("The site catalogue names no mounts.")

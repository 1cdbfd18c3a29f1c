"""`places`: where data lives, and what survives there."""

from __future__ import annotations

import argparse

from launcher.cli.context import Context

HELP = "where data lives, and whether it is kept"


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(context: Context) -> None:
    """List them."""
    rows = context.desk.places()
    if context.as_json:
        context.document({"places": rows})
        return
    for row in rows:
        where = row["path"] if row["kind"] == "mount" else row["uri"] or row["path"]
        context.line(f"{row['name']:24} {row['durability']:20} {where}")
        if row["message"]:
            context.line(f"{'':24} not reachable: {row['message']}")

"""`put-away DIR`: stop looking after a project whose files are gone."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context
from launcher.desk.putting_away import put_away

HELP = "stop looking after a project whose files are gone; nothing is deleted in the home bucket"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its folder, as `status` names it."""
    parser.add_argument("dir", metavar="DIR", type=Path)


def run(context: Context) -> None:
    """Forget it, if nothing is left of it here."""
    (record,) = context.desk.records(context.arguments.dir)
    if not context.arguments.dry_run:
        put_away(context.desk, record)
    if context.as_json:
        context.document({"project": record.id, "dir": str(record.dir)})
    else:
        context.line(f"{record.name} is not looked after on this computer any more; what was saved of it stays")

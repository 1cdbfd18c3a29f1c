"""`verify [DIR|URI]`: hash both sides anew, and change nothing."""

from __future__ import annotations

import argparse

from launcher.cli.context import Context
from launcher.errors import NotDone

HELP = "hash both sides again and compare; changes nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A project's folder or address; every project without one."""
    parser.add_argument("target", metavar="DIR|URI", nargs="?")


def run(context: Context) -> None:
    """Compare; every difference is named with its side."""
    report = context.desk.verify(context.arguments.target)
    if report.bad:
        context.codes += [NotDone.exit_code, *report.codes]
    if context.as_json:
        context.document(report.to_json())
        return
    context.named("Not as it should be:", [(f"{row['path']} ({row['side']})", row["message"]) for row in report.bad])
    context.line(f"{report.checked} files compared, {report.checked - len(report.bad)} sound")

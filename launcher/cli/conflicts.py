"""`conflicts [DIR] [PATH --keep mine|theirs|both]`: files that two sessions changed, and what counts."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.cli.context import Context
from launcher.desk.conflicts import Conflicts
from launcher.saving.resolving import Keep

HELP = "show files that two sessions changed, and decide which version counts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which project; with a file, what is to be kept of it."""
    parser.add_argument("dir", metavar="DIR", nargs="?", type=Path, help="the project's folder; every project without")
    parser.add_argument("path", metavar="PATH", nargs="?", default="", help="the file to decide about, in that folder")
    parser.add_argument("--keep", choices=[keep.value for keep in Keep], help="which version the file is from now on")


def run(context: Context) -> None:
    """Show what is undecided, or decide; both versions stay in the home bucket whatever is decided."""
    arguments = context.arguments
    if bool(arguments.path) != bool(arguments.keep):
        raise errors.BadUsage(title="A file and --keep belong together", hint="Nothing was changed.")
    if arguments.path:
        _decide(context, arguments.path, Keep(arguments.keep))
        return
    rows = [row for record in context.desk.records(arguments.dir) for row in Conflicts(context.desk, record).rows()]
    if context.as_json:
        context.document({"conflicts": rows})
        return
    if not rows:
        context.line("No file is in two versions.")
    for row in rows:
        both = " (both are files here: mine is the one under its own name)" if row["both_here"] else ""
        context.line(f"{row['dir']}: {row['path']}{both}")
        for whose in ("mine", "theirs"):
            version: dict[str, Any] = row[whose]
            context.line(f"  {whose:6} {version['at'] or '?'}  {version['who'] or '?'}  {version['uri']}")


def _decide(context: Context, path: str, keep: Keep) -> None:
    (record,) = context.desk.records(context.arguments.dir)
    if record.dir in Path(path).parents:
        path = Path(path).relative_to(record.dir).as_posix()
    if context.arguments.dry_run:
        context.would(f"{path}: {keep.value} would be kept. Nothing was changed.")
        return
    report = Conflicts(context.desk, record).decide(path, keep, context.progress("Saved"))
    context.codes += [errors.CONFLICTS_KEPT] if report.conflicts else []  # the decision itself was carried out
    context.named("Not saved:", [(item.path, f"{item.cause}. {item.next}") for item in report.failed])
    if context.as_json:
        context.document({"path": path, "kept": keep.value, "save": report.to_json()})
    else:
        context.line(f"{path}: {keep.value} is kept; the other version stays in the home bucket")

"""`earlier [--seen SESSION]`: what earlier sessions could not save, for whoever goes on."""

from __future__ import annotations

import argparse

from launcher import errors
from launcher.cli.context import Context, in_files

HELP = "what earlier sessions could not save"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One that was seen is not shown again, on no computer."""
    parser.add_argument("--seen", metavar="SESSION", help="do not show this one any more")


def run(context: Context) -> None:
    """Show them, or put one away."""
    sessions = context.desk.earlier_sessions
    if context.arguments.seen:
        if not context.arguments.dry_run and not sessions.mark_seen(context.arguments.seen):
            raise errors.NotFound(context.arguments.seen, title="There is no such session")
        if context.as_json:
            context.document({"seen": context.arguments.seen})
        return
    found = sessions.left_behind()
    if context.as_json:
        context.document({"sessions": [session.to_json() for session in found]})
        return
    for session in found:
        context.line(f"{session.session}, ended {session.ended}: {in_files(session.missing_files)} could not be saved")
        context.named("", [(f"{row.project}/{row.path}".rstrip("/"), row.cause) for row in session.missing])
    if not found:
        context.line("No earlier session left anything behind.")

"""`restore URI [--at TIME] [--list]`: bring back an earlier saved state."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from launcher import errors
from launcher.cli.context import Context, in_files, in_words
from launcher.desk.restoring import RestoreReport, Restoring

HELP = "bring back an earlier saved state of a project, or of one of its files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which project or file, and as of when."""
    parser.add_argument("uri", metavar="URI", help="the project, or one file below its saved place")
    parser.add_argument("--at", metavar="TIME", default="", help="ISO 8601; without it, the state before the last")
    parser.add_argument(
        "--list", action="store_true", help="show the states that are kept; with --at, the files of one"
    )


def run(context: Context) -> None:
    """Show the states, or bring one back."""
    restoring = Restoring(context.desk, context.arguments.uri, context.say)
    if context.arguments.list:
        _show(context, restoring)
        return
    at = _in_utc(context.arguments.at)
    if context.arguments.dry_run:
        _rehearse(context, restoring.rehearse(at))
        return
    report = restoring.restore(at, context.progress("Moved"))
    _name_what_stays(context, report)
    if report.save is not None:
        context.codes += report.save.codes
        context.named("Not saved:", [(item.path, f"{item.cause}. {item.next}") for item in report.save.failed])
    if context.as_json:
        context.document(report.to_json())
        return
    context.line(f"{in_files(len(report.restored))} as of {report.at}; {in_files(report.unchanged)} unchanged")


def _name_what_stays(context: Context, report: RestoreReport) -> None:
    context.codes += [exc.exit_code for _, exc in report.failed]
    context.named("Not brought back:", [(path, str(exc)) for path, exc in report.failed])


def _rehearse(context: Context, report: RestoreReport) -> None:
    _name_what_stays(context, report)
    if context.as_json:
        context.document(report.to_json())
        return
    for path in report.restored:
        context.line(path)
    context.say(f"{in_files(len(report.restored))} would be brought back as of {report.at}. Nothing was changed.")


def _show(context: Context, restoring: Restoring) -> None:
    if context.arguments.at:
        _show_files(context, restoring.files(_in_utc(context.arguments.at)))
        return
    states = restoring.states()
    if context.as_json:
        context.document({"states": [state.to_json() for state in states]})
        return
    for state in states:
        row = state.to_json()
        context.line(
            f"{row['at']}  {in_files(int(str(row['files'])))}  {in_words(int(str(row['bytes'])))}  {row['session']}"
        )


def _show_files(context: Context, state: dict[str, Any]) -> None:
    if context.as_json:
        context.document(state)
        return
    for file in state["contents"]:
        context.line(f"{file['path']}  {in_words(file['bytes'])}{'' if file['is_newest'] else '  changed since'}")


def _in_utc(text: str) -> str:
    """A time as the states are named by; a time without a zone is one of this computer."""
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as exc:  # as of the first hours of all, in another zone
        raise errors.BadUsage(text, title="This is not a time", hint="Write it as 2026-01-31T14:05:00Z.") from exc
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")

"""`finish --deadline S`: the end of a session."""

from __future__ import annotations

import argparse
import os
import sys

from launcher import errors
from launcher.cli.context import Context, in_files, in_words
from launcher.cli.deadline import seconds, started
from launcher.cli.watch import tell_rehearsal
from launcher.desk import keeping
from launcher.saving.finish import FinishReport

_MORE_TIME = "The time was too short for it: give it 15 seconds or more."
_NEXT_SAVE = "The next save of the project writes it."
HELP = "end the session: save by importance, list what is missing, and be done in time"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long there is."""
    parser.add_argument("--deadline", metavar="S", type=seconds, default=60.0, help="end before so many seconds (60)")


def run(context: Context) -> None:
    """Save what can be saved in time, and say truthfully what went and what did not."""
    if context.arguments.dry_run:
        tell_rehearsal(context)
        return
    tell_end(context, keeping.finish(context.desk, context.arguments.deadline, started(), context.progress("Saved")))


def tell_end(context: Context, report: FinishReport) -> None:
    """The truth about the end, and the end of this process if something still hangs on the server."""
    context.codes += report.codes
    if context.as_json:
        context.document(report.to_json())
    else:
        _tell(context, report)
    for project, cause in report.unlisted.items():
        context.say(f"{project}: every file is in the home bucket, and the list of them is not. {cause} {_NEXT_SAVE}")
    if report.session_file is None:
        why = _MORE_TIME if report.is_hurried else report.refusal or errors.Unreachable.hint
        context.say(f"{_unwritten(report)} could not be written down in the home bucket. {why}")
    if report.is_cut_off:
        # A request that nobody answers would keep this process, and the end of the session does not wait.
        sys.stdout.flush()
        os._exit(context.exit_code())


def _unwritten(report: FinishReport) -> str:
    if not report.missing:
        return "Everything is saved; only that the session is over"
    return "What was missing when it began is listed; what is missing now" if report.is_begun else "What is missing"


def _tell(context: Context, report: FinishReport) -> None:
    rows = [(f"{row.project}/{row.path}".rstrip("/"), row.cause) for row in report.missing]
    context.named("Not saved:", rows)
    context.odd_names({path: why for one in report.reports.values() for path, why in one.odd_names.items()})
    saved = sum(len(one.saved) for one in report.reports.values())
    sent = sum(one.bytes for one in report.reports.values())
    outcome = f"{in_files(len(rows))} missing" if rows else "everything is saved"
    context.line(f"{in_files(saved)} saved, {in_words(sent)}; {outcome}; {report.seconds:.1f} s")

"""`open URI|DIR`: the project in its pose tool's own window."""

from __future__ import annotations

import argparse
import os

from launcher import errors
from launcher.cli.asking import asker
from launcher.cli.context import Context
from launcher.cli.rehearsing import would_bring
from launcher.desk.opening import Opening
from launcher.desk.run_report import ASKS, in_words, open_document, refusal_document
from launcher.journal import ProjectRecord
from launcher.journal.run_records import RunRecord
from launcher.runs.runs import Look
from launcher.runs.states import HANGS_AFTER_S
from launcher.tools import tool

HELP = "open a project in its pose tool"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to open, in what, and how long to stay."""
    parser.add_argument("target", metavar="URI|DIR", help="a project in S3, its folder here, or a .slp file")
    parser.add_argument("--with", dest="tool", metavar="TOOL", help="another pose tool than the project's own")
    parser.add_argument("--wait", action="store_true", help="return when the tool has ended")
    parser.add_argument("--trust", action="store_true", help="yes, this project may run the code that it carries")
    parser.add_argument(
        "--patience", type=float, metavar="S", default=HANGS_AFTER_S, help="without a window after S seconds it hangs"
    )


def run(context: Context) -> None:
    """Open it; returns when the window is there, or with --wait when the tool has ended."""
    arguments = context.arguments
    opening = Opening(context.desk, os.environ, arguments.patience)
    if would_bring(context, opening):
        return
    project = opening.project(arguments.target, context.progress("Brought"), arguments.tool)
    try:
        kind = opening.kind(project, arguments.tool)
        if arguments.dry_run:
            context.would(f"{kind.title} would be started on {project.dir / project.marker}")
            return
        record, is_new = opening.open(project, kind, asker(context))
    except errors.LauncherError as exc:
        if context.as_json:
            context.document(refusal_document(arguments.tool or project.tool_id, str(project.dir), exc))
        raise
    _tell_start(context, project, record, is_new=is_new)
    try:
        look = opening.until_up(record)
        if arguments.wait and not look.state.is_over:
            _tell_window(context, look)
            look = opening.until_over(look.record)
    except KeyboardInterrupt:
        context.say(f"The tool goes on running. End it in its window, or with `pose-launcher runs stop {record.run}`.")
        context.codes.append(errors.INTERRUPTED)
        return
    _tell(context, opening, look)


def _tell_start(context: Context, project: ProjectRecord, record: RunRecord, *, is_new: bool) -> None:
    title = tool(record.tool_id).title
    context.say(f"Starting {title} on {project.name} …" if is_new else f"{title} has {project.name} open: {record.run}")


def _tell_window(context: Context, look: Look) -> None:
    seconds = look.record.seconds_to_window
    if seconds is not None:
        context.say(f"Its window is there after {seconds:.1f} s.")


def _tell(context: Context, opening: Opening, look: Look) -> None:
    problem = opening.problem(look)
    if problem is not None and problem.code != ASKS:
        context.codes.append(errors.ToolFailed.exit_code)
    if context.as_json:
        context.document(open_document(look, problem))
    else:
        context.line(f"{look.record.run}: {look.state.value}")
    if problem is not None:
        context.say(in_words(problem))

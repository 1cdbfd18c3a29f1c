"""`runs [list|stop ID|continue ID|log ID|restore ID]`: what was started and how it is."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.cli.asking import asker, is_yes
from launcher.cli.context import Context
from launcher.cli.jobs import tell
from launcher.config.plain import typed
from launcher.desk.job_report import row as job_row
from launcher.desk.opening import Opening
from launcher.desk.run_report import run_row
from launcher.desk.training import Training
from launcher.journal.run_records import RunRecord
from launcher.runs.jobs import JobState
from launcher.runs.runs import Look
from launcher.tools import tool

if TYPE_CHECKING:
    from launcher.runs.jobs import JobLook

HELP = "what was started and how it is"
_DOES = ("list", "stop", "continue", "log", "restore")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which run."""
    parser.add_argument("do", choices=_DOES, nargs="?", default="list")
    parser.add_argument("id", metavar="ID", nargs="?", help="a run, as the list names it")
    parser.add_argument("--yes", action="store_true", help="stop without being asked")
    parser.add_argument("--trust", action="store_true", help="yes, this project may run the code that it carries")
    parser.set_defaults(wait=False)


def run(context: Context) -> None:
    """Do it."""
    opening, does = Opening(context.desk, os.environ), context.arguments.do
    if does == "list":
        _list(context, opening)
        return
    if context.arguments.id is None:
        raise errors.BadUsage(f"runs {does}", title="Which run?", hint="Nothing was changed. See `pose-launcher runs`.")
    if (training := Training(context.desk, os.environ)).is_job(context.arguments.id):
        {"stop": _stop_job, "continue": _continue_job, "log": _log_job}.get(does, _no_job)(context, training)
        return
    record = opening.find(context.arguments.id)
    {"stop": _stop, "continue": _continue, "log": _log, "restore": _restore}[does](context, opening, record)


def _list(context: Context, opening: Opening) -> None:
    training = Training(context.desk, os.environ)
    jobs = [job_row(look, training.problem(look)) for look in training.jobs.looks()]
    if not any(row["state"] == JobState.RUNNING.value for row in jobs):
        training.ensure_queue()  # whoever was to start what waits may have been ended
    rows = sorted([*jobs, *map(run_row, opening.looks())], key=lambda row: str(row["started"]), reverse=True)
    if context.as_json:
        context.document({"runs": rows})
        return
    for row in rows:
        _row(context, row)


def _line(context: Context, look: Look) -> None:
    _row(context, run_row(look))


def _row(context: Context, row: dict[str, Any]) -> None:
    words = f"{row['run']}: {row['state']}, {row['project']}, started {row['started']}"
    context.line(f"{words}. {row['message']}" if row["message"] else words)


def _stop(context: Context, opening: Opening, record: RunRecord) -> None:
    if not record.state and not _is_agreed(context, record):
        raise errors.NotDone(
            record.run,
            title="It was not stopped",
            hint="Labels not saved in its window would be lost. Close its window, or say --yes if you mean it.",
        )
    look = opening.stop(record)
    if context.as_json:
        context.document({"runs": [run_row(look)]})
    else:
        _line(context, look)
    if not look.state.is_over:
        context.codes.append(errors.NotDone.exit_code)


def _is_agreed(context: Context, record: RunRecord) -> bool:
    if context.arguments.dry_run:
        return False
    title = tool(record.tool_id).title
    return context.arguments.yes or is_yes(f"Stop {title}? Labels that are not saved in its window are lost.")


def _continue(_: Context, __: Opening, record: RunRecord) -> None:
    raise errors.BadUsage(
        record.run,
        title="A closed window cannot be continued",
        hint=f"Open the project again: pose-launcher open {typed(record.dir)}.",
    )


def _stop_job(context: Context, training: Training) -> None:
    """No question is asked: a training keeps its last checkpoint, and can be continued."""
    if context.arguments.dry_run:
        context.would(f"{context.arguments.id} would be asked to stop")
        return
    context.say("Asking it to stop; it saves its checkpoint first …")
    look = training.stop(context.arguments.id)
    _tell_job(context, training, look)


def _continue_job(context: Context, training: Training) -> None:
    tell(context, training, training.resume(context.arguments.id, asker(context)))


def _log_job(context: Context, training: Training) -> None:
    look = training.find(context.arguments.id)
    text, problem = training.jobs.folder(look.job.run).log_tail(), training.problem(look)
    if context.as_json:
        context.document({"run": look.job.run, "log": text, "problem": problem.to_json() if problem else None})
        return
    for line in text.splitlines():
        context.line(line)


def _no_job(context: Context, _: Training) -> None:
    raise errors.BadUsage(context.arguments.id, title="This cannot be done with a training or a prediction")


def _tell_job(context: Context, training: Training, look: JobLook) -> None:
    told = job_row(look, training.problem(look))
    if context.as_json:
        context.document({"runs": [told]})
    else:
        _row(context, told)


def _restore(context: Context, opening: Opening, record: RunRecord) -> None:
    if context.arguments.dry_run:
        context.would(f"The files of {record.dir} that were kept before {record.run} would be put back")
        return
    paths = opening.restore(record)
    if context.as_json:
        context.document({"run": record.run, "dir": record.dir, "restored": list(paths)})
        return
    context.named("Put back:", [(path, "as it was before the tool started") for path in paths])
    context.line(f"{len(paths)} files of {record.dir} put back")


def _log(context: Context, opening: Opening, record: RunRecord) -> None:
    text = opening.log(record)
    if context.as_json:
        look = opening.runs.look(record)
        problem = opening.problem(look) if look.state.is_over else None
        context.document({"run": record.run, "log": text, "problem": problem.to_json() if problem else None})
        return
    for line in text.splitlines():
        context.line(line)

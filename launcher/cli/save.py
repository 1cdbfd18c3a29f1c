"""`save [DIR]`: the one-click save."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.cli.context import Context, in_files, in_words
from launcher.desk.already_saved import all_already_saved, already_saved
from launcher.saving.report import SaveReport

HELP = "save a project, or all of them, to the home bucket"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project's folder; every project without one."""
    parser.add_argument("dir", metavar="DIR", nargs="?", type=Path)


def run(context: Context) -> None:
    """Save; a project that fails does not stop the next one."""
    folder, reports = context.arguments.dir, []
    for report in _known(context, folder) or _saved(context, folder):
        reports.append(report)
        if not context.as_json:
            _tell(context, report)
    if context.as_json:
        context.document(_document(reports) | _problems(context))


def _known(context: Context, folder: Path | None) -> list[SaveReport] | None:
    """Where it is known that there is nothing to do: neither journal nor catalogue is opened to find that out."""
    if context.arguments.dry_run:
        return None
    if folder is None:
        return all_already_saved(context.desk)
    report = already_saved(context.desk, folder)
    return None if report is None else [report]


def _saved(context: Context, folder: Path | None) -> Iterator[SaveReport]:
    from launcher.projects.disk_errors import disk_error
    from launcher.projects.left_folders import left_with_work
    from launcher.projects.marker import silent

    records = context.desk.records(folder)
    if folder is None:
        from launcher.desk import keeping

        records += keeping.vanished(context.desk)
        for untold in silent(context.desk.journal).values():
            context.problem(untold)
    if not records:
        context.say("No project is on this computer, so there is nothing to save.")
    for record in records:
        report = SaveReport(record.id, record.home)
        try:
            context.desk.save(record, report, context.progress("Saved"), dry_run=context.arguments.dry_run)
        except errors.LauncherError as exc:
            context.problem(exc)
        except OSError as exc:  # of this folder, and no other
            context.problem(disk_error(exc, record.dir))
        for left in left_with_work(context.desk.journal, record):
            context.problem(left)
        context.codes += report.codes
        yield report


def _tell(context: Context, report: SaveReport) -> None:
    context.named("Not saved:", [(item.path, f"{item.cause}. {item.next}") for item in report.failed])
    context.odd_names(report.odd_names)
    saved = f"{in_files(len(report.saved))} saved, {in_words(report.bytes)}"
    context.line(f"{report.project}: {saved}; {report.unchanged} unchanged; {report.seconds:.1f} s")


def _problems(context: Context) -> dict[str, Any]:
    """What stopped whole projects, such as a server that is away."""
    return {"problems": errors.problem_document(context.problems)["problems"]} if context.problems else {}


def _document(reports: list[SaveReport]) -> dict[str, Any]:
    """One project is the document itself; of several there is the sum, and each below `projects`."""
    rows = [report.to_json() for report in reports]
    if len(rows) == 1:
        return rows[0]
    lists = ("saved", "by_reference", "conflicts", "failed")
    total: dict[str, Any] = {name: chain.from_iterable(row[name] for row in rows) for name in lists}
    total |= {name: sum(row[name] for row in rows) for name in ("unchanged", "bytes", "seconds")}
    return {"project": None, "home": None, **total, "manifest": None, "projects": rows}

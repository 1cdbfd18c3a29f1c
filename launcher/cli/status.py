"""`status [DIR]`: what is saved, what is not, and why."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launcher.cli.context import Context, in_files, in_words
from launcher.desk import saved_status
from launcher.desk.saver_process import saver_row
from launcher.saving.plan import UNSAVED

HELP = "what is saved, what is not, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project's folder; every project without one."""
    parser.add_argument("dir", metavar="DIR", nargs="?", type=Path)


def run(context: Context) -> None:
    """Say it, from the journal and the disk alone."""
    rows = context.desk.status(context.arguments.dir)
    if context.as_json:
        context.document(_document(context, rows))
        return
    if not rows:
        context.say("No project is on this computer.")
    for row in rows:
        problem = row["problem"]
        context.line(f"{row['dir']}: {_saved(row)}" if problem is None else f"{row['dir']}: {problem['what']}")
        if problem is not None:
            context.say(f"  {problem['next']}")
        unsaved = {state.value for state in UNSAVED}
        context.named("", [(item["path"], item["cause"]) for item in row["items"] if item["state"] in unsaved])
    for words in (saved_status.storage_row(context.desk)["message"], saved_status.clock(context.desk)["message"]):
        if words:
            context.say(str(words))


def _saved(row: Mapping[str, Any]) -> str:
    if row["all_saved"]:
        return "everything is saved"
    if not row["unsaved_files"]:
        return "every file is saved, and the record of that is not in S3 yet: save once more"
    return f"{in_files(row['unsaved_files'])}, {in_words(row['unsaved_bytes'])} not saved"


def _document(context: Context, rows: list[dict[str, Any]]) -> dict[str, Any]:
    desk = context.desk
    more = {"storage": saved_status.storage_row(desk), "clock": saved_status.clock(desk)}
    return {"projects": rows, "saver": saver_row(desk.setup.state.path), **more}

"""`last-session`: what the last session worked on, and what it could not save."""

from __future__ import annotations

import argparse
from typing import Any

from launcher.cli.context import Context, in_words
from launcher.desk.coming_back import last_session

HELP = "what the last session worked on, and what it could not save"


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(context: Context) -> None:
    """Show it; `open` takes one of its addresses."""
    last = last_session(context.desk)
    nothing: dict[str, Any] = {"session": None, "ended": None, "projects": [], "missing": [], "trainings": []}
    row = last.to_json() if last is not None else nothing
    if context.as_json:
        context.document(row)
        return
    for project in row["projects"]:
        context.line(f"{project['uri']}  {project['files']} files  {in_words(project['bytes'])}  {project['saved_at']}")
    context.named("Not saved then:", [(f"{one['project']}/{one['path']}", one["cause"]) for one in row["missing"]])
    for training in row["trainings"]:
        context.line(f"not finished: the training of {training['name']} ({training['run']}); queue --continue")
    if not row["projects"]:
        context.line("There is no earlier session to go on from.")

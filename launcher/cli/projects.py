"""`projects [URI]`: pose projects at or below a place, found and read from S3 alone."""

from __future__ import annotations

import argparse
import time
from typing import Any

from launcher.cli.context import Context
from launcher.errors import Damaged, LauncherError, from_json

HELP = "pose projects at or below a place"
MOST_TOLD = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The place; all places without one."""
    parser.add_argument("uri", metavar="URI", nargs="?")


def run(context: Context) -> None:
    """Find them; each is told as soon as it is known."""
    began, found, scanned = time.monotonic(), [], 0
    problems: list[LauncherError] = []
    for message in context.desk.projects(context.arguments.uri):
        scanned += message.get("scanned", 0)
        if problem := message.get("problem"):
            problems.append(from_json(problem))
        if project := message.get("project"):
            found.append(project)
            if not context.as_json:
                context.line(one_line(project))
    _tell(context, problems)
    for project in found:
        context.codes += [Damaged.exit_code for finding in project["health"] if finding["severity"] == "error"]
    if context.as_json:
        seconds = round(time.monotonic() - began, 3)
        unread = [{"uri": exc.subject, "message": exc.title, "hint": exc.hint} for exc in problems]
        context.document({"projects": found, "problems": unread, "scanned_objects": scanned, "seconds": seconds})
    elif not found and not problems:
        context.say("There are no pose projects here.")


def _tell(context: Context, problems: list[LauncherError]) -> None:
    """What could not be looked at; a bucket full of it is told by its first few."""
    for exc in problems[:MOST_TOLD]:
        context.problem(exc)
    context.codes += [exc.exit_code for exc in problems[MOST_TOLD:]]
    if len(problems) > MOST_TOLD:
        context.say(f"… and {len(problems) - MOST_TOLD} more could not be read; --json names them all.")


def one_line(project: dict[str, Any]) -> str:
    """Name, tool, what is in it, and what is wrong with it."""
    labelled = project["labelled_frames"]
    parts = [project["name"], project["tool"], f"{'?' if labelled is None else labelled} labelled frames"]
    parts += [f"{len(project['body_parts'])} body parts", f"{len(project['videos'])} videos", project["uri"]]
    parts += [finding["message"] for finding in project["health"] if finding["severity"] != "info"]
    return " · ".join(parts)

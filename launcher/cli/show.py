"""`show URI`: one project's card."""

from __future__ import annotations

import argparse

from launcher.cli.context import Context
from launcher.errors import Damaged

HELP = "one project's card"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project."""
    parser.add_argument("uri", metavar="URI")


def run(context: Context) -> None:
    """Show it."""
    project = context.desk.show(context.arguments.uri)
    context.codes += [Damaged.exit_code for finding in project["health"] if finding["severity"] == "error"]
    if context.as_json:
        context.document(project)
        return
    for name, value in project.items():
        if name not in ("health", "videos"):
            context.line(f"{name:18} {_in_words(value)}")
    for video in project["videos"]:
        context.line(f"{'video':18} {video.get('uri') or video['path']}{'' if video['present'] else ' (not found)'}")
    for finding in project["health"]:
        context.line(f"{finding['severity']:18} {finding['message']} {finding['hint']}")


def _in_words(value: object) -> str:
    """A list with commas, an edge of the skeleton with a dash."""
    if not isinstance(value, list):
        return "not known" if value is None else str(value)
    return ", ".join(" - ".join(entry) if isinstance(entry, list) else str(entry) for entry in value)

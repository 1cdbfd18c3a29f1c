"""`new TOOL --name N VIDEO…`: a new project from videos, opened at once."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.cli.context import Context
from launcher.desk.founding import Wanted, new_project
from launcher.desk.opening import Opening
from launcher.desk.run_report import open_document
from launcher.journal import ProjectRecord
from launcher.runs.environments import Environments, tools_root
from launcher.runs.screen import check_display
from launcher.tools import tool

HELP = "a new project from videos"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it is to be."""
    parser.add_argument("tool", metavar="TOOL", choices=["sleap", "deeplabcut"])
    parser.add_argument("videos", metavar="VIDEO", nargs="+", type=Path, help="videos of this computer or of a mount")
    parser.add_argument("--name", required=True, metavar="N")
    parser.add_argument("--parts", required=True, metavar="A,B,…", help="the body parts, in their order")
    parser.add_argument("--skeleton", default="", metavar="A:B,…", help="which body parts are joined")
    parser.add_argument("--animals", type=int, default=1, metavar="N", help="DeepLabCut: animals in a frame, at most")
    parser.add_argument(
        "--in", dest="folder", type=Path, metavar="DIR", help="where it lies here; else the scratch disk"
    )
    parser.add_argument("--no-open", action="store_true", help="only make it")


def run(context: Context) -> None:
    """Make it, and open it where there is a screen."""
    told = context.arguments
    edges = [edge.partition(":")[::2] for edge in told.skeleton.split(",") if edge]
    parts = [part.strip() for part in told.parts.split(",") if part.strip()]
    wanted = Wanted(
        told.tool, told.name, told.videos, parts, [(one.strip(), two.strip()) for one, two in edges], told.animals
    )
    if told.dry_run:
        context.would(f"A project {told.name} for {tool(told.tool).title} would be made of {len(told.videos)} videos")
        return
    environments = Environments(tools_root(context.desk.setup.state.path, os.environ))
    record = new_project(context.desk, environments, wanted, told.folder)
    made: dict[str, Any] = {
        "project": record.id,
        "uri": record.uri,
        "dir": str(record.dir),
        "marker": record.marker,
        "opened": None,
    }
    if not told.no_open:
        made["opened"] = _opened(context, Opening(context.desk, os.environ), record)
    if context.as_json:
        context.document(made)
    else:
        context.line(str(record.dir / record.marker))


def _opened(context: Context, opening: Opening, record: ProjectRecord) -> dict[str, Any] | None:
    try:
        check_display(os.environ)
    except errors.LauncherError as exc:
        context.say(f"It is made, and was not opened: {exc.title}.")
        return None
    run, _ = opening.open(record, tool(record.tool_id), lambda _: True)  # all that is in it is our own
    look = opening.until_up(run)
    return open_document(look, opening.problem(look))

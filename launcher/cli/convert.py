"""`convert DIR --to TOOL`: labels and predictions into the other tool's project."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from launcher.cli.context import Context
from launcher.cli.rehearsing import would_bring
from launcher.desk.converting import convert
from launcher.desk.opening import Opening
from launcher.runs.environments import Environments, tools_root
from launcher.tools import TOOLS, tool

HELP = "labels and predictions into the other tool's project"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which project, for which tool, and where the new one goes."""
    parser.add_argument("target", metavar="URI|DIR", help="a project in S3, its folder here, or a .slp file")
    parser.add_argument("--to", dest="tool", metavar="TOOL", required=True, choices=[one.tool_id for one in TOOLS])
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, help="a new folder; else one beside the project")


def run(context: Context) -> None:
    """Convert, and say what was made."""
    arguments = context.arguments
    opening = Opening(context.desk, os.environ)
    if would_bring(context, opening):
        return
    project = opening.project(arguments.target, context.progress("Brought"))
    if arguments.dry_run:
        context.would(f"{project.dir / project.marker} would be made into a project of {tool(arguments.tool).title}")
        return
    context.say(f"Converting {project.name} …")
    environments = Environments(tools_root(context.desk.setup.state.path, os.environ))
    made = convert(context.desk, environments, project, arguments.tool, arguments.output)
    for notice in made.notices:
        context.say(notice)
    if context.as_json:
        context.document(made.to_json())
        return
    context.line(
        f"{made.frames} labelled frames, {made.predictions} frames with predictions, {len(made.parts)} body parts"
    )
    context.line(str(Path(made.dir) / made.marker))

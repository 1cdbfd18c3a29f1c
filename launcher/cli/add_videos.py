"""`add-videos DIR VIDEO…`: more videos for a project that is there."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from launcher import errors
from launcher.cli.context import Context
from launcher.cli.rehearsing import would_bring
from launcher.desk.founding import add_videos
from launcher.desk.opening import Opening
from launcher.runs.environments import Environments, tools_root

HELP = "name more videos in a project"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which project, which videos."""
    parser.add_argument("target", metavar="URI|DIR", help="a project in S3, its folder here, or a .slp file")
    parser.add_argument("videos", metavar="VIDEO", nargs="+", type=Path)


def run(context: Context) -> None:
    """Add them, unless a tool has the project open."""
    opening = Opening(context.desk, os.environ)
    if would_bring(context, opening):
        return
    project = opening.project(context.arguments.target, context.progress("Brought"))
    for look in opening.looks():
        if look.record.dir == str(project.dir) and not look.state.is_over:
            raise errors.Held(
                look.record.run, title="The project is open", hint="Nothing was changed. Close the tool's window first."
            )
    if context.arguments.dry_run:
        context.would(f"{len(context.arguments.videos)} videos would be added to {project.dir / project.marker}")
        return
    environments = Environments(tools_root(context.desk.setup.state.path, os.environ))
    done = add_videos(environments, project, context.arguments.videos)
    if context.as_json:
        context.document({"dir": str(project.dir), **done})
    else:
        context.line(f"{len(done['added'])} videos added; the project has {done['videos']}")

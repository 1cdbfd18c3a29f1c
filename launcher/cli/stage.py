"""`stage URI [DIR]`: bring a project to local disk, verified, paths repaired."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context, in_files, in_words
from launcher.projects.stage_plan import Profile

HELP = "bring a project to local disk, verified, with its paths repaired"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project, where to, and how much of it."""
    parser.add_argument("uri", metavar="URI")
    parser.add_argument("dir", metavar="DIR", nargs="?", type=Path)
    parser.add_argument("--profile", choices=[profile.value for profile in Profile], default=Profile.ALL.value)


def run(context: Context) -> None:
    """Bring it; what was refused or failed is named."""
    arguments = context.arguments
    profile = Profile(arguments.profile)
    report = context.desk.stage(
        arguments.uri, arguments.dir, profile, context.progress("Brought"), dry_run=arguments.dry_run
    )
    context.codes += report.codes
    if context.as_json:
        context.document(report.to_json())
        return
    for file, change in report.repaired:
        context.say(f"adjusted {file}: {change.field}: {change.old} → {change.new}")
    context.named("Left where it is:", sorted(report.skipped.items()))
    context.say(f"{in_files(report.files)}, {in_words(report.bytes)} in {report.seconds:.1f} s")
    context.line(str(report.dir))

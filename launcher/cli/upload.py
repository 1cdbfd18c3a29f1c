"""`upload FILE… --to URI`: a person's own files, into the home prefix."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context, in_words

HELP = "put files into your home bucket; --dry-run shows the plan; nothing there is replaced"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What, and where to."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="files or folders of this computer")
    parser.add_argument("--to", metavar="URI", required=True, help="a folder of your home prefix")


def run(context: Context) -> None:
    """Send what is new; what stays, and why, is named."""
    from launcher.desk.files.upload import Fate, Upload, UploadReport, checked_target, plan_upload

    arguments = context.arguments
    where = checked_target(context.desk, arguments.to)
    plan = plan_upload(context.desk.store, [file.absolute() for file in arguments.files], where)
    if arguments.dry_run:
        report = UploadReport(str(where), plan)
    else:
        report = Upload(context.desk, where, plan, context.progress("Sent")).run()
        context.codes += report.codes
    if context.as_json:
        context.document(report.to_json())
        return
    context.named("Not sent:", [(one.path, one.why) for one in plan if one.fate is not Fate.NEW])
    context.named("Failed:", sorted(report.failed.items()))
    new = [one for one in plan if one.fate is Fate.NEW]
    if arguments.dry_run:
        context.line(f"{len(new)} files, {in_words(sum(one.bytes for one in new))} would be sent to {where}")
    else:
        context.line(f"{len(report.sent)} files, {in_words(report.bytes)}, sent to {where}")

"""`download URI DIR`: files of a bucket, to a folder of the person's choice."""

from __future__ import annotations

import argparse
from pathlib import Path

from launcher.cli.context import Context, in_words
from launcher.storage.uri import S3Uri

HELP = "bring a file, or everything below a prefix, to a folder; verified, and nothing there is replaced"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What, and where to."""
    parser.add_argument("uri", metavar="URI")
    parser.add_argument("dir", metavar="DIR", type=Path)


def run(context: Context) -> None:
    """Bring it; what did not come is named."""
    from launcher.desk.files.download import Download

    arguments = context.arguments
    where = S3Uri.parse(arguments.uri)
    download = Download(context.desk.store, where, arguments.dir.absolute(), context.progress("Brought"))
    report = download.run(dry_run=arguments.dry_run)
    context.codes += report.codes
    if context.as_json:
        context.document(report.to_json())
        return
    context.named("Left where it is:", sorted(report.skipped.items()))
    context.line(f"{report.files} files, {in_words(report.bytes)}; {report.unchanged} were there already")

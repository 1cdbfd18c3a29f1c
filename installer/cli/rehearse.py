"""`rehearse`: all of it on this computer, without an account."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from installer.cli.context import Context
from installer.rehearsal.place import Place, open_place, room_for
from installer.rehearsal.report import Report, Step
from installer.rehearsal.story import Story

HELP = "image, fleet, people and a day's work on this computer, without an account"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """How much of it, and where."""
    del common
    parser.add_argument("--short", action="store_true", help="without what takes minutes")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="in this folder, which stays")
    parser.add_argument("--stay", action="store_true", help="its services go on, to try commands on, until Ctrl+C")


def run(context: Context) -> None:
    """Tell the story, step by step; it ends with the first that is not as promised."""
    with _folder(context.arguments.keep) as folder:
        room_for(folder)
        with open_place(folder, context.say) as place:
            _tell_all(context, place, Report(lambda step: _tell(context, step)))
            if context.arguments.stay:
                _stay(context, place)


def _tell_all(context: Context, place: Place, report: Report) -> None:
    try:
        Story(place, report, short=context.arguments.short).tell()
    finally:
        if context.as_json:
            context.document(report.to_json())
    context.say(f"{len(report.steps)} steps, {sum(step.seconds for step in report.steps):.0f} s.")


def _stay(context: Context, place: Place) -> None:
    """The account as the story left it, for whoever wants to try a command by hand."""
    where = shlex.join(["--site", str(place.site), "--endpoint", place.plane.url])
    context.say(f"The services stay until Ctrl+C. In another terminal: pose-admin users list {where}")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _tell(context: Context, step: Step) -> None:
    mark = "ok " if step.ok else "NO "
    context.say(f"{mark} {step.name} ({step.seconds:.1f} s){': ' + step.message if step.message else ''}")


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A folder of its own that is gone afterwards, unless it shall stay."""
    if keep is not None:
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="pose-rehearsal-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)

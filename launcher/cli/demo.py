"""`demo`: try everything on this computer, without an account."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from launcher import errors
from launcher.cli.context import Context
from launcher.desk.demo import ROOT, SAMPLE, Demo, Step
from launcher.session.screen import why_no_window

#: Our own program by its folder, whatever folder it is started from.
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from launcher.__main__ import main; sys.exit(main())"
_LOOK_EVERY_S = 0.5
HELP = "the whole thing on this computer, no account needed: a real S3 server with sample projects"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to show, and how long."""
    parser.add_argument(
        "--data", metavar="DIR", type=Path, default=SAMPLE, help="the pose projects below DIR instead of the sample"
    )
    parser.add_argument(
        "--headless", action="store_true", help="run the round trip without a window, and print each step"
    )
    parser.add_argument("--keep", action="store_true", help="leave the server and the site running until interrupted")


def run(context: Context) -> None:
    """Run it: the window on the site, or the round trip without one."""
    arguments = context.arguments
    if arguments.dry_run:
        context.would(f"A storage server would be started on this computer, and filled with {arguments.data}.")
        return
    if not arguments.headless and (reason := why_no_window(os.environ)):
        context.say(f"{reason}: running the round trip headless.")
        arguments.headless = True
    if not arguments.data.is_dir():
        raise errors.NotFound(arguments.data, title="There is no such folder", hint="Name a folder with pose projects.")
    previous = signal.signal(signal.SIGTERM, _interrupt)
    demo = Demo(context.desk.setup.state, context.desk.facts, lambda step: _tell(context, step))
    try:
        _run(context, demo)
    finally:
        demo.stop()
        signal.signal(signal.SIGTERM, previous)


def _run(context: Context, demo: Demo) -> None:
    try:
        with demo.open_site(context.arguments.data.absolute()) as desk:
            if context.arguments.headless:
                demo.round_trip(desk)
    except errors.LauncherError as exc:
        if exc.exit_code not in demo.codes:
            raise
    context.codes += demo.codes
    if context.arguments.keep and demo.report.pid:
        _keep(context, demo)
    else:
        _conclude(context, demo)


def _conclude(context: Context, demo: Demo) -> None:
    if context.as_json:
        context.document(demo.report.to_json())
    else:
        done = sum(step.ok for step in demo.report.steps)
        context.line(f"{done} of {len(demo.report.steps)} steps done. Site: {demo.report.site}")
    if not context.arguments.headless and demo.report.pid:
        _show(context, demo)


def _keep(context: Context, demo: Demo) -> None:
    """Until somebody interrupts us, which is a proper end once the number of the server is told, or ends the server."""
    for told in (signal.SIGINT, signal.SIGTERM):  # a shell that starts us in the background lets us ignore the first
        signal.signal(told, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        _conclude(context, demo)
        context.say(f"The server runs at {demo.report.endpoint} until you press Ctrl-C.")
        while demo.is_running:
            time.sleep(_LOOK_EVERY_S)


def _show(context: Context, demo: Demo) -> None:
    """The window on the demo's site, a process of its own, until it is closed."""
    after = "the server stays until you press Ctrl-C" if context.arguments.keep else "the server ends when you close it"
    context.say(f"The window opens; {after}.")
    flags = ["--site", demo.report.site, "--state-dir", str(context.desk.setup.state.path / "demo" / "state")]
    ended = subprocess.run([sys.executable, "-P", "-c", START, str(ROOT), *flags], cwd=ROOT, check=False).returncode
    if ended:
        raise errors.LauncherError(title="The window could not be shown", hint="Try it with --headless.")


def _tell(context: Context, step: Step) -> None:
    mark = "ok    " if step.ok else "FAILED"
    context.say(f"{mark} {step.name} ({step.seconds:.1f} s){' [simulated]' if step.simulated else ''}: {step.message}")


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt

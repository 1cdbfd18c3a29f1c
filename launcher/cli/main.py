"""`pose-launcher COMMAND`: the outside surface of `contract.md`, one file per command."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Sequence

import launcher
from launcher import errors
from launcher.cli.context import Context
from launcher.command_line import Program, carry_out, common_flags, speak_utf8, understood
from launcher.config.find import find_site, state_dir
from launcher.desk.desk import Desk, Setup
from launcher.desk.told_to_end import ends_when_told
from launcher.session.facts import session_facts

#: In the order of the help; each is a module beside this one.
COMMANDS = (
    "demo",
    "places",
    "ls",
    "projects",
    "show",
    "preview",
    "stage",
    "open",
    "runs",
    "save",
    "watch",
    "finish",
    "status",
    "restore",
    "conflicts",
    "put-away",
    "last-session",
    "earlier",
    "verify",
    "download",
    "upload",
    "new-folder",
    "mounts",
    "new",
    "add-videos",
    "train",
    "infer",
    "evaluate",
    "queue",
    "convert",
    "compare",
    "compare-models",
    "gpu",
    "tools",
    "session",
    "stray",
    "terminal",
    "support",
    "config",
    "doctor",
)


def build_parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line of these commands."""
    return Program("pose-launcher", launcher.__doc__ or "", "launcher.cli", _flags).parser(names)


def _flags(parser: argparse.ArgumentParser, default: object) -> None:
    common_flags(parser, default)
    parser.add_argument("--state-dir", metavar="DIR", default=default, help="everything the program remembers")
    off = False if default is None else default
    parser.add_argument("--progress-lines", action="store_true", default=off, help="progress as JSON lines on stderr")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a person never sees a traceback."""
    speak_utf8()
    given = sys.argv[1:] if argv is None else argv
    # Only what was asked for is imported: all commands together would cost each of them half a second.
    arguments = understood(build_parser([name for name in COMMANDS if name in given] or COMMANDS), given)
    environ = os.environ
    facts = session_facts(environ)
    state = state_dir(arguments.state_dir, environ, facts.user_hash if facts.is_in_a_stream else "")
    setup = Setup(find_site(arguments.site, environ), state, facts)
    code: int | None = None
    try:
        with Desk(setup) as desk:
            context = Context(arguments, desk)
            desk.tell = context.say
            command = functools.partial(arguments.run, context)
            with ends_when_told(_interrupt, functools.partial(_cut_off, context)):
                code = carry_out(command, context, errors.Interrupted(), _of_disk, lambda exc: unexpected(exc, desk))
    except KeyboardInterrupt:
        if code is None:
            raise
    return code  # what came while we tidied up changes nothing of what was done and told


def _interrupt() -> None:
    raise KeyboardInterrupt


def _cut_off(context: Context) -> None:
    """What waits for a server that does not answer is not waited for."""
    context.problem(errors.Interrupted())
    context.end_of_data()
    sys.stdout.flush()
    os._exit(errors.INTERRUPTED)


def _of_disk(exc: OSError) -> errors.LauncherError:
    from launcher.projects.disk_errors import disk_error

    return disk_error(exc, exc.filename or "")


def unexpected(exc: Exception, desk: Desk) -> errors.LauncherError:
    """Our own bug: told in words, with the traceback in a file."""
    import traceback

    report = desk.setup.state.path / "last-crash.txt"
    try:
        report.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        report.write_text("".join(traceback.format_exception(exc)), encoding="utf-8", errors="backslashreplace")
    except OSError:
        return errors.LauncherError(title="The launcher made a mistake", detail=repr(exc))
    return errors.LauncherError(
        title="The launcher made a mistake",
        hint=f"Your data was not touched further. Send {report} to your admin.",
        detail=repr(exc),
    )

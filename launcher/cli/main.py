"""`pose-launcher COMMAND`: the outside surface of `contract.md`, one file per command."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import launcher
from launcher import errors
from launcher.cli.context import Context
from launcher.config.find import find_site, state_dir
from launcher.desk.desk import Desk, Setup
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
    """The command line of these commands; common flags may stand before or after the command."""
    common = argparse.ArgumentParser(add_help=False)
    _common_flags(common, argparse.SUPPRESS)
    parser = argparse.ArgumentParser(prog="pose-launcher", description=launcher.__doc__)
    _common_flags(parser, None)
    parser.add_argument("--version", action="version", version=f"Pose Launcher {launcher.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in names:
        module = import_module(f"launcher.cli.{name.replace('-', '_')}")
        command = commands.add_parser(name, help=module.HELP, description=module.HELP, parents=[common])
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _common_flags(parser: argparse.ArgumentParser, default: object) -> None:
    off = False if default is None else default
    parser.add_argument("--site", metavar="FILE", default=default, help="the site catalogue to use")
    parser.add_argument("--state-dir", metavar="DIR", default=default, help="everything the program remembers")
    parser.add_argument("--json", action="store_true", default=off, help="one JSON document on stdout")
    parser.add_argument(
        "--dry-run", action="store_true", default=off, help="say what would be done, and change nothing"
    )
    parser.add_argument("--quiet", action="store_true", default=off, help="no progress")
    parser.add_argument("--progress-lines", action="store_true", default=off, help="progress as JSON lines on stderr")
    parser.add_argument("--verbose", action="store_true", default=off, help="technical causes too")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a person never sees a traceback."""
    _speak_utf8()
    given = sys.argv[1:] if argv is None else argv
    # Only what was asked for is imported: all commands together would cost each of them half a second.
    arguments = build_parser([name for name in COMMANDS if name in given] or COMMANDS).parse_args(given)
    environ = os.environ
    facts = session_facts(environ)
    state = state_dir(arguments.state_dir, environ, facts.user_hash if facts.is_in_a_stream else "")
    setup = Setup(find_site(arguments.site, environ), state, facts)
    with Desk(setup) as desk:
        context = Context(desk, arguments)
        desk.tell = context.say
        try:
            arguments.run(context)
        except errors.LauncherError as exc:
            context.problem(exc)
        except KeyboardInterrupt:
            print("Interrupted. What was done so far is kept; run the command again to go on.", file=sys.stderr)
            return errors.INTERRUPTED
        except BrokenPipeError:
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the reader of our output went away
        except OSError as exc:
            from launcher.projects.disk_errors import disk_error

            context.problem(disk_error(exc, exc.filename or ""))
        except Exception as exc:  # noqa: BLE001 - the last door before a traceback
            context.problem(unexpected(exc, desk))
        context.end_of_data()
        return context.exit_code()


def _speak_utf8() -> None:
    """JSON is UTF-8 (RFC 8259) whatever the terminal speaks; half a letter in a name on disk becomes an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def unexpected(exc: Exception, desk: Desk) -> errors.LauncherError:
    """Our own bug: told in words, with the traceback in a file."""
    import traceback

    report = desk.setup.state.path / "last-crash.txt"
    try:
        report.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        report.write_text("".join(traceback.format_exception(exc)), encoding="utf-8")
    except OSError:
        return errors.LauncherError(title="The launcher made a mistake", detail=repr(exc))
    return errors.LauncherError(
        title="The launcher made a mistake",
        hint=f"Your data was not touched further. Send {report} to your admin.",
        detail=repr(exc),
    )

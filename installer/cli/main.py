"""`pose-admin COMMAND`: the outside surface of `docs/admin-contract.md`, one file per command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

import launcher
from installer.cli.context import Context
from launcher import errors

#: In the order of the help; each is a module beside this one.
COMMANDS = (
    "users",
    "site",
    "rights",
    "preflight",
    "deploy",
    "publish",
    "rollback",
    "image",
    "sessions",
    "usage",
    "rehearse",
    "probe",
    "supply",
    "audit",
)


def build_parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line of these commands; common flags may stand before or after the command."""
    common = argparse.ArgumentParser(add_help=False)
    _common_flags(common, argparse.SUPPRESS)
    parser = argparse.ArgumentParser(prog="pose-admin", description="Image, fleet and people of Pose Launcher.")
    _common_flags(parser, None)
    parser.add_argument("--version", action="version", version=f"Pose Launcher {launcher.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in names:
        module = import_module(f"installer.cli.{name}")
        command = commands.add_parser(name, help=module.HELP, description=module.HELP, parents=[common])
        module.add_arguments(command, common)
        command.set_defaults(run=module.run)
    return parser


def _common_flags(parser: argparse.ArgumentParser, default: object) -> None:
    off = False if default is None else default
    parser.add_argument("--site", metavar="FILE", default=default, help="the site file to use")
    parser.add_argument("--json", action="store_true", default=off, help="one JSON document on stdout")
    parser.add_argument(
        "--dry-run", action="store_true", default=off, help="say what would be done, and change nothing"
    )
    parser.add_argument("--region", metavar="R", default=default, help="instead of the site file's region")
    parser.add_argument("--profile", metavar="P", default=default, help="the admin's profile of the AWS tools")
    parser.add_argument(
        "--endpoint", metavar="URL", default=default, help="a control plane on this computer, for rehearsals"
    )
    parser.add_argument("--quiet", action="store_true", default=off, help="no progress")
    parser.add_argument("--verbose", action="store_true", default=off, help="technical causes too")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a person never sees a traceback."""
    given = sys.argv[1:] if argv is None else argv
    arguments = build_parser([name for name in COMMANDS if name in given] or COMMANDS).parse_args(given)
    context = Context(arguments)
    try:
        arguments.run(context)
    except errors.LauncherError as exc:
        context.problem(exc)
    except KeyboardInterrupt:
        context.say("Interrupted. What was done so far stays; the same command goes on.")
        return errors.INTERRUPTED
    except OSError as exc:
        context.problem(errors.LocalDisk(exc.filename or "", detail=repr(exc)))
    except Exception as exc:  # noqa: BLE001 - the last door before a traceback
        context.problem(unexpected(exc))
    return context.exit_code()


def unexpected(exc: Exception) -> errors.LauncherError:
    """Our own bug: told in words, with its cause for `--verbose`."""
    import traceback

    return errors.LauncherError(
        title="pose-admin made a mistake",
        hint="What was done so far stays. Run it again with --verbose and send us what it says.",
        detail="".join(traceback.format_exception(exc)),
    )

"""`pose-admin COMMAND`: the outside surface of `docs/admin-contract.md`, one file per command."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Sequence

from installer.cli.context import Context
from launcher import errors
from launcher.command_line import Program, carry_out, common_flags, speak_utf8, understood

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
    """The command line of these commands."""
    about = "Image, fleet and people of Pose Launcher."
    return Program("pose-admin", about, "installer.cli", _flags, nests=True).parser(names)


def _flags(parser: argparse.ArgumentParser, default: object) -> None:
    common_flags(parser, default)
    parser.add_argument("--region", metavar="R", default=default, help="instead of the site file's region")
    parser.add_argument("--profile", metavar="P", default=default, help="the admin's profile of the AWS tools")
    parser.add_argument(
        "--endpoint", metavar="URL", default=default, help="a control plane on this computer, for rehearsals"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a person never sees a traceback."""
    speak_utf8()
    given = sys.argv[1:] if argv is None else argv
    arguments = understood(build_parser([name for name in COMMANDS if name in given] or COMMANDS), given)
    context = Context(arguments)
    return carry_out(functools.partial(arguments.run, context), context, _INTERRUPTED, _of_disk, unexpected)


_INTERRUPTED = errors.Interrupted(hint="What was done so far stays; the same command goes on.")


def _of_disk(exc: OSError) -> errors.LauncherError:
    return errors.LocalDisk(exc.filename or "", detail=repr(exc))


def unexpected(exc: Exception) -> errors.LauncherError:
    """Our own bug: told in words, with its cause for `--verbose`."""
    import traceback

    return errors.LauncherError(
        title="pose-admin made a mistake",
        hint="What was done so far stays. Run it again with --verbose and send us what it says.",
        detail="".join(traceback.format_exception(exc)),
    )

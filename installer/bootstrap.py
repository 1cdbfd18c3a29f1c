"""From a clone to a running program: makes `.venv` from the hashed lock, then hands over to what was asked for.

Started by `bootstrap.sh` and `bootstrap.ps1` with any Python >= 3.11, before anything is installed: standard library
only. Everything said here goes to stderr; stdout belongs to the command that takes over.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

# Started as a file and isolated from every other path, so the project's root has to be named.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from installer.bootstrap_rules import Goal, last_command, own_environment, python_in, shows_window
from installer.environment import VENV, prepare
from installer.steps import INTERRUPTED, LOCAL_DISK, USAGE_ERROR, SetUpFailed, say

USAGE = """usage: bootstrap demo [ARGUMENTS OF pose-launcher demo]
       bootstrap test [-- ARGUMENTS OF pytest]
       bootstrap admin [ARGUMENTS OF pose-admin]
"""


def hand_over(command: Sequence[str]) -> NoReturn:
    """Become `command`, or on Windows, where nothing can, stand in for it; its exit code is ours."""
    environment = own_environment(os.environ)
    if sys.platform == "win32":
        try:
            raise SystemExit(subprocess.call(command, env=environment))
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None
    else:
        os.execve(command[0], list(command), environment)  # noqa: S606 - an argument list, and no shell


def explain(arguments: Sequence[str]) -> int:
    """Say how it is called: on stdout to who asked, on stderr to who did not."""
    asked = bool(arguments) and arguments[0] in ("-h", "--help")
    (sys.stdout if asked else sys.stderr).write(USAGE)
    return 0 if asked else USAGE_ERROR


def set_up(goal: Goal, *, window: bool) -> int:
    """Prepare the environment; every expected way to fail ends as a sentence and a code."""
    try:
        prepare(goal, window=window)
    except SetUpFailed as problem:
        say(f"set-up: {problem}\n")
        return problem.code
    except OSError as problem:
        say(f"set-up: {problem}. Make room, or use a folder that you may write; then run the same command again.\n")
        return LOCAL_DISK
    except KeyboardInterrupt:
        say("set-up: interrupted; the same command goes on.\n")
        return INTERRUPTED
    return 0


def main(arguments: Sequence[str]) -> int:
    """Set up and hand over; returns only when there is nothing to hand over to."""
    if not arguments or arguments[0] not in set(Goal):
        return explain(arguments)
    goal = Goal(arguments[0])
    if code := set_up(goal, window=shows_window(goal, arguments[1:], os.environ)):
        return code
    hand_over(last_command(goal, str(python_in(VENV)), arguments[1:]))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""The one check: format, lint, strict types, import contracts, tests.

`python -m installer.check [--] [ARGUMENTS OF pytest]`. Tests come last and nothing is said after them, so that
the runner's closing line is the last one. Without arguments all of them run, in two processes side by side.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from installer.bootstrap_rules import program_beside

ROOT = Path(__file__).resolve().parents[1]


#: For the two cores that the check is made for: most of the tests wait for a program or a server half of their time.
#: A file stays together, and in the order in which it was found: what measures for minutes begins first, and ends last.
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


def steps(python: Path) -> dict[str, Sequence[str]]:
    """Every step before the tests, the quick ones first."""
    return {
        "format": (str(python), "-m", "ruff", "format", "--check", "."),
        "lint": (str(python), "-m", "ruff", "check", "."),
        "types": (str(python), "-m", "mypy"),
        "import contracts": (str(program_beside(python, "lint-imports")),),
    }


def say(text: str) -> None:
    """A line about the check itself, beside what the tools print."""
    sys.stderr.write(f"check: {text}\n")
    sys.stderr.flush()


def run_step(name: str, command: Sequence[str]) -> int:
    """Run one step in the project's root and say how it went."""
    start = time.monotonic()
    code = subprocess.call(command, cwd=ROOT)
    say(f"{name} {'failed' if code else 'ok'}, {time.monotonic() - start:.1f} s")
    return code


def pytest_arguments(arguments: Sequence[str]) -> Sequence[str]:
    """What goes to pytest: PowerShell swallows the `--` in front of it, a Unix shell does not."""
    return (arguments[1:] if arguments[:1] == ["--"] else arguments) or SIDE_BY_SIDE


def main(arguments: Sequence[str]) -> int:
    """Run the steps in order; the first that fails ends the check with its code."""
    python = Path(sys.executable)
    for name, command in steps(python).items():
        if code := run_step(name, command):
            return code
    say("tests")
    return subprocess.call((str(python), "-m", "pytest", *pytest_arguments(arguments)), cwd=ROOT)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

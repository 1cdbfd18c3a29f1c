"""`python -m installer`: the admin's commands."""

from __future__ import annotations

import sys

#: The exit code of `errors.INTERRUPTED`, known before anything is imported.
_INTERRUPTED = 130

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` looks for modules in the working folder first, which may hold anything.
    del sys.path[0]


def main() -> int:
    """The program's entry."""
    try:
        from installer.cli.main import main as run

        return run()
    except KeyboardInterrupt:  # while it begins or ends; in between, the command has its own words
        sys.stderr.write("Interrupted. What was done so far stays; the same command goes on.\n")
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())

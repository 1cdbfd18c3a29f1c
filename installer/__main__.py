"""`python -m installer`: the admin's commands."""

from __future__ import annotations

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` looks for modules in the working folder first, which may hold anything.
    del sys.path[0]


def main() -> int:
    """The program's entry."""
    from installer.cli.main import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())

"""`python -m launcher`."""

from __future__ import annotations

import sys


def main() -> int:
    """The program's entry."""
    from launcher.cli.main import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())

"""A question to the person at the terminal."""

from __future__ import annotations

import sys


def is_yes(question: str) -> bool:
    """Whether they said yes; without a terminal nobody can."""
    if not sys.stdin.isatty():
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")

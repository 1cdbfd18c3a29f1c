"""Questions to the person at the terminal."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.cli.context import Context
    from launcher.desk.opening import Ask
    from launcher.runs.trust import Question

_THEN = {"open": "Open it?", "train": "Train on it?"}


def is_yes(question: str) -> bool:
    """Whether they said yes; without a terminal nobody can."""
    if not sys.stdin.isatty():
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def asker(context: Context) -> Ask:
    """Asks the person at the terminal whether a project may run the code that it carries."""
    return functools.partial(_is_trusted, context)


def _is_trusted(context: Context, asked: Question) -> bool:
    if context.arguments.trust:
        return True
    if context.as_json:  # whoever reads this can ask the person, and come back with --trust
        context.document({"run": None, "question": asked.to_json()})
        return False
    for line in asked.lines:
        context.say(line)
    return is_yes(_THEN.get(asked.task, "Predict with it?"))

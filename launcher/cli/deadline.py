"""Deadlines as a person gives them; they begin when this process began."""

from __future__ import annotations

import argparse
import time


def seconds(text: str) -> float:
    """A deadline that is one."""
    number = float(text)
    if not 1 <= number <= 86_400:
        raise argparse.ArgumentTypeError("a number of seconds from 1 to 86400")
    return number


def started() -> float:
    """When this process began, on the clock that counts forward: loading the program is part of the time."""
    import psutil

    age = time.time() - psutil.Process().create_time()
    return time.monotonic() - min(max(age, 0.0), 5.0)

"""What a command costs: seconds on the wall and in the CPU, its children's among them."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: A command that takes longer than this is stuck, and the bench says so.
LIMIT_S = 600.0


@dataclass(frozen=True, slots=True)
class Command:
    """A command line as a person would type it, in its own environment."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True, slots=True)
class Cost:
    """One run; a process that the command left running is not in `cpu_s`."""

    wall_s: float
    cpu_s: float
    output: str


class CommandFailed(Exception):
    """A contender did not do its work, so there is nothing to compare."""


def measure(command: Command) -> Cost:
    """Run to the end; a command that fails is an error, with its own words."""
    cpu_before, began = _children_cpu_s(), time.perf_counter()
    done = subprocess.run(
        list(command.arguments),
        env=dict(command.environment),
        cwd=command.folder,
        timeout=LIMIT_S,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    wall_s, cpu_s = time.perf_counter() - began, _children_cpu_s() - cpu_before
    if done.returncode != 0:
        told = f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}".strip()
        raise CommandFailed(f"exit {done.returncode}: {' '.join(command.arguments)}\n{told}")
    return Cost(wall_s, cpu_s, done.stdout)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

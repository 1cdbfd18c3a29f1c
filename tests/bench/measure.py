"""What a command costs: seconds on the wall and in the CPU, its children's among them, and its own memory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from mmap import MADV_HUGEPAGE, MAP_ANONYMOUS, MAP_PRIVATE, mmap
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Thread, Timer
from typing import IO

#: A command that takes longer than this is stuck, and the bench says so.
LIMIT_S = 600.0
LOOK_EVERY_S = 0.02
HUGE_PAGE = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Command:
    """A command line as a person would type it, in its own environment."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True, slots=True)
class Cost:
    """One run; a process that the command left running is not in `cpu_s`. `peak_mb` is the command's own process."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str


class CommandFailed(Exception):
    """A contender did not do its work, so there is nothing to compare."""


def touch_memory(size: int) -> None:
    """Let so much memory be there for whoever fills it next.

    A virtual machine gives free memory back to its host, and whoever is the first to need it again waits for the host,
    up to seconds a GiB. By huge pages, since what is freed in small ones does not come back in the order of its age.
    """
    with mmap(-1, size, MAP_PRIVATE | MAP_ANONYMOUS) as memory:
        memory.madvise(MADV_HUGEPAGE)
        for start in range(0, size, HUGE_PAGE):
            memory[start] = 1


def measure(command: Command) -> Cost:
    """Run to the end; a command that fails is an error, with its own words."""
    with TemporaryFile() as output, TemporaryFile() as told:
        began = time.perf_counter()
        process = subprocess.Popen(
            list(command.arguments),
            env=dict(command.environment),
            cwd=command.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=told,
        )
        too_long = Timer(LIMIT_S, process.kill)
        too_long.start()
        with _watching_memory(process.pid) as peak_mb:
            _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        too_long.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        text, words = _read(output), _read(told)
    if process.returncode != 0:
        said = f"{text[-2000:]}\n{words[-2000:]}".strip()
        raise CommandFailed(f"exit {process.returncode}: {' '.join(command.arguments)}\n{said}")
    return Cost(wall_s, used.ru_utime + used.ru_stime, peak_mb[0], text)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def peak_mb(pid: int) -> float:
    """The most memory that a process has had until now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024 / 1e6


@contextmanager
def _watching_memory(pid: int) -> Iterator[list[float]]:
    """The most memory that a process had, in one number. What `wait` tells includes ours, from before its `exec`."""
    peak, is_over = [0.0], Event()

    def watch() -> None:
        while not is_over.wait(LOOK_EVERY_S):
            with suppress(OSError, StopIteration):  # it has just ended
                peak[0] = max(peak[0], peak_mb(pid))

    looking = Thread(target=watch)
    looking.start()
    try:
        yield peak
    finally:
        is_over.set()
        looking.join()

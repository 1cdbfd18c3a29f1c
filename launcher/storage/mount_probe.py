"""Is a mount well? Asked by a child process: whoever touches a frozen mount hangs with it, and that may not be us."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

#: Asking takes milliseconds, the child's own start a little more on a busy computer.
WITHIN_S = 2.5
_REAPED_WITHIN_S = 0.2

#: Needs no answer from S3: a slow server is no frozen mount. On Linux it must be another file system than its parent's.
_QUESTION = """
import os, sys
point = sys.argv[1]
try:
    here = os.stat(point)
    if os.name == "posix":
        os.statvfs(point)
        if here.st_dev == os.stat(os.path.dirname(point)).st_dev:
            raise OSError(0, "nothing is mounted there")
except OSError as exc:
    print(exc.strerror)
"""


class Health(StrEnum):
    """How a mount answered."""

    WELL = "mounted"
    HUNG = "hung"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Probed:
    """The answer, and for a dead mount the system's words."""

    health: Health
    words: str = ""


def probe(point: Path, within_s: float = WITHIN_S) -> Probed:
    """Look, and be back in time whatever happens."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _QUESTION, str(point)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdout is not None
    with child.stdout:
        try:
            child.wait(within_s)
        except subprocess.TimeoutExpired:
            _leave(child)
            return Probed(Health.HUNG, "it does not answer")
        words = child.stdout.read(300).decode("utf-8", "replace").strip()
    return Probed(Health.DEAD, words) if words or child.returncode else Probed(Health.WELL)


def _leave(child: subprocess.Popen[bytes]) -> None:
    """It may be stuck in the kernel until the mount itself is ended; nobody waits for it."""
    child.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_REAPED_WITHIN_S)
    if child.returncode is None:
        child.returncode = -9

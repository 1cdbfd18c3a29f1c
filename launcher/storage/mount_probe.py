"""Is a mount well? Asked by a child process: whoever touches a frozen mount hangs with it, and that may not be us."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

#: Asking takes milliseconds, the child's own start a little more on a busy computer.
WITHIN_S = 2.5
_REAPED_WITHIN_S = 0.2

#: Needs no answer from S3: a slow server is no frozen mount. On Linux it must be another file system than its parent's.
_LOOK = """
import os, sys
def look(point):
    try:
        here = os.stat(point)
        if os.name == "posix":
            os.statvfs(point)
            if here.st_dev == os.stat(os.path.dirname(point)).st_dev:
                return "nothing is mounted there"
    except OSError as exc:
        return exc.strerror
    return ""
"""
_ONCE = f"{_LOOK}\nprint(look(sys.argv[1]))"
#: For as long as somebody writes numbered places to it; each on a thread of its own, so that none holds up another.
_AGAIN_AND_AGAIN = f"""{_LOOK}
import json, threading
def answer(number, point):
    sys.stdout.write(json.dumps([number, look(point)]) + "\\n")
    sys.stdout.flush()
for line in sys.stdin:
    threading.Thread(target=answer, args=json.loads(line), daemon=True).start()
os._exit(0)
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
        [sys.executable, "-I", "-S", "-c", _ONCE, str(point)],
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


class Prober:
    """Asks again and again through one child, which costs next to nothing between two questions.

    While an answer is outstanding the same question is not put again; it stands for the mount until it is answered.
    Each mount is asked about by one thread at a time.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._asked: dict[str, int] = {}
        self._answers: dict[int, str] = {}
        self._number = 0
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> Prober:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is None:
            return
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            self._child.stdin.close()
        _leave_when_over(self._child)

    def ask(self, point: Path, within_s: float = WITHIN_S) -> Probed:
        """As `probe`, back in time whatever happens."""
        with self._changed:
            number = self._asked.get(str(point))
            if number is None:
                number = self._put(str(point))
            if not self._changed.wait_for(lambda: number in self._answers, within_s):
                return Probed(Health.HUNG, "it does not answer")
            del self._asked[str(point)]
            words = self._answers.pop(number)
        return Probed(Health.DEAD, words) if words else Probed(Health.WELL)

    def _put(self, point: str) -> int:
        self._number += 1
        self._asked[point] = self._number
        child = self._running()
        assert child.stdin is not None
        child.stdin.write(json.dumps([self._number, point]) + "\n")
        child.stdin.flush()
        return self._number

    def _running(self) -> subprocess.Popen[str]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _AGAIN_AND_AGAIN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._asked = {point: number for point, number in self._asked.items() if number == self._number}
        threading.Thread(target=self._listen, args=(self._child,), name="mount answers", daemon=True).start()
        return self._child

    def _listen(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        with child.stdout:
            for line in child.stdout:
                number, words = json.loads(line)
                with self._changed:
                    self._answers[number] = words
                    self._changed.notify_all()


def _leave_when_over(child: subprocess.Popen[str]) -> None:
    """It ends when its input does, unless a frozen mount holds it; nobody waits for that."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_REAPED_WITHIN_S * 5)
    if child.returncode is None:
        child.kill()
        child.returncode = -9

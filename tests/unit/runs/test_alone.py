"""One at a time, also when the one is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.runs.alone import alone

HOLD = "import sys; from pathlib import Path; from launcher.runs.alone import alone\n"
HOLD += "with alone(Path(sys.argv[1]), print):\n    print('held', flush=True); sys.stdin.read()"


def test_a_killed_holder_does_not_hold_any_more(tmp_path: Path) -> None:
    file, told = tmp_path / "deep" / "mouse.lock", list[int]()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"

        def waiting(pid: int) -> None:
            told.append(pid)
            holder.kill()

        with alone(file, waiting):
            assert told == [holder.pid]


def test_a_child_that_was_handed_the_lock_keeps_it(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.fail("Windows hands no descriptor on; there uv's own lock is what holds")
    file, told = tmp_path / "mouse.lock", list[int]()
    with alone(file, told.append) as held:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(held,))

    def waiting(pid: int) -> None:
        told.append(pid)
        child.communicate(b"go on\n")

    with alone(file, waiting):
        assert told == [os.getpid()]
        assert child.returncode == 0

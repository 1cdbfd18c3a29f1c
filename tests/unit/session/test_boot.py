"""What stands for the time since the computer was started is the same for every process of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

TELL = "from launcher.session.boot import boot; print(boot())"
#: As after somebody has set the clock: the moment of the start, which is reckoned from it, is another one.
LATER = ("unshare", "--user", "--map-root-user", "--fork", "--time", "--boottime", "5")


def told(*before: str) -> str:
    done = subprocess.run(
        [*before, sys.executable, "-c", TELL], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process can be shown another clock")
def test_it_does_not_change_with_the_clock() -> None:
    """Else each process were a session of its own, and what the saver holds would be held by another session."""
    assert told() == told(*LATER) != ""

"""SIGKILL of a running command at a chosen moment: after some time, or just when the server has answered once more."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil

from tests.conftest import Site
from tests.faults.proxy import FaultProxy

#: How long a process that we do not kill may take to notice that its parent is gone.
ORPHAN_S = 5.0
LOOK_AGAIN_S = 0.2

#: Waits for the moment; the process may end before it comes.
Moment = Callable[[subprocess.Popen[bytes]], None]


def after(seconds: float) -> Moment:
    """So long after the start."""

    def wait(process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    return wait


def at_answer(proxy: FaultProxy, number: int) -> Moment:
    """When the server has done what the command asked for, and the command may not have heard of it."""
    wanted = len(proxy.seen) + number

    def wait(process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None and not proxy.wait_until_seen(wanted, LOOK_AGAIN_S):
            pass

    return wait


@dataclass
class Moments:
    """Draws moments over the whole length of a run: by the clock and by the number of answers in turn."""

    chance: Random
    proxy: FaultProxy
    seconds: float
    answers: int
    drawn: int = 0

    def draw(self) -> Moment:
        """The next moment; each one that came too late makes the caller draw again."""
        self.drawn += 1
        if self.drawn % 2:
            return at_answer(self.proxy, self.chance.randint(1, self.answers))
        return after(self.seconds * self.chance.uniform(0.25, 1.0))


def strike(site: Site, moment: Moment, *arguments: str | Path) -> bool:
    """Kill the command at the moment, itself alone; False when it had ended by then. Its children must end too."""
    process = site.start(*arguments)
    moment(process)
    if process.poll() is not None:
        return False
    process.send_signal(signal.SIGSTOP)  # it starts no more children while we look
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, ORPHAN_S)
    assert not alive, f"these outlived the command that started them by {ORPHAN_S} s: {alive}"
    return True

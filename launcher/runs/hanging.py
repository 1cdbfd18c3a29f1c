"""What a tool without a window waits for, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_LOOK_S = 1.0
#: Below this share of a core a program waits; above it, it computes.
_BUSY_PERCENT = 20.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What can be seen of a process from outside."""

    busy_percent: float
    on_disk: bool
    answers_awaited: Sequence[str]
    titles: Sequence[str]
    last_line: str


def diagnose(signs: Signs) -> str:
    """One sentence or two; the first sign that explains a wait wins."""
    return f"{_what_it_does(signs)}{_what_it_said(signs)}"


def _what_it_does(signs: Signs) -> str:
    if signs.titles:
        return (
            f"It shows a window named “{signs.titles[0]}”, which is not the project's; it may wait for an answer there."
        )
    if signs.busy_percent >= _BUSY_PERCENT:
        return f"It is still computing ({signs.busy_percent:.0f} % of a processor core)."
    if signs.answers_awaited:
        return f"It waits for an answer over the network, from {signs.answers_awaited[0]}."
    if signs.on_disk:
        return "It waits for the disk."
    return "It does nothing and waits; for what cannot be seen from outside."


def _what_it_said(signs: Signs) -> str:
    return f" Its last words: {signs.last_line}" if signs.last_line else " It has not printed anything."


def look(pid: int, titles: Sequence[str], log: str) -> Signs:
    """Watch the process for a second."""
    import psutil

    lines = [line.strip() for line in log.splitlines() if line.strip()]
    busy, on_disk, awaited = 0.0, False, []
    try:
        process = psutil.Process(pid)
        busy = process.cpu_percent(_LOOK_S)
        on_disk = process.status() == psutil.STATUS_DISK_SLEEP
        awaited = [f"{line.raddr.ip}:{line.raddr.port}" for line in process.net_connections("inet") if line.raddr]
    except psutil.Error:
        pass  # it has just ended, or the system does not tell; the other signs stay
    return Signs(busy, on_disk, awaited, [title for title in titles if title], lines[-1][:200] if lines else "")

"""How long until there is a window to work with (`python -m tests.bench.window_start`).

Ours, a bare PySide6 window and the real `sleap-label`, in turn, on one screen. *Painted* is the first paint done,
*usable* is the paint that shows the places as well, and *listed* is what somebody outside sees: the window in the
window manager's list, all that can be known of another's program. A bare window is usable when it is painted,
`sleap-label` at the earliest when it is listed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from launcher.runs.isolation import clean_environment
from launcher.runs.screen_x11 import X11Screen
from tests.bench.report import OURS
from tests.bench.window_lab import LIMIT_S, Lab, circumstances, open_lab
from tests.bench.workloads import DATA

_LOOK_S = 0.005


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process."""

    usable: float
    painted: float | None = None


Starter = Callable[[], Start]


def ours(lab: Lab, state: str) -> Start:
    """Our window; on a state that is there already it remembers the places of earlier starts."""
    with lab.ours(state) as child:
        painted, usable = child.seconds_to("painted", "places")
        child.close()
    lab.end_savers()
    return Start(usable, painted)


def ours_at_first(lab: Lab) -> Start:
    """Our window on a computer that has never seen it."""
    with TemporaryDirectory(dir=lab.folder) as state:
        return ours(lab, Path(state).name)


def bare(lab: Lab) -> Start:
    """One label."""
    with lab.bare() as child:
        (painted,) = child.seconds_to("painted")
        child.close()
    return Start(painted, painted)


def sleap_label(lab: Lab, program: Path) -> Start:
    """The real one, without a project, as its own command."""
    screen = X11Screen(lab.display)
    environ = clean_environment({**os.environ, **lab.environ}, str(program.parent), {})
    began = time.monotonic()
    process = subprocess.Popen(
        [str(program)], env=environ, cwd=lab.folder, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not any(window.title.startswith("SLEAP v") for window in screen.windows()):
            if time.monotonic() - began > LIMIT_S or process.poll() is not None:
                raise RuntimeError("sleap-label showed no window")
            time.sleep(_LOOK_S)
        return Start(time.monotonic() - began)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        screen.close()


def compare(starters: Mapping[str, Starter], runs: int) -> dict[str, list[Start]]:
    """Everyone once a round, after one round that does not count: what is read from disk only once."""
    done: dict[str, list[Start]] = {name: [] for name in starters}
    names = list(starters)
    for number in range(runs + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            start = starters[name]()
            if number:
                done[name].append(start)
    return done


@dataclass(frozen=True, slots=True)
class Figure:
    """Medians of one contender in seconds; the ratio is ours over its."""

    client: str
    runs: int
    usable_s: float
    painted_s: float | None = None
    usable_ratio: float | None = None
    painted_ratio: float | None = None


def figures(done: Mapping[str, Sequence[Start]]) -> list[Figure]:
    """Each contender, and our ratios to it."""
    rows = {name: (_usable(starts), _painted(starts)) for name, starts in done.items()}
    usable, painted = rows[OURS]
    assert painted is not None
    found = []
    for name, (its_usable, its_painted) in rows.items():
        peer = not name.startswith(OURS)
        found.append(
            Figure(
                name,
                len(done[name]),
                round(its_usable, 3),
                None if its_painted is None else round(its_painted, 3),
                round(usable / its_usable, 2) if peer else None,
                round(painted / (its_painted or its_usable), 2) if peer else None,
            )
        )
    return found


def _usable(starts: Sequence[Start]) -> float:
    return median(start.usable for start in starts)


def _painted(starts: Sequence[Start]) -> float | None:
    seen = [start.painted for start in starts if start.painted is not None]
    return median(seen) if seen else None


def main() -> None:
    """Print the table, then JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.window_start", description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--sleap-label", type=Path, metavar="PROGRAM", help="the real one; without it there are two")
    parser.add_argument("--data", type=Path, default=DATA)
    wanted = parser.parse_args()
    with open_lab(wanted.data) as lab:
        starters: dict[str, Starter] = {
            OURS: lambda: ours(lab, "state"),
            "launcher, first start": lambda: ours_at_first(lab),
            "bare": lambda: bare(lab),
        }
        if wanted.sleap_label:
            starters["sleap-label"] = lambda: sleap_label(lab, wanted.sleap_label)
        rows = figures(compare(starters, wanted.runs))
    sys.stdout.write(f"{circumstances()}\n")
    for row in rows:
        sys.stdout.write(json.dumps(asdict(row)) + "\n")


if __name__ == "__main__":
    main()

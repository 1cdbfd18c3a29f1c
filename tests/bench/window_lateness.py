"""Does the window stay quick while much is going on (`python -m tests.bench.window_lateness`)?

A timer of 16 ms runs in our window while a project is brought, 5,000 files are saved and a list of 10,000 rows is
scrolled; the same timer runs at the same moments in a bare window beside it, so that a busy machine makes both late.
What counts is how much later ours comes. The bare window is timed alone as well, before.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from tests.bench.window_lab import HOME, MANY, SAMPLES, Child, Lab, circumstances, open_lab
from tests.bench.window_signs import TICK_S
from tests.bench.workloads import PNG_END, PNG_START, make_project

FILES, ROWS = 5_000, 10_000
FEW = "few-Bench-2026-01-01"
_FILE_BYTES = 8_192
_ALONE_S = 5.0


@dataclass(frozen=True, slots=True)
class Lateness:
    """How much later than every 16 ms a timer came, in milliseconds."""

    ticks: int
    median_ms: float
    p99_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class Round:
    """Both windows over the same work, and the bare one alone before it."""

    seconds: float
    ours: Lateness
    bare: Lateness
    alone: Lateness


def lateness(ticks: Sequence[float], since: float, until: float) -> Lateness:
    """From the moments at which a timer came."""
    during = [at for at in ticks if since <= at <= until]
    if len(during) < 2:
        raise ValueError("no ticks were heard during the work")
    late = sorted(max(after - before - TICK_S, 0.0) * 1000 for before, after in pairwise(during))
    middle, high, worst = (round(late[int(share * (len(late) - 1))], 2) for share in (0.5, 0.99, 1.0))
    return Lateness(len(late), middle, high, worst)


def prepare(lab: Lab) -> None:
    """The long list, and the project into which much will be put."""
    many = lab.folder / "many"
    many.mkdir()
    for number in range(ROWS):
        (many / f"trial{number:05d}.csv").touch()
    lab.server.fill(MANY, "", many)
    few = lab.folder / "made" / FEW
    make_project(few, 5, 1)
    lab.add_project(few)


def one_round(lab: Lab, state: str) -> Round:
    """On a computer that knows nothing yet, so that every round saves as much."""
    staged = lab.command(state, "stage", lab.uri_of(FEW))
    _put_files_into(Path(staged["dir"]) / "labeled-data" / "new")
    with lab.bare() as bare:
        alone = _ticking(bare)
        time.sleep(_ALONE_S)
        with lab.ours(state) as ours:
            ours.until("places")
            _ticking(ours)
            ours.say(f"work s3://{MANY}/")
            began = float(ours.until("at work")["at"])
            worked = ours.until("worked")
            _check(worked)
            ended = float(worked["at"])
            of_ours, of_bare = ours.close()["ticks"], bare.close()["ticks"]
    lab.end_savers()
    _check_saved(lab)
    return Round(
        round(ended - began, 1),
        lateness(of_ours, began, ended),
        lateness(of_bare, began, ended),
        lateness(of_bare, alone, alone + _ALONE_S),
    )


def _put_files_into(folder: Path) -> None:
    folder.mkdir()
    chance = Random(1)
    for number in range(FILES):
        (folder / f"img{number:05d}.png").write_bytes(PNG_START + chance.randbytes(_FILE_BYTES) + PNG_END)


def _ticking(child: Child) -> float:
    child.say("tick")
    return float(child.until("ticking")["at"])


def _check(worked: dict[str, Any]) -> None:
    """Work that was not done takes no time."""
    done = {kind for kind, state, _ in worked["ended"] if state == "done"}
    if worked["rows"] != ROWS or done != {"stage", "save"}:
        raise RuntimeError(f"not everything was done: {worked}")


def _check_saved(lab: Lab) -> None:
    """By the button or by the saver that the window started, every file is in the home prefix; that is emptied then."""
    keys = [key for key in lab.server.keys(HOME) if "/labeled-data/new/" in key]
    if len(keys) != FILES:
        raise RuntimeError(f"{len(keys)} of {FILES} files were saved")
    lab.server.forget(HOME)


def main() -> None:
    """Print every round, then the medians."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.window_lateness", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, default=SAMPLES)
    wanted = parser.parse_args()
    rounds = []
    with open_lab(wanted.data) as lab:
        prepare(lab)
        for number in range(wanted.runs):
            rounds.append(one_round(lab, f"state{number}"))
            sys.stdout.write(json.dumps(asdict(rounds[-1])) + "\n")
            sys.stdout.flush()
    above = [(one.ours.p99_ms - one.bare.p99_ms, one.ours.worst_ms - one.bare.worst_ms) for one in rounds]
    p99, worst = (median(values) for values in zip(*above, strict=True))
    sys.stdout.write(
        f"{circumstances()}\n"
        f"above the bare window at the same moments: p99 {p99:.1f} ms, worst {worst:.1f} ms "
        f"(medians of {len(rounds)} rounds; the worst of all {max(value for _, value in above):.1f} ms)\n"
    )


if __name__ == "__main__":
    main()

"""What the window costs while nothing happens (`python -m tests.bench.window_idle`).

Our window and a bare one, both open at the same time with nobody at them. Processor time and memory of the window, of
each of its children, and every paint event with who was painted. Memory is the proportional set size: a page that
several processes share counts in parts, so that the sum is what the computer really misses.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from tests.bench.window_lab import SAMPLES, Lab, circumstances, open_lab

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """One process over the time that was watched; its processor in percent of one core."""

    who: str
    cpu_percent: float
    pss_mib: float
    rss_mib: float
    paints: Mapping[str, int] = field(default_factory=dict)


def watch(lab: Lab, settle_s: float, seconds: float) -> list[Cost]:
    """Both windows, after what a start brings with it has ended."""
    with lab.bare() as bare, lab.ours() as ours:
        bare.until("painted")
        ours.until("places")
        time.sleep(settle_s)
        window = psutil.Process(ours.process.pid)
        processes = {"bare": psutil.Process(bare.process.pid), "window": window} | _children(window)
        ours.say("paints")
        ours.until("paints")
        before = {who: _cpu_s(process) for who, process in processes.items()}
        time.sleep(seconds)
        used = {who: _cpu_s(process) - before[who] for who, process in processes.items()}
        ours.say("paints")
        paints = ours.until("paints")["by_widget"]
        costs = [_cost(who, process, 100 * used[who] / seconds, paints) for who, process in processes.items()]
        ours.close()
        bare.close()
    return costs


def _children(window: psutil.Process) -> dict[str, psutil.Process]:
    """By what they are: the last module or file that their command names."""
    return {f"child {child.pid}: {_name(child)}": child for child in window.children(recursive=True)}


def _name(process: psutil.Process) -> str:
    words = [word for word in process.cmdline() if "launcher" in word or word in ("watch", "save", "stage")]
    return " ".join(word[-60:] for word in words[:3]) or process.name()


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _cost(who: str, process: psutil.Process, cpu: float, paints: Mapping[str, int]) -> Cost:
    memory = process.memory_full_info()
    seen = paints if who == "window" else {}
    return Cost(who, round(cpu, 2), round(memory.pss / MIB, 1), round(memory.rss / MIB, 1), seen)


def main() -> None:
    """One JSON line a process."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.window_idle", description=__doc__)
    parser.add_argument("--settle", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--data", type=Path, default=SAMPLES)
    wanted = parser.parse_args()
    with open_lab(wanted.data) as lab:
        costs = watch(lab, wanted.settle, wanted.seconds)
    sys.stdout.write(f"{circumstances()}; {wanted.seconds:.0f} s without anybody\n")
    for cost in costs:
        sys.stdout.write(json.dumps(asdict(cost)) + "\n")


if __name__ == "__main__":
    main()

"""Our program against s5cmd, rclone and aws on the same server: alternating runs, medians, ratios.

Prints a table, then the same figures as JSON lines. The ratio of a row is ours over that client's.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from tests.bench.arena import Arena, Contender, WrongResult, open_arena
from tests.bench.measure import CommandFailed
from tests.bench.report import OURS, Figure, Run, figures, json_lines, table
from tests.bench.workloads import DATA

LATENCY_MS = 30.0
GIB = 1024**3
WORKLOADS: Mapping[str, Callable[[Arena], Mapping[str, Contender]]] = {
    "start-up": Arena.start_up,
    "stage open-field": lambda arena: arena.stage(arena.open_field),
    "stage 5,000": lambda arena: arena.stage(arena.thousands),
    "save open-field": Arena.save_open_field,
    "save 5,000": Arena.save_thousands,
    "recognise 200": Arena.recognition,
}
#: Run only when named: they take minutes, and gigabytes of memory and disk.
LONG_WORKLOADS: Mapping[str, Callable[[Arena], Mapping[str, Contender]]] = {
    "2 GiB down": lambda arena: arena.large_down(2 * GIB),
    "2 GiB up": lambda arena: arena.large_up(2 * GIB),
    "unchanged 20,000": lambda arena: arena.nothing_changed(20_000),
    "unchanged 200,000": lambda arena: arena.nothing_changed(200_000),
    "1 % of 20,000": lambda arena: arena.one_percent_changed(20_000),
    "1 % of 200,000": lambda arena: arena.one_percent_changed(200_000),
}
ALL = {**WORKLOADS, **LONG_WORKLOADS}


def runs_from_environment() -> int:
    """How many runs count, from `BENCH_RUNS`."""
    return int(os.environ.get("BENCH_RUNS", "3"))


def compare(
    arena: Arena, workload: str, runs: int, *, warm_up: bool = False, clients: Sequence[str] = ()
) -> list[Figure]:
    """One workload with every contender, or those named."""
    contenders = {name: contender for name, contender in ALL[workload](arena).items() if not clients or name in clients}
    if warm_up:
        alternate(contenders, 1)
    return figures(workload, alternate(contenders, runs)) if contenders else []


def alternate(contenders: Mapping[str, Contender], runs: int) -> Mapping[str, Sequence[Run]]:
    """Everyone once a round, another one first each time, so that a noisy minute hits all alike."""
    done: dict[str, list[Run]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(runs):
        first = number % len(names) if names else 0
        for name in names[first:] + names[:first]:
            done[name].append(contenders[name]())
    return done


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.compare", description=__doc__)
    parser.add_argument("--runs", type=int, default=runs_from_environment(), help="default: BENCH_RUNS, else 3")
    parser.add_argument("--warm-up", action="store_true", help="one more run of each before, which does not count")
    parser.add_argument("--latency-ms", type=float, default=LATENCY_MS, help="added to every request (default: 30)")
    parser.add_argument("--tls", action="store_true", help="everything over TLS")
    parser.add_argument("--no-md5", action="store_true", help="ETags as of objects that went up in parts")
    parser.add_argument("--versions", action="store_true", help="the home bucket keeps versions, as the product's does")
    parser.add_argument(
        "--only",
        action="append",
        choices=ALL,
        metavar="WORKLOAD",
        help=f"may be repeated; one of: {'; '.join(ALL)}".replace("%", "%%"),
    )
    parser.add_argument("--client", action="append", choices=[OURS, "s5cmd", "rclone", "aws"], help="may be repeated")
    parser.add_argument("--data", type=Path, default=DATA, help="where the sample projects are")
    chosen = parser.parse_args()
    found, failed = _run_all(chosen)
    _print(table(found))
    _print(json_lines(found))
    sys.exit(1 if failed else 0)


def _run_all(chosen: argparse.Namespace) -> tuple[list[Figure], int]:
    """The figures, and how many workloads failed: one that cannot be run must not cost the others theirs."""
    found: list[Figure] = []
    failed = 0
    with open_arena(
        chosen.latency_ms, chosen.data, tls=chosen.tls, keeps_versions=chosen.versions, no_md5=chosen.no_md5
    ) as arena:
        for workload in chosen.only or WORKLOADS:
            sys.stderr.write(f"{workload} …\n")
            try:
                found += compare(arena, workload, chosen.runs, warm_up=chosen.warm_up, clients=chosen.client or ())
            except (CommandFailed, WrongResult) as failure:
                failed += 1
                sys.stderr.write(f"{workload}: {failure}\n")
    return found, failed


if __name__ == "__main__":
    main()

"""Figures as a person and as a program read them: a small table of ratios, and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

OURS = "launcher"
COLUMNS = "{:<26} {:<9} {:>8} {:>8} {:>9} {:>9} {:>8} {:>11} {:>10}"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one contender; bytes are those that the server sent and received as bodies, `peak_mb` is memory."""

    wall_s: float
    cpu_s: float
    requests: int
    bytes_sent: int
    bytes_received: int
    peak_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One contender's medians on one workload; the ratios are ours over its, so below one we are better."""

    workload: str
    client: str
    runs: int
    wall_s: float
    cpu_s: float
    requests: int
    bytes_sent: int
    bytes_received: int
    peak_mb: float = 0.0
    wall_ratio: float | None = None
    cpu_ratio: float | None = None


def figures(workload: str, runs: Mapping[str, Sequence[Run]]) -> list[Figure]:
    """The medians of every contender, and our ratio to each peer."""
    ours = _medians(runs[OURS]) if OURS in runs else None
    return [_figure(workload, client, of_client, ours) for client, of_client in runs.items()]


def _figure(workload: str, client: str, runs: Sequence[Run], ours: Run | None) -> Figure:
    its = _medians(runs)
    if ours is None or client == OURS:
        return Figure(workload, client, len(runs), **asdict(its))
    return Figure(
        workload,
        client,
        len(runs),
        **asdict(its),
        wall_ratio=round(ours.wall_s / its.wall_s, 3),
        cpu_ratio=round(ours.cpu_s / its.cpu_s, 3),
    )


def _medians(runs: Sequence[Run]) -> Run:
    return Run(
        round(median(run.wall_s for run in runs), 3),
        round(median(run.cpu_s for run in runs), 3),
        round(median(run.requests for run in runs)),
        round(median(run.bytes_sent for run in runs)),
        round(median(run.bytes_received for run in runs)),
        round(median(run.peak_mb for run in runs), 1),
    )


def table(rows: Iterable[Figure]) -> Iterator[str]:
    """The table's lines."""
    yield COLUMNS.format(
        "workload", "client", "wall s", "CPU s", "requests", "MB", "peak MB", "wall ratio", "CPU ratio"
    )
    for row in rows:
        megabytes = (row.bytes_sent + row.bytes_received) / 1e6
        yield COLUMNS.format(
            row.workload,
            row.client,
            f"{row.wall_s:.2f}",
            f"{row.cpu_s:.2f}",
            row.requests,
            f"{megabytes:.2f}",
            f"{row.peak_mb:.0f}",
            _ratio(row.wall_ratio),
            _ratio(row.cpu_ratio),
        )


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def json_lines(rows: Iterable[Figure]) -> Iterator[str]:
    """One JSON object a line."""
    return (json.dumps(asdict(row)) for row in rows)

"""The figures of stage, save and recognition as ratios; what fails here is wrong work, never a slow clock."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.bench.arena import Arena, open_arena
from tests.bench.compare import LATENCY_MS, WORKLOADS, compare, runs_from_environment
from tests.bench.report import json_lines, table
from tests.bench.workloads import DATA

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    with open_arena(LATENCY_MS, DATA) as opened:
        yield opened


@pytest.mark.parametrize("workload", WORKLOADS)
def test_figures(arena: Arena, workload: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = compare(arena, workload, runs_from_environment())
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join([*table(found), *json_lines(found)]) + "\n")
    assert {figure.client for figure in found} >= {"launcher"}

"""Whose program is on the GPU: names and ancestors of real processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from launcher.gpu.owners import Processes, ToolNow, tool_of

#: Starts a worker, tells its number, and lives until its input ends; the worker lives on.
STARTER = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid, flush=True)
sys.stdin.read()
"""

Family = tuple[subprocess.Popen[str], int]


@pytest.fixture
def family() -> Iterator[Family]:
    """A tool and its worker."""
    tool = subprocess.Popen([sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with tool:
        assert tool.stdout is not None
        worker = psutil.Process(int(tool.stdout.readline()))
        yield tool, worker.pid
        worker.kill()


def test_a_worker_belongs_to_the_tool_that_started_it(family: Family) -> None:
    tool, worker = family
    known = Processes().look([worker])
    assert tool_of(known[worker].line, [ToolNow("sleap", "SLEAP", frozenset({tool.pid}))]) == "sleap"
    assert "python" in (known[worker].name or "").lower()


def test_it_stays_its_tools_when_the_tool_itself_has_ended(family: Family) -> None:
    tool, worker = family
    processes = Processes()
    processes.look([worker])
    assert tool.stdin is not None
    tool.stdin.close()
    tool.wait(10)
    line = processes.look([worker])[worker].line
    assert tool_of(line, [ToolNow("sleap", "SLEAP", frozenset({tool.pid}))]) == "sleap"


def test_a_program_that_left_the_gpu_is_forgotten(family: Family) -> None:
    _, worker = family
    processes = Processes()
    processes.look([worker])
    assert processes.look([]) == {}


def test_a_program_outside_our_container_has_no_name_and_no_tool() -> None:
    known = Processes().look([9004242])
    assert known[9004242].name is None
    assert tool_of(known[9004242].line, [ToolNow("sleap", "SLEAP", frozenset({1}))]) is None


def test_the_nearest_tool_is_the_owner() -> None:
    inner, outer = ToolNow("a", "A", frozenset({20})), ToolNow("b", "B", frozenset({10}))
    assert tool_of((30, 20, 10, 1), [outer, inner]) == "a"

"""Ten minutes without anybody pass beside all other tests: the first test begins them, the last one judges them.

Where tests run side by side, the two may be in different processes: a file in the run's own folder is what they share.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

#: Settling, ten minutes, and a start and an end on a busy computer.
_LASTS_AT_MOST_S, _ENDS_WITHIN_S = 840.0, 60.0
_LOOKS_EVERY_S = 0.2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever begins goes first, whoever judges goes last."""
    order = {"begins": -1, "judges": 1}
    items.sort(key=lambda item: sum(order[mark.name] for mark in item.iter_markers() if mark.name in order))


@dataclass(frozen=True)
class IdlePair:
    """What the measurement has said so far."""

    file: Path

    def told(self, what: str) -> dict[str, Any]:
        """Its word of that kind, waited for."""
        until = time.monotonic() + _LASTS_AT_MOST_S
        while time.monotonic() < until:
            whole, _, _ = (self.file.read_text() if self.file.exists() else "").rpartition("\n")
            for told in map(json.loads, whole.splitlines()):
                if told["what"] == what:
                    return dict(told)
                assert told["what"] != "ended", "it ended early; its own words are above"
            time.sleep(_LOOKS_EVERY_S)
        raise AssertionError("it never ended")


@pytest.fixture(scope="session")
def idle_pair(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> IdlePair:
    """Window and saver on a screen and a server of their own, left alone for ten minutes."""
    own = tmp_path_factory.getbasetemp()
    return IdlePair((own if worker_id == "master" else own.parent) / "idle.jsonl")


@pytest.fixture(scope="session")
def begun(idle_pair: IdlePair, request: pytest.FixtureRequest) -> Iterator[IdlePair]:
    """The measurement, a process of its own; it ends when we do, but not before whoever judges has heard all of it."""
    with idle_pair.file.open("w") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.idle.pair"], cwd=ROOT, stdin=subprocess.PIPE, stdout=told
        )
    try:
        yield idle_pair
        if any(item.get_closest_marker("judges") for item in request.session.items):
            process.wait(_LASTS_AT_MOST_S)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(_ENDS_WITHIN_S)

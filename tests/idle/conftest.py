"""Ten minutes without anybody pass beside all other tests: the first test begins them, the last one judges them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import ROOT

_ENDS_WITHIN_S = 60.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever begins goes first, whoever judges goes last."""
    order = {"begins": -1, "judges": 1}
    items.sort(key=lambda item: sum(order[mark.name] for mark in item.iter_markers() if mark.name in order))


@dataclass
class IdlePair:
    """The measurement, a process of its own that ends when we do."""

    process: subprocess.Popen[str]

    def told(self, what: str) -> dict[str, Any]:
        """Its word of that kind, waited for."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if (told := json.loads(line))["what"] == what:
                return dict(told)
        raise AssertionError("it ended early; its own words are above")


@pytest.fixture(scope="session")
def idle_pair() -> Iterator[IdlePair]:
    """Window and saver on a screen and a server of their own, left alone for ten minutes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.idle.pair"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield IdlePair(process)
    finally:
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()
        process.wait(_ENDS_WITHIN_S)

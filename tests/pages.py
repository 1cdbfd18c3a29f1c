"""Pages whose tables say what shows each of their rows: the rows, and whether the tests that they name are there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import ROOT

_TEST = re.compile(r"`(tests/[\w/]+\.py::[\w\[\] ,.-]+)`")


def rows(page: Path) -> list[list[str]]:
    """The cells of every row of its tables, without their heads."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for at, line in enumerate(lines)
        if line.startswith("| ") and lines[at + 1 : at + 2] != ["|" + "---|" * (line.count(" | ") + 1)]
    ]


def named_tests(page: Path) -> list[str]:
    """Every test in backquotes, with its case where one is named."""
    return _TEST.findall(page.read_text(encoding="utf-8"))


def is_there(name: str) -> bool:
    """Is there a function of that name in that file, and the case among its parameters?"""
    file, _, test = name.partition("::")
    function, _, case = test.partition("[")
    text = (ROOT / file).read_text(encoding="utf-8")
    return f"def {function}(" in text and (not case or f'"{case.rstrip("]")}"' in text)

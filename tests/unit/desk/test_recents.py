"""What was opened last, out of a file that anybody with access to the home may have written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from launcher.desk.recents import KEPT, rows_of, with_newest


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    uri = f"s3://lab/p{number}/"
    return {"uri": uri, "id": f"p{number}", "name": "p", "tool": "sleap", "opened": "2026-01-05T10:00:00Z"} | changes


def test_each_project_once_at_its_latest_opening() -> None:
    rows = [row(1), row(2), row(3)]
    assert [one["uri"] for one in with_newest(rows, row(2, opened="later"))] == [row(n)["uri"] for n in (2, 1, 3)]
    assert len(with_newest([row(n) for n in range(50)], row(99))) == KEPT


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff", b'{"projects": 1}', b'{"projects": [1, null, {"uri": 1}]}', b"null"],
)
def test_what_makes_no_sense_is_nothing(data: bytes) -> None:
    assert rows_of(data) == []


def test_what_makes_sense_comes_back_and_nothing_else() -> None:
    assert rows_of(json.dumps({"projects": [row(1, more="x"), {"uri": "u"}]}).encode()) == [row(1)]

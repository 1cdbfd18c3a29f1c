"""What `status` says of each file: in order, as often as it is asked for, and small as long as nobody asks."""

from __future__ import annotations

import argparse
import json
import tracemalloc
from collections.abc import Callable

import pytest

from launcher.command_line import Speaker
from launcher.saving.file_rows import FileRows
from launcher.saving.plan import FileState


def some_rows() -> FileRows:
    rows = FileRows()
    rows.add("a.png", FileState.SAVED, 5)
    rows.add("c.csv", FileState.NEW, 3 * 2**40)
    rows.add("d.h5", FileState.FAILED, 1, ("It does not open. Save it again.", "Save it again."))
    rows.leave_out({"e.link": "it is a link, not a file", "b.link": "it is a link, not a file"})
    return rows


def test_the_rows_come_in_the_order_of_their_paths_as_often_as_they_are_asked_for() -> None:
    rows = some_rows()
    assert [row["path"] for row in rows] == ["a.png", "b.link", "c.csv", "d.h5", "e.link"]
    assert list(rows) == list(rows) and len(rows) == 5
    saved, link, new, failed, _ = rows
    assert saved == {"path": "a.png", "state": "saved", "bytes": 5, "cause": "", "next": ""}
    assert (link["state"], link["cause"]) == ("cannot be saved", "it is a link, not a file") and link["next"]
    assert (new["bytes"], new["cause"]) == (3 * 2**40, "not saved yet")
    assert (failed["cause"], failed["next"]) == ("It does not open. Save it again.", "Save it again.")


@pytest.mark.parametrize("rows", [some_rows(), FileRows()], ids=["some", "none"])
def test_they_are_written_as_if_they_were_a_list(rows: FileRows, capsys: pytest.CaptureFixture[str]) -> None:
    speaker = Speaker(argparse.Namespace(json=True, quiet=False))
    data = {"projects": [{"dir": '/é"', "items": rows}, {"dir": "/b", "items": rows}], "saver": None}
    speaker.document(data)
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "projects": [{"dir": '/é"', "items": list(rows)}, {"dir": "/b", "items": list(rows)}],
        "saver": None,
    }


def test_of_thousands_of_files_a_fraction_is_kept() -> None:
    def filled() -> FileRows:
        rows = FileRows()
        for number in range(10_000):
            rows.add(f"labeled-data/mouse/img{number:06}.png", FileState.SAVED, number)
        return rows

    assert _bytes_of(filled) < _bytes_of(lambda: list(filled())) / 3


def _bytes_of(made: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        kept = made()
        return tracemalloc.get_traced_memory()[0] if kept else 0
    finally:
        tracemalloc.stop()

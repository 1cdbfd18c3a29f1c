"""What goes first at the end of a session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from launcher.journal import ProjectRecord, Stat
from launcher.saving.leaving import Unsaved, in_order, next_batch, speed_of, times_of

FLY = ProjectRecord("fly", "s3://b/fly/", "fly", "sleap", "fly.slp", Path("fly"), "s3://h/projects/fly/")
MOUSE = replace(FLY, id="mouse")
MB = 1_000_000


def unsaved(path: str, size: int, rank: int, record: ProjectRecord = FLY) -> Unsaved:
    return Unsaved(record, path, Stat(size, 1, 1, 1), path.endswith(".slp"), rank)


def paths(batch: list[Unsaved]) -> list[str]:
    return [one.path for one in batch]


@pytest.mark.parametrize(
    ("deadline", "send_until", "end"), [(60, 51, 55), (55, 46, 50), (20, 11, 15), (9, 3, 4.5), (1, 1 / 3, 0.5)]
)
def test_the_end_is_five_seconds_before_the_deadline(deadline: float, send_until: float, end: float) -> None:
    times = times_of(100, deadline)
    assert times.send_until == pytest.approx(100 + send_until)
    assert times.end == pytest.approx(100 + end)


def test_label_files_of_every_project_go_before_anything_else() -> None:
    left = [unsaved("a.csv", 10, 0), unsaved("b.slp", 10, 1), unsaved("c.slp", 10, 2, MOUSE), unsaved("d.slp", 10, 3)]
    first = next_batch(left, 1.0 * MB, 50)
    assert paths(first) == ["b.slp", "d.slp"]
    second = next_batch([one for one in left if one not in first], 1.0 * MB, 50)
    assert paths(second) == ["c.slp"]


def test_then_by_importance_what_fits_and_the_rest_smallest_first() -> None:
    left = [unsaved("huge.pt", 900 * MB, 0), unsaved("b.csv", 10 * MB, 1), unsaved("large.pt", 600 * MB, 2)]
    order = []
    while left:
        batch = next_batch(left, 10.0 * MB, 20)
        order += paths(batch)
        left = [one for one in left if one not in batch]
    assert order == ["b.csv", "large.pt", "huge.pt"]


def test_a_batch_takes_a_quarter_of_the_time_and_is_never_tiny() -> None:
    left = [unsaved(f"{number}.csv", 3 * MB, number) for number in range(9)]
    assert len(next_batch(left, 1.0 * MB, 50)) == 4
    assert len(next_batch(left, 0.1 * MB, 50)) == 2
    assert len(next_batch(left, 1_000.0 * MB, 50)) == 9


def test_a_few_small_files_do_not_tell_how_fast_the_way_is() -> None:
    assert speed_of(3_000, 2.0) == speed_of(0, 0.0) > MB
    assert speed_of(40 * MB, 2.0) == 20 * MB


def test_what_failed_waits_for_the_others_and_is_not_tried_for_ever() -> None:
    failed, fresh = replace(unsaved("a.slp", 10, 0), tries=1), unsaved("b.csv", 10, 1)
    assert paths(next_batch(in_order([failed, fresh]), 1e9, 50)) == ["b.csv", "a.slp"]
    assert next_batch([replace(failed, tries=3)], 1e9, 50) == []


def test_nothing_left_is_no_batch() -> None:
    assert next_batch([], 1.0 * MB, 50) == []

"""The split that all tools share."""

from __future__ import annotations

import json

import pytest
from hypothesis import given as every
from hypothesis import strategies as st

from launcher.compare import split
from launcher.errors import BadUsage, LauncherError

NAMES = [f"img{at:03}.png" for at in range(116)]


def test_four_fifths_of_the_frames_of_one_video_and_the_same_every_time() -> None:
    one = split.single(NAMES, ["m1"] * 116, 42)
    fold = one.folds[0]
    assert (len(fold.train) + len(fold.validation), len(fold.test)) == (93, 23)
    assert one == split.single(NAMES, ["m1"] * 116, 42) != split.single(NAMES, ["m1"] * 116, 43)
    assert not one.grouped


@every(st.lists(st.integers(1, 30), min_size=2, max_size=9), st.integers(0, 99))
def test_a_video_is_never_on_both_sides(sizes: list[int], seed: int) -> None:
    groups = [f"video{number}" for number, size in enumerate(sizes) for _ in range(size)]
    one = split.single([str(at) for at in range(len(groups))], groups, seed)
    fold = one.folds[0]
    test, rest = ({groups[at] for at in side} for side in (fold.test, (*fold.train, *fold.validation)))
    assert one.grouped and test and rest and not test & rest
    assert sorted([*fold.train, *fold.validation, *fold.test]) == list(range(len(groups)))


@every(st.integers(2, 8), st.integers(8, 60), st.integers(0, 9))
def test_every_frame_is_tested_once(folds: int, count: int, seed: int) -> None:
    one = split.folded([str(at) for at in range(count)], ["m1"] * count, seed, folds)
    assert sorted(at for fold in one.folds for at in fold.test) == list(range(count))
    assert max(len(fold.test) for fold in one.folds) - min(len(fold.test) for fold in one.folds) <= 1


def test_what_was_written_is_read_again() -> None:
    one = split.folded(NAMES, ["m1"] * 116, 1, 5)
    assert split.parse(json.dumps(one.to_json()), "split.json") == one


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "null", '{"names": ["a"], "train": [0]}', '{"names": ["a", "b"], "train": [0], "test": [0]}',
        '{"names": ["a"], "train": [], "test": [3]}', '{"names": 3, "test": [0]}', '{"names": ["a"], "folds": [1]}',
        "[" * 10_000,
    ],
)  # fmt: skip
def test_a_split_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(LauncherError, match="split"):
        split.parse(text, "split.json")


def test_frames_that_are_not_there_cannot_be_given() -> None:
    with pytest.raises(BadUsage, match="do not exist: 116, 200"):
        split.given(NAMES, [3, 116, 200])
    with pytest.raises(BadUsage):
        split.folded(NAMES, ["a"] * 58 + ["b"] * 58, 1, 3)

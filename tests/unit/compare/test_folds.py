"""Folds: every frame is judged by the model that had not seen it, and folds that differ make no winner of noise."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from launcher.cli.main import main
from launcher.compare.fold_test import paired_over_folds, quantile_t, two_sided_t
from launcher.compare.intervals import SEED, is_decided, weights_in_folds
from tests.unit.compare.planted import moved, square, table

PARTS = ("snout", "leftear", "rightear", "tail")
NAMES = [f"labeled-data/m1/img{at:04}.png" for at in range(20)]
#: Two folds, each half of the frames.
HALVES = (range(10), range(10, 20))
FOLDS = [{"train": [at for at in range(20) if at not in half], "test": list(half)} for half in HALVES]
SPLIT = {"names": NAMES, "folds": FOLDS}
SPEC = """
title = "planted"
[labels]
file = "labels.csv"
[frames]
split = "split.json"
folds = 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    table(tmp_path / "labels.csv", square(20), PARTS)
    (tmp_path / "split.json").write_text(json.dumps(SPLIT))
    # The model of each fold is 1 px or 3 px off where it had not seen the frame, and exact where it had.
    for fold, half in enumerate(HALVES):
        points = square(20)
        points[half] = moved(points[half], 1.0 + 2.0 * fold, 0.0)
        table(tmp_path / f"fold{fold}.csv", points, PARTS)
        learned = FOLDS[fold]["train"]
        table(tmp_path / f"seen{fold}.csv", square(20)[learned], PARTS, [NAMES[at] for at in learned])
    return tmp_path


def compared(folder: Path, models: str, spec: str = SPEC) -> tuple[int, Mapping[str, Any]]:
    (folder / "spec.toml").write_text(spec + models)
    out = folder / "out"
    code = main(["--state-dir", str(folder / "state"), "compare", str(folder / "spec.toml"), "-o", str(out)])
    return code, json.loads((out / "numbers.json").read_text())["comparison"] if not code else {}


def model(name: str, files: list[str], more: str = "unseen = true") -> str:
    return f"[[model]]\nname = {json.dumps(name)}\npredictions = {json.dumps(files)}\n{more}\n"


def test_every_frame_is_judged_by_the_model_that_had_not_seen_it(folder: Path) -> None:
    code, found = compared(folder, model("U-Net", ["fold0.csv", "fold1.csv"], 'seen = ["seen0.csv", "seen1.csv"]'))
    assert code == 0
    (told,) = found["models"]
    (row,) = told["rows"]
    assert (row["frame_count"], row["why_not"], told["trainings"]) == (20, "", 1)
    assert row["numbers"]["mean_px"]["value"] == 2.0  # not 1.0, which the frames that they saw would make of it
    assert (row["numbers"]["mean_px"]["low"], row["numbers"]["mean_px"]["high"]) == (1.0, 3.0)
    assert [(one["frames"], one["mean_px"]) for one in told["folds"]] == [(10, 1.0), (10, 3.0)]
    page = (folder / "out" / "comparison.html").read_text(encoding="utf-8")
    assert "Fold by fold" in page and "Nadeau and Bengio" in page
    assert "fold 2,yes,mean_px,3.0" in (folder / "out" / "models.csv").read_text()
    assert len(json.loads((folder / "out" / "split.json").read_text())["folds"]) == 2


def test_a_model_that_saw_its_own_fold_is_not_ranked(folder: Path) -> None:
    code, found = compared(folder, model("cheat", ["fold0.csv", "fold1.csv"], 'seen = ["seen1.csv", "seen0.csv"]'))
    assert code == 0
    assert found["models"][0]["rows"][0]["why_not"] == "it learned from 20 of these 20 frames"


def test_one_file_is_judged_on_the_frames_of_all_folds(folder: Path) -> None:
    table(folder / "elsewhere.csv", moved(square(20), 0.0, 2.0), PARTS)
    both = model("one file", ["elsewhere.csv"]) + model("U-Net", ["fold0.csv", "fold1.csv"])
    code, found = compared(folder, both)
    assert code == 0
    assert found["models"][0]["rows"][0]["numbers"]["mean_px"]["value"] == 2.0
    # Two folds, two values: nobody wins on them, whatever they say.
    assert found["pairs"][0]["winner"] == "" and found["pairs"][0]["error"]["value"] == 0.0


@pytest.mark.parametrize(
    ("old", "new", "files", "words"),
    [
        ("", "", ["fold0.csv", "fold1.csv", "fold0.csv"], "needs 2 files, one for each fold, or one for all"),
        ("folds = 2", "folds = 3", ["fold0.csv"] * 3, "The split has 2 folds"),
        ("folds = 2", "folds = 1", ["fold0.csv"], "folds is 2 or more"),
        ('split = "split.json"', "test = [1]", ["fold0.csv"], "excludes test and fold"),
    ],
)
def test_what_does_not_go_together_is_refused(
    old: str, new: str, files: list[str], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = compared(folder, model("a", files), SPEC.replace(old, new) if old else SPEC)
    assert code == 2 and words in capsys.readouterr().err


def test_a_frame_that_judges_twice_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = {"names": NAMES, "folds": [{"train": [1], "test": [0]}, {"train": [2], "test": [0]}]}
    (folder / "split.json").write_text(json.dumps(twice))
    code, _ = compared(folder, model("a", ["fold0.csv", "fold1.csv"]))
    assert code == 4 and "test frame of two folds" in capsys.readouterr().err


def test_drawn_folds_hold_every_frame_once(folder: Path) -> None:
    files = ["fold0.csv"] * 4
    code, found = compared(
        folder, model("a", files), SPEC.replace('split = "split.json"\nfolds = 2', "seed = 3\nfolds = 4")
    )
    assert code == 0
    tests = [at for fold in found["split"]["folds"] for at in fold["test"]]
    assert sorted(tests) == list(range(20)) and found["models"][0]["rows"][0]["frame_count"] == 20


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (30, 2.042)])
def test_students_t_is_that_of_the_tables(freedom: int, t: float) -> None:
    assert quantile_t(0.95, freedom) == pytest.approx(t, abs=5e-4)
    assert two_sided_t(t, freedom) == pytest.approx(0.05, abs=1e-4) and two_sided_t(0.0, freedom) == 1.0


@pytest.mark.parametrize("of_folds", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("folds", [5, 10])
def test_equal_models_hardly_ever_have_a_winner(folds: int, of_folds: float) -> None:
    """1,000 pairs of equal models whose trainings differ from fold to fold, by nothing up to three times a frame's."""
    rng, fold_of = np.random.default_rng(SEED), np.repeat(np.arange(folds), 100 // folds)
    winners = 0
    for _ in range(1000):
        one, other = (5 + rng.normal(0, 1, 100) + of_folds * rng.normal(0, 1, folds)[fold_of] for _ in range(2))
        found = paired_over_folds(one[None], other[None], fold_of)
        winners += is_decided(found, found.p)
    assert winners <= 50


def test_a_difference_that_every_fold_shows_has_a_winner() -> None:
    rng, fold_of = np.random.default_rng(SEED), np.repeat(np.arange(5), 20)
    one = 5 + rng.normal(0, 0.2, 100)
    found = paired_over_folds(one[None], one[None] + 3 + rng.normal(0, 0.2, (1, 100)), fold_of)
    assert is_decided(found, found.p) and found.low < -3 < found.high


def test_a_fold_without_anything_to_compare_says_nothing() -> None:
    nothing = np.full((1, 10), math.nan)
    found = paired_over_folds(nothing, nothing, np.repeat([0, 1], 5))
    assert math.isnan(found.value) and found.p == 1.0


def test_folds_are_drawn_whole() -> None:
    fold_of = np.repeat(np.arange(4), 5)
    drawn = weights_in_folds(fold_of, SEED, 200)
    each = drawn.reshape(200, 4, 5).sum(axis=2)
    assert (each % 5 == 0).all() and (drawn.sum(axis=1) == 20).all() and (each == 0).any()

"""Planted truth: offsets, misses and surplus points give exactly the numbers that are computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from launcher.compare import metrics
from tests.unit.compare.planted import Floats, moved, square


def animals(points: Floats) -> Floats:
    return points[:, None]


def test_a_known_offset_is_the_error_of_every_point() -> None:
    truth = animals(square(3))
    one = metrics.scored(truth, moved(truth, 3.0, 4.0))
    assert metrics.mean(one) == metrics.median(one) == metrics.rmse(one) == metrics.p95(one) == 5.0
    assert metrics.coverage(one) == 1.0
    assert metrics.pck(one, 5.0) == 1.0 and metrics.pck(one, 4.999) == 0.0
    assert metrics.pck_relative(one, 0.05) == 1.0 and metrics.pck_relative(one, 0.049) == 0.0


def test_mean_and_root_mean_square_are_different_numbers() -> None:
    truth = animals(square(1))
    shifted = truth.copy()
    shifted[0, 0, :, 0] += [0.0, 0.0, 0.0, 8.0]
    one = metrics.scored(truth, shifted)
    assert metrics.mean(one) == 2.0 and metrics.rmse(one) == 4.0 and metrics.median(one) == 0.0
    assert metrics.p95(one) == pytest.approx(0.85 * 8.0)


def test_misses_flatter_the_mean_and_are_told() -> None:
    truth = animals(square(2))
    there = moved(truth, 1.0, 0.0)
    there[0, 0, 3] = np.nan
    there[1, 0, :2] = np.nan
    one = metrics.scored(truth, there)
    assert metrics.mean(one) == 1.0
    assert metrics.coverage(one) == 5 / 8
    assert metrics.pck(one, 2.0) == 5 / 8
    # Three misses count as 100 px each, the longer side of the box.
    assert metrics.mean_with_misses(one) == (5 * 1.0 + 3 * 100.0) / 8
    assert metrics.median_with_misses(one) == 1.0
    there[1, 0] = np.nan
    assert metrics.median_with_misses(metrics.scored(truth, there)) == math.inf


def test_unlabelled_points_are_neither_found_nor_missed() -> None:
    truth = animals(square(1))
    predicted = moved(truth, 0.0, 2.0)
    truth[0, 0, 1] = np.nan
    one = metrics.scored(truth, predicted)
    assert one.labelled.sum() == one.found.sum() == 3
    assert metrics.mean(one) == 2.0 and one.surplus.tolist() == [1]


def test_nothing_labelled_gives_no_number_and_no_warning() -> None:
    truth = np.full((2, 1, 4, 2), np.nan)
    one = metrics.scored(truth, truth)
    told = [metrics.mean(one), metrics.rmse(one), metrics.coverage(one), metrics.mean_with_misses(one)]
    assert all(map(math.isnan, told))


def test_an_animal_of_one_point_takes_the_usual_size() -> None:
    truth = animals(square(3, side=40.0))
    truth[0, 0, 1:] = np.nan
    assert metrics.body_sizes(truth).ravel().tolist() == [40.0, 40.0, 40.0]


def test_what_is_left_out_on_a_clip() -> None:
    predicted = np.full((8, 1, 4, 2), np.nan)
    predicted[:4, 0, :2] = 1.0
    # Ten frames of four points: eight points are there, also where the file ends before the clip.
    assert metrics.clip_coverage(predicted, 10) == 8 / 40
    assert metrics.frames_with_animal(predicted, 10) == 4 / 10

"""Intervals and paired tests: equal models get no winner, and the resampled numbers are the ones that they claim."""

from __future__ import annotations

import numpy as np
import pytest

from launcher.compare import intervals, metrics, scoring
from tests.unit.compare.planted import square


def test_of_a_thousand_pairs_of_equal_models_few_get_a_winner() -> None:
    rng = np.random.default_rng(7)
    winners = 0
    for number in range(1000):
        frames = 10 + number % 40
        hard = rng.gamma(1.0, 2.0, frames)  # hard frames are hard for both, and errors have long tails
        one, other = (hard + rng.gamma(0.7, 2.0, frames) for _ in range(2))
        difference = intervals.paired(one[None], other[None], number, resamples=400)
        winners += intervals.is_decided(difference, intervals.holm([difference.p])[0])
    assert winners <= 50


def test_a_real_difference_is_found() -> None:
    rng = np.random.default_rng(3)
    one = rng.gamma(2.0, 1.0, 60)
    difference = intervals.paired(one[None], (one + 1.0 + rng.normal(0, 0.5, 60))[None], 1)
    assert intervals.is_decided(difference, difference.p)
    assert -1.4 < difference.low < difference.value < difference.high < -0.8


def test_trainings_that_differ_among_themselves_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    base = rng.gamma(2.0, 1.0, 80)
    steady = np.stack([base + 0.3] * 3)
    restless = np.stack([base - 1.0, base + 0.3, base + 1.6])
    known = intervals.paired(steady, base[None], 1)
    unknown = intervals.paired(restless, base[None], 1)
    assert known.value == pytest.approx(unknown.value)
    assert intervals.is_decided(known, known.p) and not intervals.is_decided(unknown, unknown.p)


def test_every_resampled_measure_is_the_measure_of_the_drawn_frames() -> None:
    rng = np.random.default_rng(11)
    truth = square(12)[:, None]
    predicted = truth + rng.normal(0, 3, truth.shape)
    predicted[rng.random(predicted.shape[:3]) < 0.2] = np.nan
    truth[rng.random(truth.shape[:3]) < 0.1] = np.nan
    one = metrics.scored(truth, predicted)
    drawn = intervals.weights(12, 3, resamples=20)
    for name, (_, measure, _) in scoring.MEASURES.items():
        resampled = scoring.statistic(one, name)(drawn)
        for row, value in zip(drawn, resampled, strict=True):
            again = measure(one.frames(np.repeat(np.arange(12), row)))
            assert value == pytest.approx(again) or (again == np.inf and value > 1e11), name


def test_holm_by_hand() -> None:
    assert intervals.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert intervals.holm([]) == []


def test_frames_that_one_model_says_nothing_about_are_left_out() -> None:
    one = np.array([[1.0, 2.0, np.nan, 4.0]])
    difference = intervals.paired(one, np.array([[1.5, 2.5, 3.0, 4.5]]), 1)
    assert difference.value == -0.5
    nothing = intervals.paired(np.full((1, 3), np.nan), np.ones((1, 3)), 1)
    assert np.isnan(nothing.value) and nothing.p == 1.0

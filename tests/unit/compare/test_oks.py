"""Several animals: who is who, and average precision, against numbers computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from launcher.compare import oks
from tests.unit.compare.planted import Floats, moved, square


def two_animals(frames: int = 1) -> Floats:
    one = square(frames)
    return np.stack([one, moved(one, 300.0, 0.0)], axis=1)


def test_similarity_by_its_formula() -> None:
    truth = square(1)
    shifted = moved(truth, 3.0, 4.0)
    # d = 5 px, s^2 = 100 x 100 px, k = 0.05: exp(-25 / (2 * 10,000 * 0.0025)).
    assert oks.similarity(truth, shifted, oks.areas(truth[:, None])[0]) == pytest.approx(math.exp(-0.5))
    shifted[0, 0] = np.nan
    assert oks.similarity(truth, shifted, oks.areas(truth[:, None])[0]) == pytest.approx(0.75 * math.exp(-0.5))


def test_animals_told_in_another_order_are_brought_back() -> None:
    truth = two_animals(2)
    swapped = moved(truth[:, ::-1], 1.0, 0.0)
    found, extra = oks.aligned(truth, swapped, np.ones((2, 2)))
    assert np.array_equal(found, moved(truth, 1.0, 0.0)) and extra == 0


def test_an_animal_that_is_nobodys_is_counted_and_a_missed_one_is_missed() -> None:
    truth = two_animals()
    predicted = np.concatenate([truth[:, :1], moved(truth[:, :1], 2.0, 0.0), np.full((1, 1, 4, 2), np.nan)], axis=1)
    found, extra = oks.aligned(truth[:, :1], predicted, np.array([[0.9, 0.8, np.nan]]))
    assert extra == 1 and np.array_equal(found, truth[:, :1])
    found, extra = oks.aligned(truth, predicted[:, :1], np.array([[0.9]]))
    assert extra == 0 and np.isnan(found[0, 1]).all()


def test_a_confident_mistake_elsewhere_takes_no_animal_from_who_found_it() -> None:
    truth = two_animals()
    predicted = np.concatenate([moved(truth[:, :1], 0.0, 400.0), truth], axis=1)
    sure = np.array([[0.9, 0.5, 0.4]])
    found, extra = oks.aligned(truth, predicted, sure)
    assert extra == 1 and np.array_equal(found, truth)
    assert oks.precision(truth, predicted, sure).mean_oks == 1.0


def test_of_two_predictions_of_one_animal_the_more_confident_counts() -> None:
    truth = two_animals()[:, :1]
    predicted = np.concatenate([truth, moved(truth, 8.0, 0.0)], axis=1)
    found, extra = oks.aligned(truth, predicted, np.array([[0.3, 0.9]]))
    assert extra == 1 and np.array_equal(found, predicted[:, 1:])


def test_what_lies_far_from_every_animal_is_the_nearest_one_and_counts_in_full() -> None:
    truth = two_animals()
    predicted = moved(truth[:, ::-1], 0.0, 200.0)
    found, extra = oks.aligned(truth, predicted, np.array([[0.9, 0.8]]))
    assert extra == 0 and np.array_equal(found, moved(truth, 0.0, 200.0))


def test_precision_of_perfect_predictions_is_one() -> None:
    truth = two_animals(3)
    told = oks.precision(truth, truth.copy(), np.ones((3, 2)))
    assert (told.mean_ap, told.ap50, told.ap75, told.mean_oks) == (1.0, 1.0, 1.0, 1.0)


def test_one_of_two_animals_found() -> None:
    truth = two_animals()
    told = oks.precision(truth, truth[:, :1], np.ones((1, 1)))
    # Recall ends at 1/2: of the 101 recalls 0.00 to 1.00, those up to 0.50 have precision 1.
    assert (told.ap50, told.mean_ap) == pytest.approx((51 / 101, 51 / 101))
    assert told.mean_oks == 0.5


def test_a_confident_mistake_costs_more_than_a_hesitant_one() -> None:
    truth = two_animals()
    predicted = np.concatenate([truth, moved(truth[:, :1], 0.0, 400.0)], axis=1)
    hesitant = oks.precision(truth, predicted, np.array([[0.9, 0.8, 0.1]]))
    confident = oks.precision(truth, predicted, np.array([[0.5, 0.4, 0.9]]))
    assert hesitant.ap50 == 1.0
    # First comes the mistake: precision 1/2 and 2/3 at recalls 1/2 and 1, made monotone 2/3.
    assert confident.ap50 == pytest.approx(2 / 3)

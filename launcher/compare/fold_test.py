"""What folds allow to be said of two models. Pure.

Each fold has a model of its own, and those models learned from frames that overlap: folds are neither frames that
were drawn independently nor trainings that were. The corrected resampled t test (Nadeau and Bengio 2003, Machine
Learning 52, 239-281) takes the mean difference of each fold for one value and makes up for the overlap.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from launcher.compare.intervals import LEVEL, Difference
from launcher.compare.metrics import Floats

#: Below this a p says no more than "very small".
_LEAST_P = 1e-6


def paired_over_folds(one: Floats, other: Floats, fold_of: NDArray[np.int64]) -> Difference:
    """The difference of two models from their errors by training and frame, of the shape (trainings, frames).

    `fold_of` is the fold of each frame. The variance of the mean is (1 / k + 1 / (k - 1)) times that of the k folds'
    means, a fold's test frames being 1 / (k - 1) of what its model learned from.
    """
    each = np.asarray(one.mean(axis=0) - other.mean(axis=0))
    there = np.isfinite(each)
    means = np.array([each[there & (fold_of == fold)].mean() for fold in np.unique(fold_of[there])])
    if len(means) < 2:
        value = float(each[there].mean()) if there.any() else math.nan
        return Difference(value, math.nan, math.nan, 1.0)
    value, count = float(each[there].mean()), len(means)
    spread = math.sqrt((1 / count + 1 / (count - 1)) * float(means.var(ddof=1)))
    far = quantile_t(LEVEL, count - 1) * spread
    # Folds that all differ by the same leave nothing to chance.
    p = two_sided_t(value / spread, count - 1) if spread else float(not value)
    return Difference(value, value - far, value + far, max(p, _LEAST_P))


def two_sided_t(t: float, freedom: int) -> float:
    """P(|T| > |t|) of Student's t with whole degrees of freedom: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4."""
    angle = math.atan2(abs(t), math.sqrt(freedom))
    cosine, odd = math.cos(angle), freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for at in range(1 + odd, freedom, 2):
        total += term
        term *= cosine**2 * at / (at + 1)
    inside = 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
    return max(0.0, 1.0 - inside)


@functools.cache
def quantile_t(level: float, freedom: int) -> float:
    """The t that is not passed, either side, with probability `level`."""
    low, high = 0.0, 1.0
    while two_sided_t(high, freedom) > 1 - level:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided_t(middle, freedom) > 1 - level else (low, middle)
    return high

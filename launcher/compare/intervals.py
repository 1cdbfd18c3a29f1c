"""What the number of frames allows to be said: bootstrap intervals, paired tests, and when there is a winner.

Frames are what is drawn again: points of one frame belong together. Where a model was trained several times, its
trainings are drawn again as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from launcher.compare.metrics import Bools, Floats

RESAMPLES, FLIPS = 4000, 9999
#: The same files give the same intervals.
SEED = 20231
LEVEL = 0.95
#: One chance in a hundred, not the usual twenty: whoever compares does so more than once.
WINNER_P = 0.01
_AT_ONCE = 4_000_000

#: From the weights of frames (resamples, frames) to one number for each resample.
Statistic: TypeAlias = Callable[[NDArray[np.int64]], Floats]


@dataclass(frozen=True, slots=True)
class Interval:
    """A number and the range that it may as well be."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One model minus another over the same frames; `p` of the paired test, Holm's correction not yet made."""

    value: float
    low: float
    high: float
    p: float


def weights(frames: int, seed: int, resamples: int = RESAMPLES) -> NDArray[np.int64]:
    """How often each frame is drawn in each resample: Efron and Tibshirani 1993, chapter 6."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(frames, np.full(frames, 1 / frames), size=resamples).astype(np.int64)


def weights_in_folds(fold_of: NDArray[np.int64], seed: int, resamples: int = RESAMPLES) -> NDArray[np.int64]:
    """Over folds with models of their own: folds are drawn, then frames in each (Davison and Hinkley 1997, 3.8)."""
    rng = np.random.default_rng(seed)
    folds = [np.flatnonzero(fold_of == fold) for fold in np.unique(fold_of)]
    times = rng.multinomial(len(folds), np.full(len(folds), 1 / len(folds)), size=resamples)
    drawn = np.zeros((resamples, len(fold_of)), np.int64)
    for fold, rows in enumerate(folds):
        drawn[:, rows] = rng.multinomial(times[:, fold] * len(rows), np.full(len(rows), 1 / len(rows)))
    return drawn


def interval(value: float, drawn: Floats) -> Interval:
    """The percentile interval of resampled numbers (Efron and Tibshirani 1993, chapter 13)."""
    there = drawn[np.isfinite(drawn)]
    if not there.size:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.percentile(there, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Interval(value, float(low), float(high))


def ratio(top: Floats, bottom: Floats) -> Statistic:
    """sum(top) / sum(bottom), both given for each frame: means, shares and coverage."""

    def statistic(drawn: NDArray[np.int64]) -> Floats:
        below = drawn @ bottom
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(below > 0, (drawn @ top) / below, np.nan))

    return statistic


def quantile(values: Floats, there: Bools, share: float) -> Statistic:
    """A quantile over points of the drawn frames, linear between neighbours, as numpy has it for the frames alone."""
    frame = np.broadcast_to(np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1)), values.shape)[there]
    order = np.argsort(values[there], kind="stable")
    ordered, owner = values[there][order], frame[order]

    def statistic(drawn: NDArray[np.int64]) -> Floats:
        if not ordered.size:
            return np.full(len(drawn), np.nan)
        step = max(1, _AT_ONCE // ordered.size)
        return np.concatenate(
            [_weighted(ordered, drawn[at : at + step][:, owner], share) for at in range(0, len(drawn), step)]
        )

    return statistic


def _weighted(ordered: Floats, counts: NDArray[np.int64], share: float) -> Floats:
    """The quantile of values that each occur `counts` times."""
    upto = np.cumsum(counts, axis=1)
    place = np.maximum(upto[:, -1] - 1, 0) * share
    low, high = np.floor(place), np.ceil(place)
    last = len(ordered) - 1
    below, above = (ordered[np.minimum((upto <= at[:, None]).sum(axis=1), last)] for at in (low, high))
    found = below + (above - below) * (place - low)
    return np.where(upto[:, -1] > 0, found, np.nan)


def sign_flip(differences: Floats, seed: int, flips: int = FLIPS) -> float:
    """Two-sided p of a paired permutation test: were the models equal, each frame's difference could have either sign.

    The statistic is the mean; (1 + as extreme) / (1 + flips), after Fisher 1935 and Phipson and Smyth 2010. Frames
    without a difference to tell are left out.
    """
    told = differences[np.isfinite(differences)]
    if not told.size or not np.any(told):
        return 1.0
    rng = np.random.default_rng(seed)
    observed = abs(told.sum()) * (1 - 1e-12)
    extreme, step = 0, max(1, _AT_ONCE // told.size)
    for at in range(0, flips, step):
        signs = rng.integers(0, 2, (min(step, flips - at), told.size), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ told) >= observed).sum())
    return (1 + extreme) / (1 + flips)


def paired(one: Floats, other: Floats, seed: int, resamples: int = RESAMPLES) -> Difference:
    """The difference of two models from their errors by training and frame, of the shape (trainings, frames).

    Frames count alike. NaN is a frame that one of them says nothing about.
    """
    frames = np.isfinite(_over(one)) & np.isfinite(_over(other))
    each = (_over(one) - _over(other))[frames]
    if not each.size:
        return Difference(float("nan"), float("nan"), float("nan"), 1.0)
    drawn = weights(each.size, seed, resamples)
    spread = (drawn @ each) / each.size
    for run, sign in ((one, 1.0), (other, -1.0)):
        spread = spread + sign * _between_trainings(run[:, frames], seed, resamples)
    found = interval(float(each.mean()), spread)
    return Difference(found.value, found.low, found.high, sign_flip(each, seed))


def _over(runs: Floats) -> Floats:
    """The mean over trainings; a frame must be told by all of them."""
    return np.asarray(runs.mean(axis=0))


def _between_trainings(runs: Floats, seed: int, resamples: int) -> Floats:
    """How far the mean moves when the trainings are drawn again; nothing is known of a single one."""
    if len(runs) < 2:
        return np.zeros(resamples)
    each = runs.mean(axis=1)
    rng = np.random.default_rng(seed + 1)
    drawn = rng.multinomial(len(each), np.full(len(each), 1 / len(each)), size=resamples)
    # Few trainings drawn again vary too little, by (n - 1) / n.
    return np.asarray((drawn @ each / len(each) - each.mean()) * np.sqrt(len(each) / (len(each) - 1)))


def holm(values: Sequence[float]) -> list[float]:
    """Several p at once, so that all together mislead no more often than one (Holm 1979)."""
    order = sorted(range(len(values)), key=values.__getitem__)
    corrected, largest = [0.0] * len(values), 0.0
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, (len(values) - rank) * values[at]))
        corrected[at] = largest
    return corrected


def is_decided(difference: Difference, p: float) -> bool:
    """Is one of the two better? Only if the test says so and the interval leaves out zero; else it is noise."""
    return p < WINNER_P and (difference.low > 0 or difference.high < 0)

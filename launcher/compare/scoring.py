"""From aligned points to the numbers of one model, with intervals. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from launcher.compare import metrics
from launcher.compare.intervals import Interval, Statistic, interval, quantile, ratio, weights, weights_in_folds
from launcher.compare.metrics import PCK_PX, PCK_RELATIVE, Floats, Scored
from launcher.compare.results import Part

Measure: TypeAlias = Callable[[Scored], float]


def pck_at(threshold: float) -> Measure:
    """PCK with a threshold in pixels."""
    return lambda one: metrics.pck(one, threshold)


def relative_pck_at(share: float) -> Measure:
    """PCK with a share of the animal's size."""
    return lambda one: metrics.pck_relative(one, share)


#: In the order of the table: what it is called, how it is computed, and in what unit.
MEASURES: Mapping[str, tuple[str, Measure, str]] = {
    "mean_px": ("Mean error, found points", metrics.mean, "px"),
    "median_px": ("Median error, found points", metrics.median, "px"),
    "rmse_px": ("Root mean square error, found points", metrics.rmse, "px"),
    "p95_px": ("95 % of found points are nearer than", metrics.p95, "px"),
    "mean_with_misses_px": ("Mean error, a miss counted as the animal's size", metrics.mean_with_misses, "px"),
    "median_with_misses_px": ("Median error, misses counted as infinitely far", metrics.median_with_misses, "px"),
    "coverage": ("Coverage: points found of points labelled", metrics.coverage, "%"),
    **{f"pck_{px:g}px": (f"Points within {px:g} px (PCK, misses wrong)", pck_at(px), "%") for px in PCK_PX},
    **{
        f"pck_{share:g}_of_size": (
            f"Points within {100 * share:g} % of the animal's size (PCK, misses wrong)",
            relative_pck_at(share),
            "%",
        )
        for share in PCK_RELATIVE
    },
}


def numbers(trainings: Sequence[Scored], seed: int, fold_of: NDArray[np.int64] | None = None) -> dict[str, Interval]:
    """Every measure: the mean over the trainings, and its interval over frames (in their folds) and trainings."""
    drawn = weights(len(trainings[0].errors), seed) if fold_of is None else weights_in_folds(fold_of, seed)
    found = {}
    for name, (_, measure, _) in MEASURES.items():
        value = float(np.mean([measure(one) for one in trainings]))
        spread = np.stack([statistic(one, name)(drawn) for one in trainings])
        found[name] = interval(value, _over_trainings(spread, seed))
    return found


def _over_trainings(spread: Floats, seed: int) -> Floats:
    """Draw the trainings again as well: (trainings, resamples) to (resamples,)."""
    if len(spread) == 1:
        return np.asarray(spread[0])
    rng = np.random.default_rng(seed + 2)
    chosen = rng.multinomial(len(spread), np.full(len(spread), 1 / len(spread)), size=spread.shape[1])
    return np.asarray((chosen.T * spread).sum(axis=0) / len(spread))


def statistic(one: Scored, name: str) -> Statistic:
    """The measure of that name as a function of how often each frame is drawn."""
    if name == "median_px" or name == "p95_px":
        return quantile(one.errors, one.found, 0.5 if name == "median_px" else 0.95)
    if name == "median_with_misses_px":
        return quantile(np.nan_to_num(one.filled(np.full((), _FAR)), nan=_FAR), one.labelled, 0.5)
    if name == "rmse_px":
        root = ratio(_sum(np.where(one.found, one.errors, 0.0) ** 2), _sum(one.found))
        return lambda drawn: np.sqrt(root(drawn))
    if name == "mean_px":
        return ratio(_sum(np.where(one.found, one.errors, 0.0)), _sum(one.found))
    if name == "mean_with_misses_px":
        return ratio(_sum(np.nan_to_num(one.filled(one.sizes[..., None]))), _sum(one.labelled))
    return ratio(_sum(_right(one, name)), _sum(one.labelled))


#: Stands for infinity where infinities cannot be interpolated; no recording is that wide.
_FAR = 1e12


def _right(one: Scored, name: str) -> NDArray[np.bool_]:
    if name == "coverage":
        return one.found
    amount = float(name.removeprefix("pck_").removesuffix("px").removesuffix("_of_size"))
    limit = amount * one.sizes[..., None] if name.endswith("_of_size") else np.full((1, 1, 1), amount)
    right: NDArray[np.bool_] = one.found & (np.nan_to_num(one.errors, nan=np.inf) <= limit)
    return right


def _sum(values: NDArray[np.bool_] | Floats) -> Floats:
    return np.asarray(values.sum(axis=(1, 2)), np.float64)


def by_part(names: Sequence[str], trainings: Sequence[Scored]) -> list[Part]:
    """Each body part by itself, over all trainings."""
    parts = []
    for number, name in enumerate(names):
        each = [one.part(number) for one in trainings]
        count, found = (
            sum(int(mask.sum()) for mask in masks) for masks in zip(*((e.labelled, e.found) for e in each), strict=True)
        )
        whole = joined(each)
        parts.append(
            Part(name, count, found, metrics.mean(whole), metrics.median(whole), metrics.mean_with_misses(whole))
        )
    return parts


def joined(trainings: Sequence[Scored]) -> Scored:
    """Several trainings one after the other, as if they were more frames."""
    errors, labelled, sizes = (
        np.concatenate([getattr(one, name) for one in trainings]) for name in ("errors", "labelled", "sizes")
    )
    return Scored(errors, labelled, sizes, np.concatenate([one.surplus for one in trainings]))


def per_frame(trainings: Sequence[Scored], values: Callable[[Scored], Floats]) -> Floats:
    """Means over the points of each frame: (trainings, frames); NaN where a frame has none."""
    return np.stack([_mean_over_points(values(one)) for one in trainings])


def _mean_over_points(values: Floats) -> Floats:
    there = np.isfinite(values)
    count = there.sum(axis=(1, 2))
    return np.asarray(np.where(count > 0, np.where(there, values, 0.0).sum(axis=(1, 2)) / np.maximum(count, 1), np.nan))

"""How far predicted points lie from labelled ones. Pure functions; all lengths in pixels of the labelled frames.

Arrays have the shape (frames, animals, body parts), points one axis more for x and y, NaN where there is no point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

#: The thresholds that are told: in pixels, and as parts of the animal's size.
PCK_PX, PCK_RELATIVE = (2.0, 5.0, 10.0), (0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Every labelled point with its error; NaN errors of labelled points are misses.

    `sizes` is each animal's size in each frame, `surplus` how many points of a frame a model set where a person had
    labelled that animal, but not that body part; no error can be told for those.
    """

    errors: Floats
    labelled: Bools
    sizes: Floats
    surplus: NDArray[np.int64]

    @property
    def found(self) -> Bools:
        """The labelled points that were predicted."""
        found: Bools = self.labelled & np.isfinite(self.errors)
        return found

    def filled(self, by: Floats) -> Floats:
        """The errors, a miss replaced by what it is to count as; NaN where nothing was labelled."""
        whole = np.where(self.found, self.errors, by)
        return np.where(self.labelled, whole, np.nan)

    def frames(self, chosen: NDArray[np.int64]) -> Scored:
        """Some of the frames."""
        return Scored(self.errors[chosen], self.labelled[chosen], self.sizes[chosen], self.surplus[chosen])

    def part(self, number: int) -> Scored:
        """One body part alone."""
        one = slice(number, number + 1)
        return Scored(self.errors[..., one], self.labelled[..., one], self.sizes, self.surplus)


def present(points: Floats) -> Bools:
    """Which points there are; the last axis is x and y."""
    there: Bools = np.isfinite(points[..., 0]) & np.isfinite(points[..., 1])
    return there


def scored(truth: Floats, predicted: Floats) -> Scored:
    """Euclidean error of every labelled point: e = sqrt((x - x')^2 + (y - y')^2). Both of one shape."""
    labelled = present(truth)
    there = present(predicted)
    errors = np.linalg.norm(truth - predicted, axis=-1)
    errors[~(labelled & there)] = np.nan
    animals = labelled.any(axis=-1, keepdims=True)
    surplus = (there & ~labelled & animals).sum(axis=(1, 2)).astype(np.int64)
    return Scored(errors, labelled, body_sizes(truth), surplus)


def body_sizes(truth: Floats) -> Floats:
    """The longer side of the box around an animal's labelled points: max(h, w), as PCK takes it (see `pck_relative`).

    An animal with fewer than two points in a frame, or all in one place, takes the median of all others.
    """
    labelled = present(truth)
    low = np.where(labelled[..., None], truth, np.inf).min(axis=-2)
    high = np.where(labelled[..., None], truth, -np.inf).max(axis=-2)
    size = np.where(labelled.sum(axis=-1) >= 2, (high - low).max(axis=-1), np.nan)
    size[~(size > 0)] = np.nan
    usual = np.nanmedian(size) if np.isfinite(size).any() else 1.0
    return np.where(np.isfinite(size), size, usual)


def mean(one: Scored) -> float:
    """Mean error of the found points: sum(e) / n. What DeepLabCut calls "rmse", and sleap-nn "Average Distance"."""
    return _of_found(one, np.mean)


def median(one: Scored) -> float:
    """Median error of the found points."""
    return _of_found(one, np.median)


def rmse(one: Scored) -> float:
    """The true root of the mean square: sqrt(sum(e^2) / n), e the distance in the plane, of the found points."""
    return _of_found(one, lambda errors: np.sqrt(np.mean(errors**2)))


def p95(one: Scored) -> float:
    """The error that 95 % of the found points stay below; linear between neighbours (Hyndman and Fan 1996, type 7)."""
    return _of_found(one, lambda errors: np.percentile(errors, 95))


def mean_with_misses(one: Scored) -> float:
    """Mean over all labelled points; a missed one counts as an error of the animal's size.

    A model that leaves out the hard points gains nothing by it. The price is ours, and stated with the number.
    """
    return _average(one.filled(one.sizes[..., None]))


def median_with_misses(one: Scored) -> float:
    """Median over all labelled points, a miss counting as infinitely far: no price has to be chosen for it."""
    every = one.filled(np.full((), np.inf))[one.labelled]
    if not every.size:
        return float("nan")
    low, high = np.percentile(every, 50, method="lower"), np.percentile(every, 50, method="higher")
    return float(high if np.isinf(high) else (low + high) / 2)


def coverage(one: Scored) -> float:
    """Points found of points labelled."""
    return _ratio(one.found.sum(), one.labelled.sum())


def pck(one: Scored, threshold: float) -> float:
    """Percentage of correct keypoints: labelled points with e <= threshold (px), misses counting as wrong.

    Yang and Ramanan 2013, "Articulated human detection with flexible mixtures of parts", with a fixed length.
    """
    return _ratio((one.found & (one.errors <= threshold)).sum(), one.labelled.sum())


def pck_relative(one: Scored, share: float) -> float:
    """PCK with a threshold of `share` times the animal's size in that frame, max(h, w) (Yang and Ramanan 2013)."""
    return _ratio((one.found & (one.errors <= share * one.sizes[..., None])).sum(), one.labelled.sum())


def clip_coverage(predicted: Floats, frames: int, animals: int = 1) -> float:
    """Points predicted in a whole clip of what could be there: frames x animals x body parts.

    No labels are needed, so it says how much is left out, and nothing about whether it is right.
    """
    there = np.minimum(present(predicted).sum(axis=1), animals).sum()
    return _ratio(there, frames * animals * predicted.shape[2])


def frames_with_animal(predicted: Floats, frames: int) -> float:
    """Frames of a clip with at least one predicted point."""
    return _ratio(present(predicted).any(axis=(1, 2)).sum(), frames)


def _of_found(one: Scored, what: object) -> float:
    errors = one.errors[one.found]
    assert callable(what)
    return float(what(errors)) if errors.size else float("nan")


def _average(values: Floats) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else float("nan")


def _ratio(part: object, whole: object) -> float:
    top, bottom = float(part), float(whole)  # type: ignore[arg-type]
    return top / bottom if bottom else float("nan")

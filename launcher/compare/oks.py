"""Object keypoint similarity: which predicted animal is which labelled one, and mean average precision.

Source: COCO keypoint evaluation (cocodataset.org/#keypoints-eval), and Ronchi and Perona 2017, "Benchmarking and error
diagnosis in multi-instance pose estimation".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launcher.compare.metrics import Floats, present

#: One width for every body part: COCO's are measured on people. SLEAP takes the same one by default.
SIGMA = 0.025
THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
#: A pair below it has no point within about a quarter of the animal's size: a mistake elsewhere, not this animal.
_NEAR = 1e-6
_RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class Precision:
    """Average precision over all thresholds, at 0.5 and at 0.75; `mean_oks` over labelled animals, a missed one 0."""

    mean_ap: float
    ap50: float
    ap75: float
    mean_oks: float


def similarity(truth: Floats, predicted: Floats, areas: Floats, sigma: float = SIGMA) -> Floats:
    """OKS of every pair: sum(exp(-d^2 / (2 s^2 k^2)) [labelled]) / sum([labelled]), k = 2 sigma, s^2 the animal's area.

    `truth` (animals, parts, 2), `predicted` (others, parts, 2), `areas` (animals,) in square pixels. A point that was
    not predicted adds nothing. Returns (animals, others).
    """
    labelled = present(truth)
    squares = ((truth[:, None] - predicted[None]) ** 2).sum(axis=-1)
    near = np.exp(-squares / (2 * areas[:, None, None] * (2 * sigma) ** 2))
    near = np.where(np.isfinite(near) & labelled[:, None], near, 0.0)
    counts = labelled.sum(axis=-1)[:, None]
    return np.asarray(near.sum(axis=-1) / np.maximum(counts, 1))


def areas(truth: Floats) -> Floats:
    """The box around each animal's labelled points, as SLEAP takes it: (frames, animals), at least one pixel.

    Where the points span no area (one point, or all on a line) the median of all others is taken.
    """
    labelled = present(truth)
    low = np.where(labelled[..., None], truth, np.inf).min(axis=-2)
    high = np.where(labelled[..., None], truth, -np.inf).max(axis=-2)
    area = np.where(labelled.sum(axis=-1) >= 2, np.prod(np.where(np.isfinite(high - low), high - low, 0), axis=-1), 0.0)
    usual = float(np.median(area[area > 0])) if (area > 0).any() else 1.0
    return np.maximum(np.where(area > 0, area, usual), 1.0)


def assign(similar: Floats, order: NDArray[np.int64], least: float) -> dict[int, int]:
    """Which labelled animal each prediction is: in falling confidence each takes the most similar one that is free.

    Pairs below `least` are none. COCO's rule; the answer maps predictions to labelled animals.
    """
    taken: dict[int, int] = {}
    free = set(range(len(similar)))
    for prediction in order.tolist():
        best = max(sorted(free), key=lambda animal: similar[animal, prediction], default=None)
        if best is not None and similar[best, prediction] >= least:
            taken[prediction] = best
            free.discard(best)
    return taken


def identified(truth: Floats, predicted: Floats, similar: Floats, order: NDArray[np.int64]) -> dict[int, int]:
    """Which labelled animal each prediction of a frame is, for errors in pixels and the mean OKS.

    COCO's rule among pairs that are near each other, so that a confident mistake elsewhere takes no animal from the
    prediction that found it; of what is left the nearest pairs, whose errors count in full.
    """
    pairs = assign(similar, order, _NEAR)
    squares = ((truth[:, None] - predicted[None]) ** 2).sum(axis=-1)
    shared = np.isfinite(squares)
    lengths = np.where(shared, np.sqrt(np.where(shared, squares, 0.0)), 0.0).sum(axis=-1)
    apart = np.where(shared.any(axis=-1), lengths / np.maximum(shared.sum(axis=-1), 1), np.inf)
    told = set(order.tolist())
    for place in np.argsort(apart, axis=None, kind="stable").tolist():
        animal, prediction = divmod(place, apart.shape[1])
        if prediction in told and prediction not in pairs and animal not in pairs.values():
            pairs[prediction] = animal
    return pairs


def confidence_order(scores: Floats, points: Floats) -> NDArray[np.int64]:
    """The predicted animals of one frame that have points, the most confident first; without scores, the fullest."""
    counts = present(points).sum(axis=-1)
    there = np.flatnonzero(counts)
    keys = np.where(np.isfinite(scores[there]), scores[there], -np.inf)
    return np.asarray(there[np.lexsort((there, -counts[there], -keys))])


def aligned(truth: Floats, predicted: Floats, scores: Floats) -> tuple[Floats, int]:
    """The predictions in the order of the labelled animals, and how many predicted animals are nobody's.

    Shapes (frames, animals, parts, 2); the two may differ in animals.
    """
    out = np.full(truth.shape, np.nan)
    extra, sizes = 0, areas(truth)
    for frame in range(len(truth)):
        animals = np.flatnonzero(present(truth[frame]).any(axis=-1))
        order = confidence_order(scores[frame], predicted[frame])
        similar = similarity(truth[frame, animals], predicted[frame], sizes[frame, animals])
        pairs = identified(truth[frame, animals], predicted[frame], similar, order)
        extra += len(order) - len(pairs)
        for prediction, animal in pairs.items():
            out[frame, animals[animal]] = predicted[frame, prediction]
    return out, extra


def precision(truth: Floats, predicted: Floats, scores: Floats) -> Precision:
    """mAP as COCO computes it: matches at OKS 0.50 to 0.95, precision made monotone and read at 101 recalls."""
    sizes = areas(truth)
    confidences: list[float] = []
    hits: list[list[bool]] = []
    best: list[float] = []
    for frame in range(len(truth)):
        animals = np.flatnonzero(present(truth[frame]).any(axis=-1))
        order = confidence_order(scores[frame], predicted[frame])
        similar = similarity(truth[frame, animals], predicted[frame], sizes[frame, animals])
        at = [assign(similar, order, least) for least in THRESHOLDS]
        pairs = identified(truth[frame, animals], predicted[frame], similar, order)
        matched = {animal: similar[animal, prediction] for prediction, animal in pairs.items()}
        best += [float(matched.get(number, 0.0)) for number in range(len(animals))]
        for prediction in order.tolist():
            confidences.append(float(np.nan_to_num(scores[frame, prediction])))
            hits.append([prediction in pairs_at for pairs_at in at])
    table = np.array(hits, bool).reshape(len(hits), len(THRESHOLDS))
    order = np.argsort(-np.array(confidences), kind="stable")
    per = [_average_precision(table[order, column], len(best)) for column in range(len(THRESHOLDS))]
    return Precision(float(np.mean(per)), per[0], per[5], float(np.mean(best)) if best else float("nan"))


def _average_precision(hits: NDArray[np.bool_], animals: int) -> float:
    if not animals:
        return float("nan")
    right = np.cumsum(hits)
    recall, exact = right / animals, right / np.arange(1, len(hits) + 1)
    exact = np.maximum.accumulate(exact[::-1])[::-1]
    at = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.where(at < len(exact), np.append(exact, 0.0)[np.minimum(at, len(exact))], 0.0).mean())

"""What the numbers allow to be said, in sentences, and what they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from launcher.compare.intervals import LEVEL, RESAMPLES, WINNER_P
from launcher.compare.oks import SIGMA
from launcher.compare.results import ModelResult, Pair
from launcher.compare.spec import Reported, Spec

#: Fewer test frames than this can separate only models that lie far apart.
FEW_FRAMES = 50
#: Two numbers that agree to this part are the same number, rounded.
_ROUNDED = 0.005


_SCORING = (
    "Every model was scored on the same {frames} labelled frames. The error of a point is the Euclidean distance in "
    "pixels of the labelled frame. The mean, the median, the root mean square and the 95th percentile are over the "
    "labelled points that were predicted, without a confidence threshold of ours. Coverage is the share of labelled "
    "points that were predicted. With misses counted, a missed point has an error of the animal's size in that frame "
    "(the longer side of the box around its labelled points). PCK counts misses as wrong (Yang and Ramanan 2013)."
)
_TESTING = (
    f"Intervals ({100 * LEVEL:.0f} %) are percentiles of {RESAMPLES} bootstrap resamples of frames (Efron and "
    "Tibshirani 1993), and of trainings where there are several. Two models are compared frame by frame by a paired "
    "sign-flip permutation test on the mean error with misses counted, corrected for the number of pairs (Holm 1979). "
    f"There is a winner only where p < {WINNER_P} and the interval of the difference leaves out zero."
)


_TESTING_FOLDS = (
    "The labelled frames were divided into {folds} folds; each frame was predicted by a model that had learned from "
    f"the other folds alone. Intervals ({100 * LEVEL:.0f} %) are percentiles of {RESAMPLES} bootstrap resamples of "
    "folds and of the frames in them (Davison and Hinkley 1997). Two models are compared by the corrected resampled "
    "t test over the folds' mean differences with misses counted (Nadeau and Bengio 2003), which makes up for training "
    "frames that folds share, corrected for the number of pairs (Holm 1979). "
    f"There is a winner only where p < {WINNER_P} and the interval of the difference leaves out zero."
)


def pair(one: Pair) -> str:
    """What may be said of two models."""
    gap = one.error
    size = (
        f"{abs(gap.value):.2f} px (95 % interval of {one.one} minus {one.other}: {signed(gap.low)} to "
        f"{signed(gap.high)} px, p = {one.p:.3g})"
    )
    if one.winner:
        loser = one.other if one.winner == one.one else one.one
        return f"{one.winner} is nearer to the labels than {loser}, by {size}, misses counted."
    return (
        f"{one.one} and {one.other} differ by {size}: inside the noise. Neither is better on these {one.frames} frames."
    )


def signed(value: float) -> str:
    """With its sign, the minus a real one."""
    return f"{value:+.2f}".replace("-", "\u2212")


def told(one: Reported, ours: float | None, why_not: str) -> tuple[bool, str]:
    """Is a number that was told comparable with ours, and why do the two differ?"""
    if ours is None:
        return False, f"Not comparable: {why_not.partition('.')[0]}." if why_not else "Not comparable: other frames."
    if abs(ours - one.value) <= max(_ROUNDED * abs(ours), 0.005):
        return not why_not, "The same number as ours."
    meant = {"mean": "mean distance", "rmse": "root mean square", "median": "median"}[one.measure]
    return False, f"Ours by the same formula ({meant}) is {ours:.3f} px; the two are not of the same points."


def not_to_conclude(
    spec: Spec, models: Sequence[ModelResult], pairs: Sequence[Pair], frames: int, folds: int = 1
) -> list[str]:
    """What may not be concluded from this comparison."""
    said = [
        "That one tool is better than the other: these models were compared, trained as they were, on these frames.",
    ]
    said += [
        f"Anything about the rank of {model.name}: {model.rows[0].why_not}."
        for model in models
        if not model.is_comparable
    ]
    said += [
        f"That {one.one} or {one.other} is the better one: their difference is inside the noise."
        for one in pairs
        if not one.winner
    ]
    if frames < FEW_FRAMES:
        said.append(f"Small differences: {frames} frames can only separate models that lie far apart.")
    said += _unlike(spec, models)
    if folds > 1:
        said.append(f"How a model does that learned from all frames: those of the {folds} folds learned from fewer.")
    elif all(model.trainings == 1 for model in models):
        said.append(
            "How another training of the same network would do: each model was trained once, and the intervals tell "
            "only of the choice of frames."
        )
    said.append(
        "That a low mean error means good tracks: it is a mean over the points that a model chose to predict. Read "
        "it with the coverage beside it."
    )
    if spec.clip is not None and any(model.clip for model in models):
        said.append("How right the points on the clip are: nothing is labelled there, only what is missing is counted.")
    said.append("That frames of one video count as independent animals or recordings: the intervals treat frames so.")
    return said


#: What of a training is told where it was not the same for all, and in what words.
_SETTINGS: Mapping[str, str] = {
    "epochs": "epochs",
    "batch": "frames at once",
    "scale": "size of the pictures",
    "steps": "least steps of an epoch",
    "rate": "learning rate",
    "augmentation": "augmentation",
    "seeds": "seeds",
}


def _unlike(spec: Spec, models: Sequence[ModelResult]) -> list[str]:
    """What was not the same for all models that were trained, so that their difference may come of it."""
    said = []
    ways = [model.train for model in spec.model if model.train is not None]
    values = {title: [getattr(way, name) for way in ways] for name, title in _SETTINGS.items()}
    if differ := {title: told for title, told in values.items() if len(set(told)) > 1}:
        told = "; ".join(f"{title} {', '.join(map(_plain, each))}" for title, each in differ.items())
        said.append(f"That the networks alone made the difference: they were not trained alike ({told}).")
    strides = {model.name: model.stride for model in models if model.stride is not None}
    if len(set(strides.values())) > 1:
        told = ", ".join(f"{name} {stride or 'not known'}" for name, stride in strides.items())
        said.append(f"What the networks owe to their maps: a pixel of them stands for different numbers ({told}).")
    return said


def _plain(value: object) -> str:
    """A setting as a person would say it."""
    return f"{value:g}" if isinstance(value, float) else str(list(value) if isinstance(value, tuple) else value)


def methods(frames: int, models: Sequence[ModelResult], folds: int = 1) -> list[str]:
    """How it was done, for a methods section."""
    tools = "; ".join(
        f"{model.name} ({model.tool}{' ' + model.version if model.version else ', version not told'}"
        f"{', ' + model.about if model.about else ''})"
        for model in models
    )
    said = [
        f"Models: {tools}.",
        _SCORING.format(frames=frames),
        _TESTING_FOLDS.format(folds=folds) if folds > 1 else _TESTING,
    ]
    if any(row.animals for model in models for row in model.rows):
        said.append(
            f"Predicted animals were assigned to labelled ones by object keypoint similarity (sigma {SIGMA} for every "
            "part, the area that of the box around the labels), each prediction in falling confidence taking the most "
            "similar free animal; mAP is the mean over OKS 0.50 to 0.95 (COCO; Ronchi and Perona 2017)."
        )
    return said

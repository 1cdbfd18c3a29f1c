"""What can be compared, and what a comparison found, as the window shows it: values, and their words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher.config.plain import plain
from launcher.ui import words
from launcher.ui.texts import tr


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """A model to choose; `folder` names it to the command."""

    name: str
    folder: str
    has_predictions: bool
    are_frames_known: bool


@dataclass(frozen=True, slots=True)
class SplitSeen:
    """The split of a training; `run` names it to the command."""

    run: str
    train: int
    test: int
    models: Sequence[str]


@dataclass(frozen=True, slots=True)
class AnswerSeen:
    """A comparison that was made before."""

    dir: str
    page: str
    made: str
    models: Sequence[str]


@dataclass(frozen=True, slots=True)
class ComparableSeen:
    """Everything of one project; `dir` is empty while it is not on this computer."""

    dir: str
    labels: Sequence[str]
    models: Sequence[ModelSeen]
    splits: Sequence[SplitSeen]
    answers: Sequence[AnswerSeen]


@dataclass(frozen=True, slots=True)
class ScoreSeen:
    """One model of a comparison: mean error with its interval in pixels, and the share of points that it found."""

    name: str
    error: tuple[float, float, float] | None
    found: float | None
    why_not: str


@dataclass(frozen=True, slots=True)
class ComparisonSeen:
    """What a comparison found, as far as it fits a window."""

    title: str
    frames: str
    page: str
    dir: str
    scores: Sequence[ScoreSeen]
    sentences: Sequence[str]


def comparable_of(data: Mapping[str, Any]) -> ComparableSeen:
    """What the desk found in a project."""
    models = [
        ModelSeen(plain(one["name"]), one["folder"], bool(one["predictions"]), bool(one["frames_known"]))
        for one in data["models"]
    ]
    splits = [
        SplitSeen(one["run"], int(one["train"]), int(one["test"]), tuple(map(plain, one["models"])))
        for one in data["splits"]
    ]
    return ComparableSeen(
        data["dir"], tuple(data["labels"]), models, splits, [answer_of(one) for one in data["comparisons"]]
    )


def answer_of(data: Mapping[str, Any]) -> AnswerSeen:
    """One of its `comparisons`."""
    return AnswerSeen(data["dir"], data["page"], plain(data["made"]), tuple(map(plain, data["models"])))


def comparison_of(data: Mapping[str, Any]) -> ComparisonSeen:
    """What a `compare` wrote."""
    found = data["comparison"]
    return ComparisonSeen(
        title=plain(found["title"]),
        frames=plain(f"{found['frames']} ({found['frame_count']})"),
        page=data["page"],
        dir=data["dir"],
        scores=[_score(model) for model in found["models"]],
        sentences=[plain(pair["sentence"]) for pair in found["pairs"]],
    )


def _score(model: Mapping[str, Any]) -> ScoreSeen:
    row = model["rows"][0]
    mean, coverage = row["numbers"]["mean_px"], row["numbers"]["coverage"]
    known = all(mean[end] is not None for end in ("value", "low", "high"))
    error = (float(mean["value"]), float(mean["low"]), float(mean["high"])) if known else None
    return ScoreSeen(plain(model["name"]), error, coverage["value"], plain(row["why_not"] or ""))


def predictions(model: ModelSeen) -> str:
    """Whether its labelled frames are predicted already."""
    return tr("there already") if model.has_predictions else tr("are made first")


def learned(model: ModelSeen) -> str:
    """Whether it may be ranked, as far as it is known before."""
    return tr("known") if model.are_frames_known else tr("not known: shown, not ranked")


def split(one: SplitSeen) -> str:
    """A split by what it keeps apart and who trained on the rest."""
    frames = words.counted(one.test, "{n} frame", "{n} frames")
    if one.models:
        return tr("The {frames} that were kept from {model}", frames=frames, model=one.models[0])
    return tr("The {frames} of a training that made no model", frames=frames)


def answer(one: AnswerSeen) -> str:
    """`28 Nov …: a, b and c`."""
    return f"{one.made.removeprefix('Made ').partition(' with ')[0]}: {', '.join(one.models)}"


def error(score: ScoreSeen) -> str:
    """The mean error and its interval, with the unit."""
    if score.error is None:
        return tr("nothing found")
    value, low, high = score.error
    return tr("{value} px ({low} to {high})", value=f"{value:.2f}", low=f"{low:.2f}", high=f"{high:.2f}")


def share(score: ScoreSeen) -> str:
    """How many of the labelled points it found at all."""
    return "" if score.found is None else tr("{n} %", n=f"{100 * score.found:.1f}")

"""What a comparison found: values only, and their JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from launcher.compare.intervals import Difference, Interval
from launcher.compare.metrics import Floats, Scored
from launcher.compare.oks import Precision


@dataclass(frozen=True, slots=True)
class Part:
    """One body part of one model."""

    name: str
    labelled: int
    found: int
    mean: float
    median: float
    mean_with_misses: float


@dataclass(frozen=True, slots=True)
class Row:
    """One model on one set of frames. `why_not` says why it may not be ranked there; empty if it may."""

    frames: str
    frame_count: int
    labelled: int
    found: int
    surplus: int
    extra_animals: int
    numbers: Mapping[str, Interval]
    parts: Sequence[Part]
    animals: Precision | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class FoldNumbers:
    """One model on the test frames of one fold, which has a training of its own; means over the trainings."""

    frames: int
    mean_px: float
    mean_with_misses_px: float
    coverage: float


@dataclass(frozen=True, slots=True)
class ClipNumbers:
    """One model on a clip without labels."""

    frames: int
    missing: float
    frames_with_animal: float
    missing_by_part: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Told:
    """A number that a tool or a paper told of a model, and what it is worth beside ours."""

    value: float
    called: str
    frames: str
    source: str
    ours: float | None
    comparable: bool
    reason: str
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """What pictures and tables of points are made from.

    `points` are of the shape (trainings, labelled frames, animals, parts, 2), `clip` of (frames, animals, parts, 2),
    of the first training.
    """

    points: Floats
    scored: Sequence[Scored]
    clip: Floats | None


@dataclass(frozen=True, slots=True)
class ModelResult:
    """Everything about one model."""

    name: str
    tool: str
    version: str
    about: str
    trainings: int
    rows: Sequence[Row]
    clip: ClipNumbers | None
    told: Sequence[Told]
    notes: Sequence[str]
    curves: Sequence[Mapping[str, Sequence[float | None]]]
    seconds: float | None
    device: str
    spread: Sequence[float]
    folds: Sequence[FoldNumbers]
    cpu_seconds: float | None
    memory_bytes: int | None
    stride: int | None
    detail: Detail = field(repr=False)

    @property
    def is_comparable(self) -> bool:
        """May it be ranked on the frames of this comparison?"""
        return not self.rows[0].why_not


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models on the same frames. `winner` is empty where the difference is inside the noise."""

    one: str
    other: str
    frames: int
    error: Difference
    found_by_both: Difference
    coverage: Difference
    p: float
    winner: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole answer."""

    title: str
    about: str
    labels: str
    parts: Sequence[str]
    edges: Sequence[tuple[str, str]]
    frames: str
    frame_names: Sequence[str]
    frame_count: int
    labelled_frames: int
    folds: int
    models: Sequence[ModelResult]
    pairs: Sequence[Pair]
    not_to_conclude: Sequence[str]
    methods: Sequence[str]
    citations: Sequence[str]
    notices: Sequence[str]
    split: Mapping[str, Any]
    truth: Floats = field(repr=False)
    test: Sequence[int] = field(repr=False)
    pictures: Sequence[tuple[str, int | None]] = field(repr=False)


_LEFT_OUT = {"detail", "truth", "curves", "test", "pictures"}


def to_json(value: Any) -> Any:
    """Plain JSON; a number that is not there is null, never NaN."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_json(getattr(value, one.name)) for one in fields(value) if one.name not in _LEFT_OUT}
    if isinstance(value, Mapping):
        return {str(key): to_json(inner) for key, inner in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_json(inner) for inner in value]
    return value

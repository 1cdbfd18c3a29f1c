"""Labels or predictions of one file as arrays, whatever tool wrote it. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


class Kind(StrEnum):
    """Who set the points: a person, or a model."""

    LABELS = "labels"
    PREDICTIONS = "predictions"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: the picture it is, where it is one, else its number in a video; both as the file has them."""

    video: str
    number: int | None
    picture: str = ""

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.picture or f"{self.video}:{self.number}"


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """Points of every frame, in pixels.

    `points` has the shape (frames, animals, body parts, 2) and NaN where there is no point; `scores`, of the shape
    (frames, animals), is a model's confidence in a whole animal and NaN where it told none. `individuals` names the
    animals where a column is the same one in every frame.
    """

    parts: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    frames: tuple[Frame, ...]
    points: Floats
    scores: Floats
    individuals: tuple[str, ...] = ()

    @property
    def animals(self) -> int:
        """The most animals in one frame."""
        return int(self.points.shape[1])


def to_message(poses: Poses) -> tuple[dict[str, Any], bytes]:
    """For the channel between our processes; `from_message` makes the same poses again."""
    told = {
        "parts": list(poses.parts),
        "edges": [list(edge) for edge in poses.edges],
        "frames": [[frame.video, frame.number, frame.picture] for frame in poses.frames],
        "animals": poses.animals,
        "individuals": list(poses.individuals),
    }
    return told, poses.points.astype("<f8").tobytes() + poses.scores.astype("<f8").tobytes()


def from_message(told: dict[str, Any], data: bytes) -> Poses:
    """What `to_message` described."""
    frames = tuple(Frame(video, number, picture) for video, number, picture in told["frames"])
    parts, edges = tuple(told["parts"]), tuple((one, other) for one, other in told["edges"])
    shape = (len(frames), int(told["animals"]))
    values = np.frombuffer(data, "<f8")
    count = shape[0] * shape[1] * len(parts) * 2
    points, scores = values[:count].reshape(*shape, len(parts), 2), values[count:].reshape(shape)
    return Poses(parts, edges, frames, points, scores, tuple(told["individuals"]))


def assembled(
    parts: Sequence[str],
    edges: Sequence[tuple[str, str]],
    found: Sequence[tuple[Frame, Sequence[tuple[Floats, float]]]],
) -> Poses:
    """From the animals of each frame: points of the shape (body parts, 2), and a score."""
    most = max((len(animals) for _, animals in found), default=0)
    points = np.full((len(found), max(most, 1), len(parts), 2), np.nan)
    scores = np.full(points.shape[:2], np.nan)
    for row, (_, animals) in enumerate(found):
        for column, (xy, score) in enumerate(animals):
            points[row, column], scores[row, column] = xy, score
    points[~np.isfinite(points).all(axis=-1)] = np.nan
    return Poses(tuple(parts), tuple(edges), tuple(frame for frame, _ in found), points, scores)

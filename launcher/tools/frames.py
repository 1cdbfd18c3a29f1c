"""Frames that show what a project labels: where their pictures are, and the points on them.

Values and choices only; what they are read from is each tool's own business.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from launcher.errors import NotFound

Anything = TypeVar("Anything")


@dataclass(frozen=True, slots=True)
class Point:
    """One labelled body part, in pixels of its frame; `part` is its place in the order of the card's body parts."""

    part: int
    x: float
    y: float


#: The points of one animal that can be seen.
Animal: TypeAlias = Sequence[Point]


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A picture that is a file of the project's folder."""

    path: str


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One frame of a video of the project's folder, counted from 0."""

    path: str
    number: int


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A PNG or JPEG that lay inside a labels file."""

    data: bytes


@dataclass(frozen=True, slots=True)
class EmbeddedPixels:
    """Bare pixels that lay inside a labels file: 8 bits, one (gray) or three (RGB) `channels`, row by row."""

    width: int
    height: int
    channels: int
    data: bytes


@dataclass(frozen=True, slots=True)
class NoPicture:
    """A frame whose picture is not at hand; so large that its points lie on it."""

    width: int
    height: int


Picture: TypeAlias = ImageFile | VideoFrame | EmbeddedFile | EmbeddedPixels | NoPicture


@dataclass(frozen=True, slots=True)
class LabelledFrame:
    """One picture and the animals on it; none where nothing is labelled."""

    picture: Picture
    animals: Sequence[Animal] = ()


#: Points outside of this are no place on a frame of any camera.
_FARTHEST, _LEAST_ROOM = 8000, 20.0


def without_picture(animals: Sequence[Animal]) -> LabelledFrame | None:
    """Points alone, in the middle of a ground with room around them; None where no point can be seen.

    They still show what is labelled when the video is elsewhere.
    """
    seen = [[point for point in animal if 0 <= point.x < _FARTHEST and 0 <= point.y < _FARTHEST] for animal in animals]
    points = [point for animal in seen for point in animal]
    if not points:
        return None
    left, top = min(point.x for point in points), min(point.y for point in points)
    wide, high = max(point.x for point in points) - left, max(point.y for point in points) - top
    room = max(wide, high, _LEAST_ROOM)
    moved = [[Point(one.part, one.x - left + room, one.y - top + room) for one in animal] for animal in seen if animal]
    return LabelledFrame(NoPicture(math.ceil(wide + 2 * room), math.ceil(high + 2 * room)), moved)


@dataclass(frozen=True, slots=True)
class ProjectFrames:
    """Frames of one project, and which of its body parts are joined by a line."""

    frames: Sequence[LabelledFrame]
    bones: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which labelled frames to show: the one of that `number`, counted from 0, or `count` of them.

    One is the clearest; more are spread evenly over all, so that they show what there is.
    """

    count: int = 1
    number: int | None = None


def bones(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
    """The edges of a skeleton by the numbers of their body parts; those that lead nowhere are left out."""
    numbers = {name: number for number, name in enumerate(names)}
    return [(numbers[one], numbers[other]) for one, other in edges if one in numbers and other in numbers]


def spread(items: Sequence[Anything], wanted: int) -> list[Anything]:
    """Up to `wanted` of the items in their order, evenly over all of them."""
    count = min(wanted, len(items))
    return [items[(2 * number + 1) * len(items) // (2 * count)] for number in range(count)]


def numbered(items: Sequence[Anything], number: int) -> list[Anything]:
    """The one labelled frame of that number."""
    if not 0 <= number < len(items):
        raise NotFound(
            title=f"This project has no labelled frame {number}", hint=f"It has {len(items)} of them, counted from 0."
        )
    return [items[number]]


def clearest(choices: Sequence[Sequence[Animal]]) -> int:
    """Which of several frames shows its animals best: the most points, then side by side, then the largest animals."""
    return max(range(len(choices)), key=lambda number: _clearness(choices[number]), default=0)


def _clearness(animals: Sequence[Animal]) -> tuple[int, float, float]:
    """Animals fill a picture best when they are neither far apart nor on top of each other."""
    each, together = sum(map(_extent, animals)), _extent([point for animal in animals for point in animal])
    apart = abs(each / together - 1) if together else 0.0
    return sum(map(len, animals)), -apart, each


def _extent(animal: Animal) -> float:
    if not animal:
        return 0.0
    across, down = [point.x for point in animal], [point.y for point in animal]
    return math.hypot(max(across) - min(across), max(down) - min(down))

"""What a body part looks like on every picture and in every list: a colour and a shape, by its place in the order.

The colours are those of Okabe and Ito, which people with any colour vision can tell apart; the shape says it again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """The shape of a mark, written as the sign that stands for it in text."""

    CIRCLE = "●"
    UP = "▲"
    DOWN = "▼"
    SQUARE = "■"
    DIAMOND = "◆"
    STAR = "★"
    PLUS = "✚"


@dataclass(frozen=True, slots=True)
class Mark:
    """How one body part is drawn."""

    colour: str
    shape: Shape


_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
_SHAPES = tuple(Shape)

Outline = Sequence[tuple[float, float]]


def mark(part: int) -> Mark:
    """The mark of a body part. After seven the shapes move on by one, so that 49 parts look different."""
    turn, colour = divmod(part, len(_COLOURS))
    return Mark(_COLOURS[colour], _SHAPES[(colour + turn) % len(_SHAPES)])


def outline(shape: Shape) -> Outline:
    """The corners of a shape around (0, 0), y pointing down; all shapes look about as large as a circle of radius 1."""
    return _OUTLINES[shape]


def _turned(corners: int, radius: float, start: float) -> list[tuple[float, float]]:
    angles = (start + 2 * math.pi * corner / corners for corner in range(corners))
    return [(radius * math.cos(angle), radius * math.sin(angle)) for angle in angles]


def _star() -> list[tuple[float, float]]:
    tips, notches = _turned(5, 1.4, -math.pi / 2), _turned(5, 0.62, -math.pi / 2 + math.pi / 5)
    return [corner for pair in zip(tips, notches, strict=True) for corner in pair]


def _plus() -> list[tuple[float, float]]:
    long, short = 1.15, 0.42
    corner = [(-short, -long), (short, -long), (short, -short)]
    quarters = [[(x, y), (-y, x), (-x, -y), (y, -x)] for x, y in corner]
    return [quarters[at][turn] for turn in range(4) for at in range(3)]


_OUTLINES: dict[Shape, Outline] = {
    Shape.CIRCLE: _turned(48, 1.0, 0.0),
    Shape.UP: _turned(3, 1.35, -math.pi / 2),
    Shape.DOWN: _turned(3, 1.35, math.pi / 2),
    Shape.SQUARE: _turned(4, 1.25, math.pi / 4),
    Shape.DIAMOND: _turned(4, 1.25, 0.0),
    Shape.STAR: _star(),
    Shape.PLUS: _plus(),
}

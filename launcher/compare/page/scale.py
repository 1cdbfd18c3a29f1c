"""Where values lie on an axis, and at which round numbers it has ticks. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight axis from `low` to `high`, drawn from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value is drawn; what lies outside is drawn at the edge."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Round numbers on the axis: steps of 1, 2 or 5 times a power of ten."""
        span = self.high - self.low
        raw = span / most
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def reach(values: Sequence[float], least: float = 1.0) -> float:
    """The end of an axis from zero that shows all finite values with some room."""
    there = [value for value in values if math.isfinite(value)]
    return max([least, *there]) * 1.05


def number(value: float) -> str:
    """A tick's label."""
    return f"{value:.6g}".replace("-", "\u2212")

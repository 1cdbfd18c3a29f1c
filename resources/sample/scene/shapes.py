"""Distances to soft shapes, from which everything in the picture is made.

Coordinates are pixels with the centre of the first pixel at (0, 0), as both pose tools count them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

#: Each pixel near an animal is drawn as this many squared, so that edges and whisker-thin parts stay smooth.
FINENESS = 2


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a picture that an animal can touch, with its finer grid of sample points."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, points: Floats, margin: float, size: tuple[int, int]) -> Window:
        """The smallest window with all points in it, cut to a picture of this width and height."""
        low = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
        high = np.minimum(np.ceil(points.max(axis=0) + margin), size).astype(int)
        return cls(int(low[0]), int(low[1]), int(high[0]), int(high[1]))

    def samples(self) -> Floats:
        """Where the finer grid samples the picture; last axis x, y."""
        x, y = (
            start - 0.5 + (np.arange((stop - start) * FINENESS) + 0.5) / FINENESS
            for start, stop in ((self.left, self.right), (self.top, self.bottom))
        )
        return np.stack(np.meshgrid(x, y), axis=-1)

    def cut(self, picture: Floats) -> Floats:
        """A finer copy of this part of the picture."""
        part = picture[self.top : self.bottom, self.left : self.right]
        return part.repeat(FINENESS, axis=0).repeat(FINENESS, axis=1)

    def paste(self, picture: Floats, fine: Floats) -> None:
        """Put the finer copy back, averaged."""
        height, width = self.bottom - self.top, self.right - self.left
        blocks = fine.reshape(height, FINENESS, width, FINENESS, 3)
        picture[self.top : self.bottom, self.left : self.right] = blocks.mean(axis=(1, 3))


def coverage(distance: Floats, softness: float = 1 / FINENESS) -> Floats:
    """How much of each sample lies inside, from its signed distance to the edge (negative inside)."""
    return np.clip(0.5 - distance / softness, 0, 1)


def paint(picture: Floats, alpha: Floats, colour: Floats) -> None:
    """Lay a colour, or a picture of colours, over the picture."""
    picture += alpha[..., None] * (colour - picture)


def disc(at: Floats, centre: Floats, radius: float) -> Floats:
    """Signed distance to a disc."""
    result: Floats = np.sqrt((at[..., 0] - centre[0]) ** 2 + (at[..., 1] - centre[1]) ** 2) - radius
    return result


@dataclass(frozen=True, slots=True)
class Chain:
    """A row of discs that together make one smooth limb or body."""

    centres: Floats
    radii: Floats

    def distance(self, at: Floats) -> Floats:
        """Signed distance to the outline."""
        nearest = np.full(at.shape[:-1], np.inf)
        for squared, radius in zip(self._squared(at), self.radii, strict=True):
            np.minimum(nearest, np.sqrt(squared) - radius, out=nearest)
        return nearest

    def surface(self, at: Floats) -> tuple[Floats, Indices]:
        """How high the rounded body rises above the floor, and whose disc's centre is nearest."""
        top, best = np.zeros(at.shape[:-1]), np.full(at.shape[:-1], np.inf)
        index = np.zeros(at.shape[:-1], dtype=np.int64)
        for number, squared in enumerate(self._squared(at)):
            np.maximum(top, self.radii[number] ** 2 - squared, out=top)
            index[squared < best] = number
            np.minimum(best, squared, out=best)
        return np.sqrt(top), index

    def _squared(self, at: Floats) -> Iterator[Floats]:
        """Squared distances to one centre after the other; rows and columns apart, since that is much faster."""
        x, y = at[:1, :, 0], at[:, :1, 1]
        for centre in self.centres:
            yield (x - centre[0]) ** 2 + (y - centre[1]) ** 2


def clouds(shape: tuple[int, int], coarseness: float, rng: np.random.Generator) -> Floats:
    """Soft random blotches around 0 with a spread of 1, larger for a greater coarseness; it tiles."""
    waves = np.fft.fft2(rng.standard_normal(shape))
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None, :])
    texture = np.fft.ifft2(waves / (1 / max(shape) + frequency) ** coarseness).real
    result: Floats = (texture - texture.mean()) / texture.std()
    return result

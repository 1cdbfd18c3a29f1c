"""The place that the mice walk in: a floor under a lamp, walls around it, the dark room outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .shapes import Floats, clouds, coverage, disc, paint

Outline = Callable[[Floats], Floats]

#: How thick the walls look from above, in pixels.
WALL = 17.0


@dataclass(frozen=True, slots=True)
class Colours:
    """Floor, wall and room, as red, green and blue."""

    floor: tuple[int, int, int]
    wall: tuple[int, int, int]
    room: tuple[int, int, int] = (30, 34, 41)


@dataclass(frozen=True, slots=True)
class Shelter:
    """A red plastic dome with air holes; what is under it cannot be seen, so nobody could label it."""

    centre: tuple[float, float]
    radius: float

    def hides(self, point: tuple[float, float]) -> bool:
        """Say whether this point of an animal is under the dome."""
        return bool(np.hypot(point[0] - self.centre[0], point[1] - self.centre[1]) < self.radius)

    def draw(self, picture: Floats) -> None:
        """Draw it over everything."""
        at, centre = grid(picture.shape[1], picture.shape[0]), np.array(self.centre)
        edge = disc(at, centre, self.radius)
        paint(picture, 0.42 * coverage(disc(at, centre + 5, self.radius), 14), np.array([34.0, 14, 14]))
        rise = np.sqrt(np.clip(1 - (1 + edge / self.radius) ** 2, 0, 1))
        red = np.array([122.0, 24, 26]) + np.array([70.0, 22, 20]) * rise[..., None]
        paint(picture, 0.96 * coverage(edge, 1.2), red)
        paint(picture, 0.26 * coverage(np.abs(edge + 1.6) - 0.8, 2.0), np.array([226.0, 106, 96]))
        for angle in np.linspace(0, 2 * np.pi, 8, endpoint=False):
            hole = centre + 0.66 * self.radius * np.array([np.cos(angle), np.sin(angle)])
            paint(picture, 0.75 * coverage(disc(at, hole, 0.062 * self.radius), 1.4), np.array([58.0, 10, 14]))
        lamp = centre - 0.30 * self.radius
        paint(picture, 0.5 * coverage(disc(at, lamp, 0.13 * self.radius), 10), np.array([255.0, 214, 200]))


def grid(width: int, height: int) -> Floats:
    """The pixel centres of a whole picture; last axis x, y."""
    return np.stack(np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float)), axis=-1)


def box(left: float, top: float, right: float, bottom: float) -> Outline:
    """A rectangular floor."""

    def distance(at: Floats) -> Floats:
        x = np.maximum(left - at[..., 0], at[..., 0] - right)
        y = np.maximum(top - at[..., 1], at[..., 1] - bottom)
        result: Floats = np.maximum(x, y)
        return result

    return distance


def ring(x: float, y: float, radius: float) -> Outline:
    """A round floor."""
    return lambda at: disc(at, np.array([x, y]), radius)


def draw(size: tuple[int, int], outline: Outline, colours: Colours, rng: np.random.Generator) -> Floats:
    """The empty arena, as a picture of floats from 0 to 255."""
    at = grid(*size)
    distance = outline(at)
    picture = np.broadcast_to(np.array(colours.room, dtype=float), (size[1], size[0], 3)).copy()
    picture *= 1 + 0.10 * clouds((size[1], size[0]), 1.6, rng)[..., None]
    _draw_wall(picture, distance, colours)
    paint(picture, coverage(distance, 1.0), _floor(at, distance, colours, rng))
    result: Floats = np.clip(picture, 0, 255)
    return result


def _draw_wall(picture: Floats, distance: Floats, colours: Colours) -> None:
    """Walls that face the lamp are bright, their upper rim brightest; a soft shadow lies outside."""
    slope_y, slope_x = np.gradient(distance)
    facing = np.clip(0.5 + 0.5 * (0.55 * slope_x + 0.75 * slope_y), 0, 1)
    depth = np.clip(distance / WALL, 0, 1)
    shade = (0.55 + 0.50 * facing) * (0.66 + 0.34 * depth)
    paint(picture, 0.6 * coverage(distance - WALL - 4, 14), np.zeros(3))
    paint(picture, coverage(distance - WALL, 1.2), np.array(colours.wall) * shade[..., None])
    rim = coverage(np.abs(distance - WALL + 1.3) - 1.1, 1.2)
    paint(picture, 0.75 * rim, np.clip(np.array(colours.wall) * (0.95 + 0.45 * facing[..., None]), 0, 255))


def _floor(at: Floats, distance: Floats, colours: Colours, rng: np.random.Generator) -> Floats:
    """Worn in blotches, brightest under the lamp, darker towards the walls and in their shadow."""
    shape = (at.shape[0], at.shape[1])
    lamp = np.hypot(at[..., 0] - 0.42 * shape[1], at[..., 1] - 0.40 * shape[0]) / shape[1]
    light = 1.06 - 0.55 * lamp**1.6
    light *= 1 - 0.34 * np.exp(distance / 7) - 0.14 * np.exp(distance / 30)
    light *= 1 + 0.016 * clouds(shape, 1.7, rng) + 0.009 * clouds(shape, 0.4, rng)
    colour = np.array(colours.floor) * light[..., None]
    # The lamp is warm, and what it does not reach is bluish.
    colour += (light[..., None] - 0.9) * np.array([14.0, 4.0, -14.0])
    result: Floats = np.clip(colour, 0, 255)
    return result

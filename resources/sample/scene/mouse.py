"""How a mouse looks from above, and where its key points are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .shapes import Chain, Floats, Indices, Window, clouds, coverage, disc, paint
from .walk import SPINE, TAIL, Pose

#: The body's outline: half its width at parts of its length, both in body lengths, from snout to tail base.
OUTLINE = (
    (0.00, 0.030), (0.05, 0.050), (0.12, 0.078), (0.22, 0.112), (0.30, 0.116), (0.38, 0.115), (0.50, 0.150),
    (0.64, 0.192), (0.76, 0.200), (0.86, 0.172), (0.94, 0.110), (1.00, 0.042),
)  # fmt: skip

#: Key points as (part of the body's length, offset to the left), both in body lengths.
KEY_POINTS: Mapping[str, tuple[float, float]] = {
    "snout": (0.0, 0.0),
    "leftear": (0.265, 0.118),
    "rightear": (0.265, -0.118),
    "centre": (0.60, 0.0),
    "tailbase": (0.985, 0.0),
}

#: From which side the lamp shines, over the upper left corner.
LIGHT = np.array([-0.48, -0.58, 0.66])
SKIN, EYE, SHADOW = np.array([206.0, 160, 150]), np.array([14.0, 11, 12]), np.array([26.0, 22, 24])


@dataclass(frozen=True, slots=True)
class Coat:
    """A mouse's fur: the colour along its back, on its flanks, and its own texture."""

    back: Floats
    flank: Floats
    texture: Floats

    @classmethod
    def of(
        cls, back: tuple[int, int, int], flank: tuple[int, int, int], rng: np.random.Generator, rough: float = 0.075
    ) -> Coat:
        """A coat of these two colours; the hair of a pale one has to be less rough, or it looks spotted."""
        return cls(np.array(back, dtype=float), np.array(flank, dtype=float), rough * clouds((256, 256), 0.9, rng))


def key_points(pose: Pose) -> dict[str, tuple[float, float]]:
    """Where each key point is, in pixels."""
    places = {name: pose.beside(part, side) for name, (part, side) in KEY_POINTS.items()}
    places["snout"] = pose.spine[0]
    return {name: (float(place[0]), float(place[1])) for name, place in places.items()}


def tail_tip(pose: Pose) -> tuple[float, float]:
    """Where the tail ends."""
    return float(pose.tail[-1, 0]), float(pose.tail[-1, 1])


def draw(picture: Floats, pose: Pose, coat: Coat) -> None:
    """Draw one mouse onto the picture."""
    _draw_tail(picture, pose)
    _draw_body(picture, pose, coat)


def _draw_tail(picture: Floats, pose: Pose) -> None:
    tail = Chain(pose.tail, pose.length * np.linspace(0.032, 0.009, TAIL))
    window = Window.around(pose.tail, 8, (picture.shape[1], picture.shape[0]))
    at, fine = window.samples(), window.cut(picture)
    paint(fine, 0.40 * coverage(tail.distance(at + LIGHT[:2] * 1.6), 4.0), SHADOW)
    paint(fine, coverage(tail.distance(at)), SKIN * 0.62)
    paint(fine, 0.7 * coverage(tail.distance(at - LIGHT[:2] * 0.9) + 0.6, 1.2), SKIN * 0.95)
    window.paste(picture, fine)


def _draw_body(picture: Floats, pose: Pose, coat: Coat) -> None:
    parts, widths = np.array(OUTLINE).T
    body = Chain(pose.spine, pose.length * np.interp(np.linspace(0, 1, SPINE), parts, widths))
    window = Window.around(pose.spine, 0.3 * pose.length, (picture.shape[1], picture.shape[0]))
    at, fine = window.samples(), window.cut(picture)
    _draw_shadow(fine, at, body)
    _draw_feet(fine, at, pose)
    _draw_fur(fine, at, body, coat)
    _draw_face(fine, at, pose, coat)
    window.paste(picture, fine)


def _draw_shadow(fine: Floats, at: Floats, body: Chain) -> None:
    """Soft where the body is high above the floor, hard where it rests."""
    distance = body.distance(at + LIGHT[:2] * 4.0)
    paint(fine, 0.50 * coverage(distance, 18.0), SHADOW)
    paint(fine, 0.35 * coverage(distance + 1.5, 6.0), SHADOW)


def _draw_feet(fine: Floats, at: Floats, pose: Pose) -> None:
    for part, side, phase in ((0.42, 1, 0.0), (0.42, -1, np.pi), (0.80, 1, np.pi), (0.80, -1, 0.0)):
        reach = 0.045 * np.sin(pose.step + phase)
        width = 0.118 if part < 0.5 else 0.178
        foot = Chain(
            np.array([pose.beside(part - reach - ahead, side * width) for ahead in (0.0, 0.03, 0.06)]),
            pose.length * np.array([0.030, 0.033, 0.026]),
        )
        paint(fine, coverage(foot.distance(at)), SKIN * 0.86)


def _draw_fur(fine: Floats, at: Floats, body: Chain, coat: Coat) -> None:
    height, index = body.surface(at)
    slope_y, slope_x = np.gradient(height * 1.05, at[1, 0, 1] - at[0, 0, 1])
    steep = np.sqrt(1 + slope_x**2 + slope_y**2)
    light = np.clip((-slope_x * LIGHT[0] - slope_y * LIGHT[1] + LIGHT[2]) / steep, 0, None)
    along, across, hair = _fur_coordinates(at - body.centres[index], index, body, coat)
    flank = np.clip(np.abs(across) ** 1.6, 0, 1)[..., None]
    colour = coat.back + (coat.flank - coat.back) * flank
    sheen = 20 * np.clip(light - 0.78, 0, None) * (along > 0.1)
    shade = 0.34 + 0.92 * light + hair
    paint(fine, coverage(body.distance(at)), np.clip(colour * shade[..., None] + sheen[..., None], 0, 255))


def _fur_coordinates(offset: Floats, index: Indices, body: Chain, coat: Coat) -> tuple[Floats, Floats, Floats]:
    """Each sample's place along the body and across it (-1 to 1), from where it lies beside the back, and its hair."""
    steps = -np.gradient(body.centres, axis=0)
    spacing = np.hypot(steps[:, 0], steps[:, 1])
    ahead = (steps / spacing[:, None])[index]
    along = index * spacing.mean() - (offset * ahead).sum(axis=-1)
    side = offset[..., 0] * ahead[..., 1] - offset[..., 1] * ahead[..., 0]
    row, column = (side * 5).astype(int) % 256, (along * 1.7).astype(int) % 256
    return along / (spacing.mean() * SPINE), side / body.radii[index], coat.texture[row, column]


def _draw_face(fine: Floats, at: Floats, pose: Pose, coat: Coat) -> None:
    for side in (1, -1):
        _draw_ear(fine, at, pose, coat, side)
        eye = pose.beside(0.135, side * 0.066)
        paint(fine, coverage(disc(at, eye, 0.021 * pose.length)), EYE)
        paint(fine, 0.8 * coverage(disc(at, eye + LIGHT[:2], 0.006 * pose.length)), np.full(3, 235.0))
    paint(fine, coverage(disc(at, pose.spine[0] + 0.008 * pose.length * pose.forward(0), 0.026 * pose.length)), SKIN)


def _draw_ear(fine: Floats, at: Floats, pose: Pose, coat: Coat, side: int) -> None:
    centre, size = np.array(pose.beside(*_ear(side))), 0.074 * pose.length
    paint(fine, 0.35 * coverage(disc(at + LIGHT[:2] * 1.8, centre, size), 3.0), np.zeros(3))
    paint(fine, coverage(disc(at, centre, size)), 0.45 * coat.flank + 0.35 * SKIN)
    inner = centre + 0.012 * pose.length * pose.forward(0.26)
    paint(fine, coverage(disc(at, inner, 0.70 * size), 2.5), 0.25 * coat.flank + 0.66 * SKIN)


def _ear(side: int) -> tuple[float, float]:
    return KEY_POINTS["leftear" if side > 0 else "rightear"]

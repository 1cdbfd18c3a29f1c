"""The two films of the sample: who walks where, and what the camera sees of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import arena, mouse
from .arena import Colours, Shelter
from .shapes import Floats, clouds
from .walk import Loop, Pose, Walk

Picture = npt.NDArray[np.uint8]
Point = tuple[float, float]

WIDTH, HEIGHT, FPS = 480, 360, 30
#: One seed for each film, so that changing one leaves the other as it was.
ARENA_SEED, PAIR_SEED = 20260115, 20260116


@dataclass(frozen=True, slots=True)
class Actor:
    """One mouse: its way and its coat."""

    walk: Walk
    coat: mouse.Coat


@dataclass(frozen=True, slots=True)
class Film:
    """Mice in an arena, and the noise of the camera."""

    empty: Floats
    actors: Sequence[Actor]
    shelter: Shelter | None
    frames: int
    seed: int

    def pictures(self) -> Iterator[Picture]:
        """Every frame, as the camera sends it."""
        rng = np.random.default_rng(self.seed)
        for frame in range(self.frames):
            picture = self.empty.copy()
            for actor in self.actors:
                mouse.draw(picture, actor.walk.pose(frame), actor.coat)
            if self.shelter:
                self.shelter.draw(picture)
            yield _expose(picture, rng)

    def pose(self, actor: int, frame: int) -> Pose:
        """How one animal lies in one frame."""
        return self.actors[actor].walk.pose(frame)

    def seen(self, point: Point) -> bool:
        """Say whether the camera can see an animal's point there."""
        return self.shelter is None or not self.shelter.hides(point)


def open_arena() -> Film:
    """One dark mouse in a square arena with a shelter, for ten seconds."""
    rng = np.random.default_rng(ARENA_SEED)
    empty = arena.draw((WIDTH, HEIGHT), arena.box(46, 30, 434, 330), Colours((226, 219, 205), (132, 139, 146)), rng)
    corners = ((104, 96), (230, 72), (388, 92), (394, 250), (312, 286), (236, 196), (136, 280), (88, 190))
    coat = mouse.Coat.of((74, 62, 54), (126, 106, 90), rng)
    walk = Walk.plan(Loop.through(corners, 24), 108, 470, _speeds(300, 2.9, rng), rng)
    return Film(empty, (Actor(walk, coat),), Shelter((382, 82), 41), 300, ARENA_SEED)


def two_mice() -> Film:
    """A dark and a pale mouse that walk around each other in a round arena, for five seconds."""
    rng = np.random.default_rng(PAIR_SEED)
    empty = arena.draw((WIDTH, HEIGHT), arena.ring(240, 180, 152), Colours((196, 202, 204), (110, 120, 134)), rng)
    outer = Loop.through(((240, 62), (338, 96), (352, 196), (290, 292), (180, 288), (122, 190), (150, 92)), 22)
    inner = Loop.through(((210, 150), (262, 120), (290, 170), (268, 226), (206, 232), (184, 190)), 12)
    actors = (
        Actor(Walk.plan(outer, 94, 60, _speeds(150, 2.5, rng), rng), mouse.Coat.of((70, 58, 50), (122, 102, 86), rng)),
        Actor(
            Walk.plan(inner, 86, 250, _speeds(150, 1.5, rng), rng),
            mouse.Coat.of((206, 196, 182), (226, 218, 206), rng, rough=0.035),
        ),
    )
    return Film(empty, actors, None, 150, PAIR_SEED)


def _speeds(frames: int, typical: float, rng: np.random.Generator) -> Floats:
    """Pixels a frame: bouts of running, with stops to look around in between."""
    wander = clouds((1, frames), 1.3, rng)[0]
    result: Floats = typical * np.clip(1 + 0.9 * wander, 0.12, 1.9)
    return result


def _expose(picture: Floats, rng: np.random.Generator) -> Picture:
    noise = rng.normal(0, 1.4, picture.shape[:2])[..., None]
    return np.clip(picture + noise + 0.5, 0, 255).astype(np.uint8)

"""How a mouse moves: its body follows the way of its head, as a real one's does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .shapes import Floats

#: Points along the back, from snout to tail base, and along the tail.
SPINE, TAIL = 44, 72
#: The head turns about the neck, this far behind the snout; the tail is this long. Both in body lengths.
NECK, TAIL_LENGTH = 0.36, 0.82


@dataclass(frozen=True, slots=True)
class Loop:
    """A closed smooth way on the floor."""

    points: Floats
    along: Floats

    @classmethod
    def through(cls, corners: Sequence[tuple[float, float]], softness: float) -> Loop:
        """Past these corners, which are rounded the more the softer."""
        closed = np.array([*corners, corners[0]], dtype=float)
        along = _arc_length(closed)
        even = np.linspace(0, along[-1], 2048, endpoint=False)
        rough = np.stack([np.interp(even, along, closed[:, axis]) for axis in (0, 1)], axis=-1)
        damping = np.exp(-0.5 * (np.fft.fftfreq(len(even), along[-1] / len(even)) * 2 * np.pi * softness) ** 2)
        smooth = np.fft.ifft(np.fft.fft(rough, axis=0) * damping[:, None], axis=0).real
        smooth = np.vstack([smooth, smooth[:1]])
        return cls(smooth, _arc_length(smooth))

    def at(self, distance: Floats) -> Floats:
        """Where one is after these distances, round and round."""
        around = distance % self.along[-1]
        return np.stack([np.interp(around, self.along, self.points[:, axis]) for axis in (0, 1)], axis=-1)


@dataclass(frozen=True, slots=True)
class Pose:
    """One mouse at one moment: its back from snout to tail base, its tail, and how far it is in its step."""

    spine: Floats
    tail: Floats
    length: float
    step: float

    def forward(self, part: float) -> Floats:
        """The direction of the back there; `part` runs from 0 at the snout to 1 at the tail base."""
        index = min(max(round(part * (SPINE - 1)), 1), SPINE - 2)
        along = self.spine[index - 1] - self.spine[index + 1]
        result: Floats = along / np.hypot(along[0], along[1])
        return result

    def beside(self, part: float, side: float) -> Floats:
        """A point beside the back, in body lengths to the animal's left (negative: right)."""
        position = part * (SPINE - 1)
        centre = np.array([np.interp(position, np.arange(SPINE), self.spine[:, axis]) for axis in (0, 1)])
        ahead = self.forward(part)
        # With y pointing down, an animal that faces right has its left side up.
        result: Floats = centre + side * self.length * np.array([ahead[1], -ahead[0]])
        return result


@dataclass(frozen=True, slots=True)
class Walk:
    """One animal's way through the whole film."""

    loop: Loop
    length: float
    travelled: Floats
    turns: Floats

    @classmethod
    def plan(cls, loop: Loop, length: float, start: float, speeds: Floats, rng: np.random.Generator) -> Walk:
        """Speeds in pixels a frame. A mouse that slows down looks around."""
        travelled = start + np.cumsum(speeds)
        looking = np.interp(speeds, [0.4, 2.2], [0.62, 0.16])
        time = np.arange(len(speeds)) / 30
        scan = sum(np.sin(2 * np.pi * (f * time + rng.random())) * a for f, a in ((0.55, 0.6), (0.9, 0.4), (1.7, 0.15)))
        return cls(loop, length, travelled, looking * scan)

    def pose(self, frame: int) -> Pose:
        """The animal in this frame."""
        head, step = self.travelled[frame], 2 * np.pi * self.travelled[frame] / (0.62 * self.length)
        spine = self.loop.at(head - np.linspace(0, self.length, SPINE))
        spine = _turn_head(_sway(spine, 0.012 * self.length, step), float(self.turns[frame]))
        return Pose(spine, self._tail(spine, head, step, frame), self.length, float(step))

    def _tail(self, spine: Floats, head: float, step: float, frame: int) -> Floats:
        part = np.linspace(0, 1, TAIL)
        points = self.loop.at(head - self.length * (1 + TAIL_LENGTH * part))
        points -= points[0].copy()
        swing = 0.11 * self.length * part**1.4 * np.sin(0.5 * step - 4.2 * part + 0.02 * frame)
        result: Floats = spine[-1] + points + _normals(points) * swing[:, None]
        return result


def _arc_length(points: Floats) -> Floats:
    steps = np.hypot(*np.diff(points, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _normals(points: Floats) -> Floats:
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    return np.stack([along[:, 1], -along[:, 0]], axis=-1)


def _sway(spine: Floats, amount: float, step: float) -> Floats:
    waddle = amount * np.sin(step - np.linspace(0, 1, len(spine)) * 3.4)
    return spine + _normals(spine) * waddle[:, None]


def _turn_head(spine: Floats, angle: float) -> Floats:
    """Bend the neck, most at the snout, without changing the length of the back."""
    part = np.linspace(1, 0, len(spine))[1:]
    bend = angle * np.clip((NECK - part) / NECK, 0, 1) ** 0.7
    steps = np.diff(spine[::-1] @ np.array([1, 1j])) * np.exp(1j * bend)
    turned = np.cumsum(np.concatenate([spine[-1:] @ np.array([1, 1j]), steps]))[::-1]
    return np.stack([turned.real, turned.imag], axis=-1)

"""Which part of a frame is shown, and how large: pure decisions about rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from launcher.errors import BadUsage
from launcher.tools.frames import Animal, Point

#: The animal's points take up about this much of a poster: bodies reach beyond their key points.
FILLED = 0.5
#: Animals are shown together unless that makes them this much smaller than the largest alone.
TOGETHER = 2.5
SMALLEST, LARGEST = 16, 2048


def check_size(width: int, height: int) -> None:
    """Raise `BadUsage` for a picture that nobody needs."""
    if not (SMALLEST <= width <= LARGEST and SMALLEST <= height <= LARGEST):
        raise BadUsage(
            f"{width}x{height}",
            title="A picture of this size cannot be made",
            hint=f"Both sides may be {SMALLEST} to {LARGEST} pixels.",
        )


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is wanted: exactly this large and filled with the animal, or `whole`, fitted into this size.

    A pixel of the frame is never shown larger than `zoom` pixels: as big as a finger it says nothing.
    """

    width: int
    height: int
    whole: bool = False
    zoom: float = 4.0

    def __post_init__(self) -> None:
        check_size(self.width, self.height)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the frame."""

    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.left + self.width / 2, self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class View:
    """A part of the frame, and the size in pixels that it is shown at."""

    box: Box
    width: int
    height: int

    @property
    def zoom(self) -> float:
        """Pixels of the picture for each pixel of the frame."""
        return self.width / self.box.width

    def place(self, point: Point) -> tuple[float, float]:
        """Where a point of the frame lies on the picture; a pixel's number means its middle."""
        across, down = self.width / self.box.width, self.height / self.box.height
        return (point.x + 0.5 - self.box.left) * across, (point.y + 0.5 - self.box.top) * down


def view(width: int, height: int, animals: Sequence[Animal], look: Look) -> View:
    """What to show of a frame of this size."""
    if look.whole:
        zoom = min(look.width / width, look.height / height, look.zoom)
        return View(Box(0, 0, width, height), max(1, round(width * zoom)), max(1, round(height * zoom)))
    ratio = look.width / look.height
    widest = min(width, height * ratio)
    seen = [box for animal in animals if (box := _around(animal, width, height)) is not None]
    if not seen:
        return View(_placed(width, height, widest, ratio, (width / 2, height / 2)), look.width, look.height)
    subject = _subject(seen, ratio)
    wanted = max(_filled(subject, ratio), look.width / look.zoom)
    return View(_placed(width, height, min(wanted, widest), ratio, subject.middle), look.width, look.height)


def _around(animal: Animal, width: int, height: int) -> Box | None:
    """The box around the points that lie on the frame."""
    inside = [point for point in animal if 0 <= point.x <= width and 0 <= point.y <= height]
    if not inside:
        return None
    across, down = sorted(point.x + 0.5 for point in inside), sorted(point.y + 0.5 for point in inside)
    return Box(across[0], down[0], across[-1] - across[0], down[-1] - down[0])


def _subject(seen: Sequence[Box], ratio: float) -> Box:
    """All animals, or the largest where together they would all be small."""
    largest = max(seen, key=lambda box: _filled(box, ratio))
    across = list(chain.from_iterable((box.left, box.left + box.width) for box in seen))
    down = list(chain.from_iterable((box.top, box.top + box.height) for box in seen))
    everyone = Box(min(across), min(down), max(across) - min(across), max(down) - min(down))
    return everyone if _filled(everyone, ratio) <= TOGETHER * _filled(largest, ratio) else largest


def _filled(box: Box, ratio: float) -> float:
    """How wide a picture of this ratio is that the box fills well."""
    return max(box.width, box.height * ratio) / FILLED


def _placed(width: int, height: int, wide: float, ratio: float, middle: tuple[float, float]) -> Box:
    """A box of that width around a place, moved so that it stays on the frame."""
    high = wide / ratio
    left = min(max(0.0, middle[0] - wide / 2), width - wide)
    top = min(max(0.0, middle[1] - high / 2), height - high)
    return Box(left, top, wide, high)

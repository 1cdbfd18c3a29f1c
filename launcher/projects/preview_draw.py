"""Draw a frame and its key points.

This happens in the parser process: of other people's pixels nothing but a picture of our own making ever leaves it.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw

from launcher.projects.preview_crop import Look, View, view
from launcher.projects.preview_marks import Mark, mark, outline
from launcher.tools.frames import Animal

#: Marks are drawn this much larger and then reduced, which gives them clean edges.
FINE = 2
BONE, RIM = "#0F5FB5", "#FFFFFF"
_Place = tuple[float, float]


def poster(frame: Image.Image, animals: Sequence[Animal], bones: Sequence[tuple[int, int]], look: Look) -> bytes:
    """A PNG of the frame as it is wanted, with its key points."""
    shown = view(frame.width, frame.height, animals, look)
    picture = _cut(frame, shown)
    radius = mark_radius(shown, animals)
    if any(animals):
        layer = Image.new("RGBA", (shown.width * FINE, shown.height * FINE))
        pen = ImageDraw.Draw(layer)
        for animal in animals:
            _draw_animal(pen, [(point.part, shown.place(point)) for point in animal], bones, radius)
        layer = layer.resize(picture.size, Image.Resampling.BOX)
        picture.paste(layer, mask=layer)
    return png_of(picture)


def mark_radius(shown: View, animals: Sequence[Animal]) -> float:
    """How large marks are: to be seen at a glance, yet smaller on many points that lie close together."""
    largest = 0.0165 * min(shown.width, 1.75 * shown.height)
    count = max(map(len, animals), default=0)
    if count < 2:
        return largest
    animal = max(animals, key=len)
    across, down = zip(*(shown.place(point) for point in animal), strict=True)
    extent = math.hypot(max(across) - min(across), max(down) - min(down))
    return max(0.5 * largest, min(largest, 0.12 * extent / math.sqrt(count)))


def _cut(frame: Image.Image, shown: View) -> Image.Image:
    box = shown.box
    corners = (box.left, box.top, box.left + box.width, box.top + box.height)
    how = Image.Resampling.LANCZOS if shown.zoom < 1 else Image.Resampling.BICUBIC
    return frame.resize((shown.width, shown.height), how, box=corners)


def _draw_animal(
    pen: ImageDraw.ImageDraw, points: Sequence[tuple[int, _Place]], bones: Iterable[tuple[int, int]], radius: float
) -> None:
    places = {part: (x * FINE, y * FINE) for part, (x, y) in points}
    ends = [(places[one], places[other]) for one, other in bones if one in places and other in places]
    for colour, wide in ((RIM, 0.65), (BONE, 0.3)):
        for pair in ends:
            pen.line(pair, colour, max(1, round(wide * radius * FINE)))
    for part, place in reversed(places.items()):  # what comes first in the order lies on top
        _draw_mark(pen, mark(part), place, radius * FINE)


def _draw_mark(pen: ImageDraw.ImageDraw, how: Mark, place: _Place, radius: float) -> None:
    corners = [(place[0] + radius * x, place[1] + radius * y) for x, y in outline(how.shape)]
    pen.line([*corners, *corners[:2]], RIM, max(2, round(0.55 * radius)), joint="curve")
    pen.polygon(corners, how.colour)


def png_of(picture: Image.Image) -> bytes:
    """As it leaves this process."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=4)
    return out.getvalue()

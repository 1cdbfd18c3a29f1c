"""The clip with every model's points, side by side, as a video of our own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from launcher.compare import metrics
from launcher.compare.metrics import Floats
from launcher.compare.pictures import Pictures
from launcher.config.plain import plain
from launcher.projects.preview_marks import mark, outline

#: A stream of 30 frames a second is what browsers and eyes are used to; the clip's own rate is not always known.
RATE = 30
_PANEL, _WIDEST, _TITLE = 480, 1920, 26
_GROUND, _WORDS, _RIM = "#14171C", "#E7EAEE", "#FFFFFF"


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One model on the clip: points by frame number, of the shape (frames, animals, parts, 2)."""

    name: str
    points: Floats


def most_telling(tracks: Sequence[Track], length: int) -> int:
    """Where the part of that many frames begins in which models disagree most on what is there, else miss most."""
    found = np.stack([metrics.present(track.points).sum(axis=(1, 2)) for track in tracks]).astype(float)
    telling = found.max(axis=0) - found.min(axis=0) if len(tracks) > 1 else found.max() - found[0]
    if len(telling) <= length:
        return 0
    total = np.concatenate([[0.0], np.cumsum(telling)])
    return int(np.argmax(total[length:] - total[:-length]))


def made(pictures: Pictures, video: Path, tracks: Sequence[Track], first: int, count: int) -> bytes:
    """An mp4 (H.264) of some frames, a panel for each model. Empty where the video has none of these frames."""
    import av

    width = min(_PANEL, _WIDEST // len(tracks) // 2 * 2)
    #: Points are in the pixels of the video itself, which may be wider than a panel.
    own = next(iter(pictures.run(video, first, 1, 4096)), (1, 1, b""))[0]
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = None
        for at, (wide, high, data) in enumerate(pictures.run(video, first, count, width)):
            frame = Image.frombytes("RGB", (wide, high), data)
            whole = _beside(frame, tracks, first + at, own / wide)
            if stream is None:
                stream = container.add_stream(
                    "libx264", rate=Fraction(RATE), options={"crf": "23", "preset": "veryfast"}
                )
                stream.width, stream.height, stream.pix_fmt = whole.width, whole.height, "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(whole), format="rgb24")))
        if stream is None:
            return b""
        container.mux(stream.encode())
    return out.getvalue()


def _beside(frame: Image.Image, tracks: Sequence[Track], number: int, shrunk: float) -> Image.Image:
    high = (frame.height + _TITLE + 1) // 2 * 2
    wide = frame.width // 2 * 2
    whole = Image.new("RGB", (wide * len(tracks), high), _GROUND)
    font = ImageFont.load_default(14)
    for at, track in enumerate(tracks):
        panel = frame.copy()
        if number < len(track.points):
            _draw(panel, track.points[number] / shrunk)
        whole.paste(panel, (at * wide, _TITLE))
        ImageDraw.Draw(whole).text((at * wide + 8, 4), plain(track.name)[: wide // 8], _WORDS, font)
    return whole


def _draw(panel: Image.Image, points: Floats) -> None:
    pen, radius = ImageDraw.Draw(panel), max(4.0, panel.width / 90)
    for animal in points:
        for part, (x, y) in reversed(list(enumerate(animal))):
            if np.isfinite(x) and np.isfinite(y):
                how = mark(part)
                corners = [(x + radius * dx, y + radius * dy) for dx, dy in outline(how.shape)]
                pen.polygon(corners, how.colour, _RIM)

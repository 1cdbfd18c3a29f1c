"""Videos made for the tests: each frame carries its own number as black and white bars."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

BITS = 8
WIDTH, HEIGHT = 16 * BITS, 64


def video(
    path: Path,
    frames: int = 100,
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rate: int = 30,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
) -> Path:
    """A video whose frames say which they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options=container or {}) as out:
        stream = out.add_stream(codec, rate=Fraction(rate), options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        for number in range(frames):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(_bars(number), format="gray")))
        out.mux(stream.encode(None))
    return path


def _bars(number: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    bits = [255 * (number >> bit & 1) for bit in range(BITS)]
    row = np.repeat(np.array(bits, np.uint8), WIDTH // BITS)
    return np.tile(row, (HEIGHT, 1))


def number_on(image: Image.Image) -> int:
    """Which frame this is."""
    gray = np.asarray(image.convert("L").resize((WIDTH, HEIGHT)))
    middles = gray[HEIGHT // 2, WIDTH // BITS // 2 :: WIDTH // BITS]
    return sum(1 << bit for bit, level in enumerate(middles) if level > 127)


class CountedFile:
    """Ranges of one file of this computer, and what was asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self.ranges: list[tuple[int, int]] = []

    def __call__(self, path: str, start: int, length: int) -> bytes:
        self.ranges.append((start, length))
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(length)

    @property
    def bytes(self) -> int:
        return sum(length for _, length in self.ranges)


@contextmanager
def quiet_decoder() -> Iterator[None]:
    """Damaged files make the decoder talk; that is not what is looked at."""
    before = av.logging.get_level()
    av.logging.set_level(None)
    try:
        yield
    finally:
        av.logging.set_level(before)

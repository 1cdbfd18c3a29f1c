"""Other people's pictures as plain RGB: PNG, JPEG, TIFF, BMP; gray, colour or palette; 8 or 16 bits."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

from launcher.errors import Damaged
from launcher.tools.frames import EmbeddedPixels

#: More pixels than any camera of a lab has; a few bytes may claim them.
MOST_PIXELS = 64_000_000
FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
_GROUND = "#808080"
#: What Pillow raises for files that are not what they claim.
_ERRORS = (UnidentifiedImageError, OSError, ValueError, TypeError, SyntaxError, LookupError, ArithmeticError, EOFError)


def load_decoders() -> None:
    """Import Pillow's readers now, before the fences close."""
    Image.init()


def from_file(data: bytes, subject: str) -> Image.Image:
    """The picture in a file."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise too_large(subject, opened.width, opened.height)
            opened.load()
            return _rgb(opened)
    except (*_ERRORS, Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise Damaged(subject, title="This picture cannot be read", detail=repr(exc)[:300]) from exc


def from_pixels(pixels: EmbeddedPixels) -> Image.Image:
    """Bare pixels."""
    mode = "L" if pixels.channels == 1 else "RGB"
    return Image.frombytes(mode, (pixels.width, pixels.height), pixels.data).convert("RGB")


def too_large(subject: str, width: int, height: int) -> Damaged:
    """What is said of absurd sizes."""
    return Damaged(subject, title=f"A picture of {width} x {height} pixels is too large to be shown")


def _rgb(image: Image.Image) -> Image.Image:
    """Plain colour; what is transparent becomes gray, and deep gray is spread over the visible range."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _visible(image)
    if "A" in image.getbands() or "transparency" in image.info:
        seen = image.convert("RGBA")
        ground = Image.new("RGBA", seen.size, _GROUND)
        return Image.alpha_composite(ground, seen).convert("RGB")
    return image.convert("RGB")


def _visible(image: Image.Image) -> Image.Image:
    """Cameras of 10 to 16 bits rarely use the whole range: its darkest becomes black, its brightest white."""
    import numpy as np

    values = np.nan_to_num(np.asarray(image).astype(np.float32))
    low, high = np.percentile(values, (0.1, 99.9))
    spread = np.clip((values - low) * (255.0 / max(float(high - low), 1e-6)), 0, 255)
    return Image.fromarray(spread.astype(np.uint8)).convert("RGB")

"""Other people's pictures: every depth and palette is shown, and what claims to be a picture and is not is named."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from launcher.errors import Damaged
from launcher.projects.preview_images import from_file, from_pixels
from launcher.tools.frames import EmbeddedPixels

RAMP = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (32, 1))


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def _deep(kind: str) -> bytes:
    return saved(Image.fromarray(RAMP.astype(np.uint16) * 16), kind)


GRAY = Image.fromarray(RAMP)
PICTURES = {
    "gray": saved(GRAY),
    "colour": saved(GRAY.convert("RGB")),
    "palette": saved(GRAY.quantize(200)),
    "12 bits in 16": _deep("PNG"),
    "12 bits in 16, tiff": _deep("TIFF"),
    "floats": saved(Image.fromarray(RAMP.astype(np.float32) / 255), "TIFF"),
    "opaque": saved(GRAY.convert("RGBA")),
    "gray and opaque": saved(GRAY.convert("LA")),
    "jpeg": saved(GRAY, "JPEG"),
    "colour jpeg": saved(GRAY.convert("RGB"), "JPEG"),
    "bmp": saved(GRAY, "BMP"),
}


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_every_kind_comes_out_as_plain_colour_from_dark_to_bright(name: str) -> None:
    image = from_file(PICTURES[name], name)
    assert (image.mode, image.size) == ("RGB", (64, 32))
    levels = np.asarray(image.convert("L"))[16].astype(int)
    assert levels[0] < 10 and levels[-1] > 245
    assert (np.diff(levels) >= -6).all()


def test_what_is_transparent_becomes_gray() -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert from_file(saved(clear), "x").getpixel((4, 4)) == (128, 128, 128)


def test_black_and_white_alone() -> None:
    assert from_file(saved(Image.new("1", (8, 8), 1)), "x").getpixel((4, 4)) == (255, 255, 255)


def test_an_even_deep_picture_is_not_noise() -> None:
    even = Image.fromarray(np.full((8, 8), 700, np.uint16))
    assert len(set(from_file(saved(even), "x").get_flattened_data())) == 1


def _claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


BAD = {
    "empty": b"",
    "text": b"this is no picture",
    "signature alone": b"\x89PNG\r\n\x1a\n",
    "cut": PICTURES["colour"][: len(PICTURES["colour"]) // 2],
    "cut jpeg": PICTURES["jpeg"][:200],
    "too short for its size": _claims(640, 480),
    "gif": saved(GRAY, "GIF"),
    "script": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_what_is_no_picture_is_named(name: str) -> None:
    with pytest.raises(Damaged, match=r"This picture cannot be read: img0001\.png"):
        from_file(BAD[name], "img0001.png")


@pytest.mark.parametrize("size", [(100_000, 100_000), (9_000, 9_000), (2**31 - 1, 1)])
def test_a_few_bytes_that_claim_a_huge_picture_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(Damaged, match=r"too large to be shown|cannot be read"):
        from_file(_claims(*size), "img0001.png")


def test_bare_pixels() -> None:
    colour = EmbeddedPixels(2, 1, 3, bytes([255, 0, 0, 0, 0, 255]))
    assert list(from_pixels(colour).get_flattened_data()) == [(255, 0, 0), (0, 0, 255)]
    gray = EmbeddedPixels(1, 2, 1, bytes([7, 9]))
    assert list(from_pixels(gray).get_flattened_data()) == [(7, 7, 7), (9, 9, 9)]

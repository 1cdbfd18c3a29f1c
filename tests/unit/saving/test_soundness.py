"""What counts as a whole file, before it may replace one that was saved."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from launcher import errors
from launcher.projects.parsing import Parsers
from launcher.saving.soundness import check


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("L", (32, 24), 90).save(drawn, "PNG")
    return drawn.getvalue()


@pytest.mark.parametrize("tail", [b"", b"\0" * 512, picture()[-40:], b"made by a camera"])
def test_a_picture_with_something_behind_it_is_whole(tail: bytes, tmp_path: Path) -> None:
    """Every reader opens it: it must not be kept from the home bucket."""
    Image.open(io.BytesIO(picture() + tail)).load()
    with Parsers() as parsers:
        check(parsers, "sleap", "frames/img.png", picture() + tail, tmp_path)


@pytest.mark.parametrize("data", [b"", picture()[:-1], picture()[:40], picture()[8:], picture()[:-12] + b"\0" * 12])
def test_a_picture_that_is_cut_off_is_not(data: bytes, tmp_path: Path) -> None:
    with Parsers() as parsers, pytest.raises(errors.Damaged, match="cut off"):
        check(parsers, "sleap", "frames/img.png", data, tmp_path)

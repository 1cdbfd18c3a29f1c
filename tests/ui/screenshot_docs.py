"""The pictures of the guide and the README, small enough for a repository."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from PIL import Image, ImageColor

from launcher.ui.theme import DARK, KEY_POINTS, LIGHT

#: Names in `docs/screenshots`, and the scenes that they are.
DOCS = {
    "main-light-1440x900": "projects-light-1440x900",
    "main-dark-1440x900": "projects-dark-1440x900",
    "bringing-light-1024x768": "bringing-light-1024x768",
    "files-dark-1920x1080": "files-dark-1920x1080",
    "videos-light-1440x900": "videos-light-1440x900",
    "nothing-passes-light-1024x768": "nothing-passes-light-1024x768",
    "state-offline-light-1440x900": "state-offline-light-1440x900",
    "help": "help-light-1440x900",
    "keyboard": "keyboard-light-1440x900",
    "trainings-light-1440x900": "trainings-light-1440x900",
    "compare-light-1440x900": "compare-light-1440x900",
    "history-light-1440x900": "history-light-1440x900",
    "conflicts-light-1440x900": "conflicts-light-1440x900",
    "leaving-light-1440x900": "leaving-light-1440x900",
}
#: Colours of few pixels that mean something: of a key point no gray may become of, nor of one the other.
_KEPT = [colour for colour, _ in KEY_POINTS] + sorted({*asdict(LIGHT).values(), *asdict(DARK).values()})
_COLOURS = 256


def few(picture: Image.Image) -> Image.Image:
    """The same in 256 colours, those of the window among them."""
    kept = [channel for colour in _KEPT for channel in ImageColor.getrgb(colour)]
    rest = picture.quantize(_COLOURS - len(_KEPT), dither=Image.Dither.NONE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*kept, *rest][: 3 * _COLOURS])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def write_docs(drawn: Path, docs: Path) -> list[str]:
    """Every picture whose scene was drawn, in few colours; returns the names of those."""
    written = []
    for name, scene in DOCS.items():
        file = drawn / f"{scene}.png"
        if file.is_file():
            with Image.open(file) as picture:
                few(picture.convert("RGB")).save(docs / f"{name}.png", optimize=True)
            written.append(name)
    return written

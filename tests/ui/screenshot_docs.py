"""The pictures of the guide and the README, small enough for a repository."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

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
_COLOURS = 256
#: Without them a colour of few pixels, such as that of a key point, is taken for a gray.
_ROUNDS = 3


def write_docs(drawn: Path, docs: Path) -> list[str]:
    """Every picture whose scene was drawn, in few colours; returns the names of those."""
    written = []
    for name, scene in DOCS.items():
        file = drawn / f"{scene}.png"
        if file.is_file():
            with Image.open(file) as picture:
                small = picture.convert("RGB").quantize(_COLOURS, kmeans=_ROUNDS, dither=Image.Dither.NONE)
                small.save(docs / f"{name}.png", optimize=True)
            written.append(name)
    return written

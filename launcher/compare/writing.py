"""Draw a comparison and write it: the page, its figures, the numbers. Nothing of anybody else's is replaced."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import launcher
from launcher import errors
from launcher.compare import clip, tables
from launcher.compare.page import charts, document, shown_frames
from launcher.compare.page.markup import svg_file
from launcher.compare.pictures import Box, Pictures
from launcher.compare.plan import NOTES
from launcher.compare.results import Comparison, to_json
from launcher.compare.spec import LoadedSpec
from launcher.projects.disk_errors import disk_error
from launcher.tools.media import is_image, is_video

PAGE, NUMBERS, CLIP = "comparison.html", "numbers.json", "clip.mp4"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and where."""

    folder: Path
    page: Path
    document: dict[str, Any]


def check_folder(folder: Path) -> None:
    """Raise `NotDone` for a folder in which something lies that is no earlier answer of ours."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        is_ours = (folder / NOTES).is_file() or "comparison" in json.loads((folder / NUMBERS).read_bytes())
    except (OSError, ValueError, TypeError):
        is_ours = False
    if not is_ours:
        raise errors.NotDone(
            folder,
            title="This folder holds something else",
            hint="Nothing was written. Name an empty or a new folder with -o.",
        )


def write(found: Comparison, loaded: LoadedSpec, folder: Path, tell: Callable[[str], None]) -> Written:
    """Everything into a folder; the page comes last, so that it never shows what is not there."""
    with Pictures() as pictures:
        tell("Drawing …")
        drawn = _drawn(found, loaded, pictures, tell)
    made = f"Made {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())} with Pose Launcher {launcher.__version__}."
    answer = {"schema": SCHEMA, "made": made, "comparison": to_json(found)}
    files: dict[str, str | bytes] = {
        "spec.toml": loaded.text,
        "split.json": _json(found.split),
        "models.csv": tables.models(found),
        "pairs.csv": tables.pairs(found),
        "points.csv": tables.points(found),
    }
    if drawn.clip is not None:
        files[CLIP] = drawn.clip
    page = document.page(found, drawn, made)
    files |= {f"figures/{name}.svg": svg_file(figure) for name, (figure, _) in drawn.figures.items()}
    files |= {NUMBERS: _json(answer), PAGE: page}
    try:
        for name, content in files.items():
            _put(folder / name, content)
    except OSError as exc:
        raise disk_error(exc, folder) from exc
    return Written(folder, folder / PAGE, answer)


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _put(file: Path, content: str | bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.part")
    draft.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
    draft.replace(file)


def _drawn(found: Comparison, loaded: LoadedSpec, pictures: Pictures, tell: Callable[[str], None]) -> document.Drawn:
    panels, notes = [], []
    for chosen in shown_frames.choose(found):
        png, box, note = _picture(found, loaded, pictures, chosen.at)
        panels.append(shown_frames.panels(found, chosen, box, png))
        notes.append(note)
    clip_made, clip_note = _clip(found, loaded, pictures, tell)
    frames_note = " ".join(dict.fromkeys(filter(None, notes)))
    return document.Drawn(charts.figures(found), panels, frames_note, clip_made, clip_note)


def _picture(found: Comparison, loaded: LoadedSpec, pictures: Pictures, at: int) -> tuple[bytes | None, Box, str]:
    """The picture of a test frame and what part of it that is, or why there is none."""
    box = shown_frames.box_of(found, at)
    if loaded.spec.pictures is None:
        return None, box, "The spec names no pictures, so the points are drawn on gray."
    place = loaded.file(loaded.spec.pictures)
    name, number = found.pictures[found.test[at]]
    file = place / name.rpartition("/")[2] if place.is_dir() else place
    if not file.is_file() or not (is_image(file.name) or (is_video(file.name) and number is not None)):
        return None, box, f"The picture {name.rpartition('/')[2]} is not in the folder that the spec names."
    try:
        return *pictures.part(file, number, box), ""
    except errors.LauncherError as exc:
        return None, box, f"{file.name} could not be shown: {exc.title}."


def _clip(
    found: Comparison, loaded: LoadedSpec, pictures: Pictures, tell: Callable[[str], None]
) -> tuple[bytes | None, str]:
    asked = loaded.spec.clip
    tracks = [clip.Track(model.name, model.detail.clip) for model in found.models if model.detail.clip is not None]
    if asked is None or asked.video is None or not tracks:
        return None, ""
    tell("Drawing the clip …")
    count = round(asked.seconds * clip.RATE)
    first = round(asked.start * clip.RATE) if asked.start is not None else clip.most_telling(tracks, count)
    try:
        video = clip.made(pictures, loaded.file(asked.video), tracks, first, count)
    except errors.Damaged as exc:
        return None, f"The clip could not be shown: {exc.title}."
    if not video:
        return None, f"The video has no frame {first}."
    chosen = "" if asked.start is not None else ", where the models differ most in what they find"
    return video, f"Frames {first} to {min(first + count, asked.frames) - 1} of {asked.frames}{chosen}."

"""A new DeepLabCut project as text: its configuration and its tables of points. Pure."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

#: x and y of every body part of every animal, None or NaN where there is no point.
Points = Sequence[Sequence[Sequence[float | None]]]


@dataclass(frozen=True, slots=True)
class NewProject:
    """What a configuration says. `individuals` is empty where there is one animal; `videos` have their sizes."""

    task: str
    scorer: str
    date: str
    body_parts: Sequence[str]
    skeleton: Sequence[tuple[str, str]]
    individuals: Sequence[str]
    videos: Mapping[str, tuple[int, int]]


def config_text(project: NewProject, root: str) -> str:
    """`config.yaml` with the keys that DeepLabCut 3 writes into a new one (`create_project/new.py` there)."""
    is_multi = bool(project.individuals)
    parts = list(project.body_parts)
    animals: dict[str, Any] = {"bodyparts": parts}
    if is_multi:
        animals = {
            "individuals": list(project.individuals), "uniquebodyparts": [], "multianimalbodyparts": parts,
            "bodyparts": "MULTI!",
        }  # fmt: skip
    crops = {video: {"crop": f"0, {width}, 0, {height}"} for video, (width, height) in project.videos.items()}
    told: dict[str, Any] = {
        "Task": project.task, "scorer": project.scorer, "date": project.date, "multianimalproject": is_multi,
        "identity": False, "project_path": root, "engine": "pytorch", "video_sets": crops, **animals,
        "start": 0, "stop": 1, "numframes2pick": 20, "skeleton": [list(edge) for edge in project.skeleton],
        "skeleton_color": "black", "pcutoff": 0.6, "dotsize": 8, "alphavalue": 0.7, "colormap": "rainbow",
        "TrainingFraction": [0.8], "iteration": 0,
        "default_net_type": "resnet_50", "default_augmenter": "default",
        "snapshotindex": -1, "detector_snapshotindex": -1, "batch_size": 8, "detector_batch_size": 1,
        "cropping": False, "x1": 0, "x2": 640, "y1": 277, "y2": 624, "corner2move2": [50, 50], "move2corner": True,
    }  # fmt: skip
    return str(yaml.safe_dump(told, sort_keys=False, allow_unicode=True, default_flow_style=False, width=200))


def table_text(
    scorer: str, parts: Sequence[str], individuals: Sequence[str], rows: Iterable[tuple[str | int, Points]]
) -> str:
    """A table of labels, as DeepLabCut writes its `.csv`: a row is named after its picture, or by its number."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    animals = list(individuals) or [""]
    width = 2 * len(parts) * len(animals)
    writer.writerow(["scorer", *[scorer] * width])
    if individuals:
        writer.writerow(["individuals", *[name for name in animals for _ in range(2 * len(parts))]])
    writer.writerow(["bodyparts", *[part for _ in animals for part in parts for _ in "xy"]])
    writer.writerow(["coords", *["x", "y"] * (width // 2)])
    for name, points in rows:
        writer.writerow([name, *[_cell(value) for animal in points for point in animal for value in point]])
    return out.getvalue()


def predictions_text(
    scorer: str,
    parts: Sequence[str],
    individuals: Sequence[str],
    rows: Iterable[tuple[int, Points, Sequence[float | None]]],
) -> str:
    """A table of predictions: with a likelihood for every point, here its animal's score."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    animals = list(individuals) or [""]
    width = 3 * len(parts) * len(animals)
    writer.writerow(["scorer", *[scorer] * width])
    if individuals:
        writer.writerow(["individuals", *[name for name in animals for _ in range(3 * len(parts))]])
    writer.writerow(["bodyparts", *[part for _ in animals for part in parts for _ in "xyl"]])
    writer.writerow(["coords", *["x", "y", "likelihood"] * (width // 3)])
    for number, points, scores in rows:
        cells = [
            cell
            for animal, score in zip(points, scores, strict=True)
            for point in animal
            for cell in (*map(_cell, point), _cell(score if _is_there(point) else 0.0))
        ]
        writer.writerow([number, *cells])
    return out.getvalue()


def _is_there(point: Sequence[float | None]) -> bool:
    return all(value is not None and math.isfinite(value) for value in point)


def _cell(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else repr(float(value))

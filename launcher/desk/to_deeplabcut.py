"""A SLEAP project as one of DeepLabCut: read by sleap-io, its tables completed by DeepLabCut."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.desk.converted import SCRIPT, Converted
from launcher.desk.desk import Desk
from launcher.desk.new_folder import plain_name
from launcher.journal import ProjectRecord
from launcher.runs.environments import Environments
from launcher.runs.scripts import run_script
from launcher.tools import dlc_names
from launcher.tools.dlc_writing import NewProject, config_text, predictions_text, table_text

#: In DeepLabCut a person's labels carry a name; these came from SLEAP.
_SCORER = "SLEAP"


def to_deeplabcut(
    desk: Desk,  # noqa: ARG001 - both ways are called alike
    environments: Environments,
    project: ProjectRecord,
    folder: Path,
) -> Converted:
    """Make the project in `folder`, which is empty."""
    sleap, deeplabcut = environments.require("sleap"), environments.require("deeplabcut")
    run_script(sleap, SCRIPT, ["read", str(project.dir / project.marker), str(folder)])
    source = folder / "transfer.json"
    transfer = json.loads(source.read_text(encoding="utf-8"))
    source.unlink()
    if not transfer["labels"] and not transfer["predictions"]:
        raise errors.NotDone(project.marker, title="Nothing is labelled in this file", hint="Nothing was made.")
    individuals = _individuals([*transfer["labels"], *transfer["predictions"]])
    _write_tables(transfer, individuals, folder)
    new = _new_project(project, transfer, individuals, folder)
    (folder / "config.yaml").write_text(config_text(new, str(folder)), encoding="utf-8")
    done = run_script(deeplabcut, SCRIPT, [str(folder)])
    if done["parts"] != transfer["parts"] or done["frames"] != len(transfer["labels"]):
        raise errors.NotDone(
            project.marker, title="DeepLabCut reads something else than was written", hint="Nothing was made."
        )
    notices = [] if any(transfer["videos"]) else ["The labels were made on pictures; the project has no video yet."]
    return Converted(
        str(folder), "config.yaml", "deeplabcut", done["frames"], done["predictions"], done["parts"], None, notices
    )


def _individuals(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Names of the animals: their tracks where every one has a track, else numbers; none where there is one."""
    if max((len(row["points"]) for row in rows), default=0) < 2:
        return []
    tracks = [row["tracks"] for row in rows]
    if all(name for each in tracks for name in each) and all(len(set(each)) == len(each) for each in tracks):
        return sorted({name for each in tracks for name in each})
    return [f"individual{number + 1}" for number in range(max(len(row["points"]) for row in rows))]


def _placed(row: dict[str, Any], individuals: Sequence[str], parts: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """The animals of a frame in the columns of their names, with their scores."""
    nothing: list[Any] = [[None, None] for _ in parts]
    names = individuals or [""]
    points: list[Any] = [nothing for _ in names]
    scores: list[Any] = [0.0 for _ in names]
    for number, (animal, track) in enumerate(zip(row["points"], row["tracks"], strict=True)):
        at = names.index(track) if track in names else number
        points[at], scores[at] = animal, row["scores"][number]
    return points, scores


def _write_tables(transfer: dict[str, Any], individuals: Sequence[str], folder: Path) -> None:
    parts = transfer["parts"]
    for name in sorted({row["folder"] for row in transfer["labels"]}):
        own = sorted((row for row in transfer["labels"] if row["folder"] == name), key=lambda row: str(row["name"]))
        rows = [(f"labeled-data/{name}/{row['name']}.png", _placed(row, individuals, parts)[0]) for row in own]
        file = folder / "labeled-data" / name / f"{dlc_names.LABELS}{_SCORER}.csv"
        file.write_text(table_text(_SCORER, parts, individuals, rows), encoding="utf-8")
    for video in sorted({row["video"] for row in transfer["predictions"]}):
        predicted = sorted((row for row in transfer["predictions"] if row["video"] == video), key=_number)
        text = predictions_text(
            _SCORER, parts, individuals, [(_number(row), *_placed(row, individuals, parts)) for row in predicted]
        )
        file = folder / "videos" / f"{predicted[0]['folder']}DLC_{_SCORER}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _number(row: dict[str, Any]) -> int:
    return int(row["number"])


def _new_project(
    project: ProjectRecord, transfer: dict[str, Any], individuals: Sequence[str], folder: Path
) -> NewProject:
    """The configuration; DeepLabCut finds a folder of pictures by the name of its video, so each gets one."""
    videos: dict[str, tuple[int, int]] = {}
    for row in transfer["labels"]:
        named = Path(transfer["videos"][row["video"]].replace("\\", "/"))
        is_own = named.stem == row["folder"] and named.suffix
        place = named if is_own and named.is_absolute() else folder / "videos" / f"{row['folder']}.mp4"
        videos.setdefault(str(place), (row["size"][0], row["size"][1]))
    edges = [(one, other) for one, other in transfer["edges"]]
    date = time.strftime("%Y-%m-%d")
    return NewProject(plain_name(project.name), _SCORER, date, transfer["parts"], edges, individuals, videos)

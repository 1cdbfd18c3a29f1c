"""A DeepLabCut project as one of SLEAP: its tables read by our parser, the new file written by sleap-io."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.desk.converted import SCRIPT, Converted
from launcher.desk.desk import Desk
from launcher.desk.local_project import look
from launcher.desk.new_folder import plain_name
from launcher.journal import ProjectRecord
from launcher.runs.environments import Environments
from launcher.runs.scripts import run_script
from launcher.tools import dlc_names

if TYPE_CHECKING:
    from launcher.tools.poses import Poses


def to_sleap(desk: Desk, environments: Environments, project: ProjectRecord, folder: Path) -> Converted:
    """Make the project in `folder`, which is empty."""
    sleap = environments.require("sleap")
    found = look(desk.parsers, project.dir, "")
    assert found is not None  # it was recognised a moment ago
    parts, edges = found.card["body_parts"], found.card["skeleton"]
    listed = [path.relative_to(project.dir).as_posix() for path in project.dir.rglob("*") if path.is_file()]
    notices: list[str] = []
    labels = [_labelled(desk, project.dir, table, parts, notices) for table in dlc_names.label_files(listed)]
    pictures = [told for told, _ in labels if told["frames"]]
    individuals = next((names for _, names in labels if names), ())
    transfer = {"parts": parts, "edges": edges, "individuals": individuals, "predicted": False, "embed": True}
    name = ""
    done: dict[str, Any] = {"frames": 0, "worst_px": None}
    if pictures:
        name = f"{plain_name(project.name)}.pkg.slp"
        done = _write(sleap, {**transfer, "videos": pictures}, folder, name)
    videos = _videos(project.dir, found.card["videos"])
    predicted = _predictions(
        desk, sleap, project.dir, listed, videos, {**transfer, "predicted": True, "embed": False}, folder
    )
    if not done["frames"] and not predicted:
        raise errors.NotDone(project.dir, title="Nothing is labelled in this project", hint="Nothing was made.")
    name = name or next(folder.glob("*.slp")).name
    return Converted(str(folder), name, "sleap", done["frames"], sum(predicted), parts, done["worst_px"], notices)


def _write(sleap: Any, transfer: dict[str, Any], folder: Path, name: str) -> dict[str, Any]:
    source = folder / "transfer.json"
    source.write_text(json.dumps(transfer), encoding="utf-8")
    done = run_script(sleap, SCRIPT, ["write", str(source), str(folder / name)])
    source.unlink()
    return done


def _labelled(
    desk: Desk, root: Path, table: dlc_names.LabelFiles, parts: Sequence[str], notices: list[str]
) -> tuple[dict[str, Any], Sequence[str]]:
    """One folder of labelled pictures with their points; frames without a picture are told and left out."""
    from launcher.tools.poses import Kind

    file = root / (table.h5 or table.csv or "")
    poses = desk.parsers.poses("deeplabcut", file, Kind.LABELS)
    points = _in_order(poses, parts)
    pictures = [root / table.folder / frame.picture.rpartition("/")[2] for frame in poses.frames]
    rows = [at for at, each in enumerate(points) if _has_points(each)]
    gone = [at for at in rows if not pictures[at].is_file()]
    if gone:
        notices.append(f"{len(gone)} labelled frames of {table.folder} have no picture and were left out.")
    kept = [at for at in rows if at not in set(gone)]
    frames = [
        {"number": number, "points": points[at], "scores": [None] * len(points[at])} for number, at in enumerate(kept)
    ]
    return {"is_pictures": True, "files": [str(pictures[at]) for at in kept], "frames": frames}, poses.individuals


def _in_order(poses: Poses, parts: Sequence[str]) -> list[Any]:
    """Points in the order of the project's body parts; a part that the table does not have is nowhere."""
    import numpy as np

    whole = np.full((*poses.points.shape[:2], len(parts), 2), np.nan)
    for at, part in enumerate(parts):
        if part in poses.parts:
            whole[:, :, at] = poses.points[:, :, poses.parts.index(part)]
    found: list[Any] = whole.tolist()
    return found


def _has_points(animals: Sequence[Sequence[Sequence[float]]]) -> bool:
    return any(x == x and y == y for animal in animals for x, y in animal)


def _videos(root: Path, told: Sequence[dict[str, Any]]) -> dict[str, Path]:
    """The project's videos that are here, by their stems: in its folder, or where the configuration says."""
    places = [root / video["member"] if video["member"] else Path(video["named"]) for video in told]
    return {place.stem: place for place in places if place.is_file()}


def _predictions(
    desk: Desk,
    sleap: Any,
    root: Path,
    listed: Sequence[str],
    videos: dict[str, Path],
    transfer: dict[str, Any],
    folder: Path,
) -> list[int]:
    """Predictions of videos that are here, a file for each table; returns how many frames each has."""
    from launcher.tools.poses import Kind

    counts = []
    for stem, tables in dlc_names.result_tables(listed).items():
        video = videos.get(stem.rpartition("/")[2])
        for table in _once(tables) if video else []:
            poses = desk.parsers.poses("deeplabcut", root / table, Kind.PREDICTIONS)
            points = _in_order(poses, transfer["parts"])
            frames = [
                {"number": frame.number, "points": points[at], "scores": poses.scores[at].tolist()}
                for at, frame in enumerate(poses.frames)
                if frame.number is not None and _has_points(points[at])
            ]
            told = {"is_pictures": False, "files": [str(video)], "frames": frames}
            name = f"{Path(table).stem}.predictions.slp"
            _write(sleap, {**transfer, "individuals": poses.individuals, "videos": [told]}, folder, name)
            counts.append(len(frames))
    return counts


def _once(tables: Sequence[str]) -> list[str]:
    """Each table once, also where it is there as `.h5` and as `.csv`."""
    return sorted({table.rpartition(".")[0]: table for table in sorted(tables)}.values())

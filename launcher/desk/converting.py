"""Turn a project of one pose tool into one of the other: a new folder beside it, the project itself untouched.

Points are read by our parser (DeepLabCut's tables, whose column names are pickles) or by sleap-io in SLEAP's
environment; what is written is read again by the tool that it is for.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.desk.desk import Desk
from launcher.desk.local_project import look
from launcher.journal import ProjectRecord
from launcher.projects.disk_errors import disk_error
from launcher.runs.environments import Environments
from launcher.runs.scripts import run_script
from launcher.tools import dlc_names
from launcher.tools.dlc_writing import NewProject, config_text, predictions_text, table_text

if TYPE_CHECKING:
    from launcher.tools.poses import Poses

_SCRIPT = "convert_project.py"
#: In DeepLabCut a person's labels carry a name; these came from SLEAP.
_SCORER = "SLEAP"
_UNFINISHED = ".pose-launcher-unfinished"


@dataclass(frozen=True, slots=True)
class Converted:
    """What was made. `worst_px` is how far a point was moved at most, where the writer could tell."""

    dir: str
    marker: str
    tool: str
    frames: int
    predictions: int
    parts: Sequence[str]
    worst_px: float | None
    notices: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def convert(desk: Desk, environments: Environments, project: ProjectRecord, to: str, out: Path | None) -> Converted:
    """Make a project of `to`; raises `BadUsage` for a pair of tools that nobody can convert between."""
    ways = {("deeplabcut", "sleap"): _to_sleap, ("sleap", "deeplabcut"): _to_deeplabcut}
    way = ways.get((project.tool_id, to))
    if way is None:
        raise errors.BadUsage(
            f"{project.tool_id} to {to}",
            title="There is no way between these two",
            hint="Nothing was made. Projects of DeepLabCut and SLEAP can be turned into each other.",
        )
    folder = (out or project.dir.parent / f"{plain_name(project.name)}-{to}").absolute()
    # Both tools write where a file lies into the file, so it is made in its place at once.
    with new_folder(folder):
        return way(desk, environments, project, folder)


@contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """A folder that is there whole afterwards, or not at all; one that holds something of somebody is refused."""
    unfinished = folder / _UNFINISHED
    if unfinished.is_file():
        shutil.rmtree(folder)  # ours, from a time when this was ended in the middle
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise errors.NotDone(
            folder, title="This folder holds something already", hint="Nothing was made. Name a new one."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        yield
        unfinished.unlink()
    except BaseException as exc:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(exc, OSError):
            raise disk_error(exc, folder) from exc
        raise


def plain_name(name: str) -> str:
    """A name that is a file's on every system."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name).strip(".") or "project"


# DeepLabCut to SLEAP


def _to_sleap(desk: Desk, environments: Environments, project: ProjectRecord, folder: Path) -> Converted:
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
    done = run_script(sleap, _SCRIPT, ["write", str(source), str(folder / name)])
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


# SLEAP to DeepLabCut


def _to_deeplabcut(
    desk: Desk,  # noqa: ARG001 - both ways are called alike
    environments: Environments,
    project: ProjectRecord,
    folder: Path,
) -> Converted:
    sleap, deeplabcut = environments.require("sleap"), environments.require("deeplabcut")
    run_script(sleap, _SCRIPT, ["read", str(project.dir / project.marker), str(folder)])
    source = folder / "transfer.json"
    transfer = json.loads(source.read_text(encoding="utf-8"))
    source.unlink()
    if not transfer["labels"] and not transfer["predictions"]:
        raise errors.NotDone(project.marker, title="Nothing is labelled in this file", hint="Nothing was made.")
    individuals = _individuals([*transfer["labels"], *transfer["predictions"]])
    _write_tables(transfer, individuals, folder)
    new = _new_project(project, transfer, individuals, folder)
    (folder / "config.yaml").write_text(config_text(new, str(folder)), encoding="utf-8")
    done = run_script(deeplabcut, _SCRIPT, [str(folder)])
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

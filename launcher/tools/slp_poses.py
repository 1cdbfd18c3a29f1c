"""All points of a SLEAP file, set by a person or by a model; runs in the parser process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from launcher.errors import Damaged, NotDone
from launcher.tools.hdf5_ranges import check_links, child, opened_local
from launcher.tools.media import is_image
from launcher.tools.poses import Floats, Frame, Kind, Poses, assembled
from launcher.tools.slp_contents import MAX_ROWS, SPAN, attribute_json, columns, local_texts, metadata, skeleton
from launcher.tools.slp_videos import EMBEDDED, file_names

#: Until format 1.1 a point at the centre of the first pixel was (0.5, 0.5); since then it is (0, 0).
_CENTRED, _OLD_SHIFT = 1.1, 0.5
_TYPE = {Kind.LABELS: 0, Kind.PREDICTIONS: 1}
_TABLE = {Kind.LABELS: "points", Kind.PREDICTIONS: "pred_points"}
#: A package may be made of frames of a package, and so on; nobody made more than two.
_MOST_PACKAGES, _PACKAGE = 8, ".slp"
_FRAME = ("video", "frame_idx", *SPAN)
_INSTANCE = ("instance_type", "point_id_start", "point_id_end")


def read_poses(file: Path, kind: Kind) -> Poses:
    """The points of that kind; frames without any of it are there too, empty."""
    subject = file.name
    with opened_local(file, subject) as root:
        check_links(root, subject)
        shape = skeleton(metadata(root, subject))
        _check_parts(shape.nodes, subject)
        frames = columns(child(root, "frames", subject), _FRAME, subject)
        instances = columns(child(root, "instances", subject), _INSTANCE, subject)
        points = _Points(root, kind, len(shape.nodes), subject)
        scores = _scores(child(root, "instances", subject), len(instances["instance_type"]))
        names = _Names(root, subject)
        found: list[tuple[Frame, list[tuple[Floats, float]]]] = []
        for row in range(len(frames["video"])):
            frame = names.frame(int(frames["video"][row]), int(frames["frame_idx"][row]))
            start, end = (min(int(frames[name][row]), len(scores)) for name in SPAN)
            own = [number for number in range(start, end) if instances["instance_type"][number] == _TYPE[kind]]
            found.append((frame, [(points.of(instances, number), float(scores[number])) for number in own]))
        return assembled(shape.nodes, shape.edges, found)


def _check_parts(nodes: Sequence[str], subject: str) -> None:
    if not nodes or len(set(nodes)) != len(nodes):
        raise NotDone(
            subject,
            title="This file's body parts cannot be told apart",
            hint="Nothing was scored. Give every body part a name of its own in SLEAP.",
        )


class _Points:
    """The table of points, read once."""

    def __init__(self, root: Any, kind: Kind, parts: int, subject: str) -> None:
        self._parts, self._subject = parts, subject
        table = child(root, _TABLE[kind], subject)
        self._xy = np.zeros((0, 2))
        if isinstance(table, h5py.Dataset) and len(table.shape) == 1 and {"x", "y"} <= set(table.dtype.names or ()):
            if table.shape[0] > MAX_ROWS:
                raise Damaged(subject, title="This file holds more points than can be read")
            self._xy = _coordinates(table) - (_OLD_SHIFT if _format(root) < _CENTRED else 0.0)

    def of(self, instances: Mapping[str, NDArray[Any]], number: int) -> Floats:
        """The points of one animal; NaN where one is missing."""
        start, end = (int(instances[name][number]) for name in _INSTANCE[1:])
        if not 0 <= start <= end <= len(self._xy) or end - start != self._parts:
            raise Damaged(self._subject, title="The points of this file do not fit its skeleton")
        return np.asarray(self._xy[start:end])


def _coordinates(table: Any) -> Floats:
    names = [name for name in ("x", "y", "visible") if name in table.dtype.names]
    rows = table.fields(names)[:]
    xy = np.stack([rows["x"], rows["y"]], axis=1).astype(np.float64)
    if "visible" in names:
        xy[~rows["visible"].astype(bool)] = np.nan
    return xy


def _scores(table: Any, count: int) -> Floats:
    return np.asarray(table.fields("score")[:], np.float64) if "score" in table.dtype.names else np.full(count, np.nan)


def _format(root: Any) -> float:
    told = root["metadata"].attrs.get("format_id", _CENTRED) if "metadata" in root else _CENTRED
    try:
        return float(told)
    except (TypeError, ValueError):
        return _CENTRED


class _Names:
    """What each frame is called: the pictures of its list, or the video and its number there."""

    def __init__(self, root: Any, subject: str) -> None:
        self._files: list[list[str]] = []
        for text in local_texts(root, "videos_json", subject):
            video = json.loads(text)
            names = file_names(video) if isinstance(video, dict) else []
            inside = _stored_source(root, len(self._files), subject)
            self._files.append(_source(video, names) if not inside else file_names(inside) or names)

    def frame(self, video: int, number: int) -> Frame:
        names = self._files[video] if video < len(self._files) else []
        if len(names) > 1 or (names and is_image(names[0])):
            picture = names[number].replace("\\", "/") if number < len(names) else ""
            return Frame("", number, picture)
        return Frame(names[0].replace("\\", "/") if names else "", number)


def _stored_source(root: Any, number: int, subject: str) -> Mapping[str, Any]:
    """What the frames of a package were taken from, where sleap-io stores it: beside the pictures themselves."""
    group = child(root, f"video{number}", subject)
    source = child(group, "source_video", subject) if isinstance(group, h5py.Group) else None
    return attribute_json(source, "json", subject) if isinstance(source, h5py.Group) else {}


def _source(video: object, names: list[str]) -> list[str]:
    """Of frames that lie in a package, here or in another file, the source beside its entry tells their own names."""
    for _ in range(_MOST_PACKAGES):
        if not (isinstance(video, dict) and names and (names[0] == EMBEDDED or names[0].endswith(_PACKAGE))):
            break
        backend = video.get("backend")
        video = video.get("source_video") or (backend.get("source_video") if isinstance(backend, dict) else None)
        names = (file_names(video) if isinstance(video, dict) else []) or names
    return names

"""The labelled frames of a project, each under the one name that a split knows it by, whatever tool it is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from launcher.compare import metrics
from launcher.compare.matching import split_name
from launcher.compare.truth import Reader
from launcher.errors import NotDone
from launcher.journal import ProjectRecord
from launcher.tools import dlc_names, tool
from launcher.tools.poses import Frame, Kind


@dataclass(frozen=True, slots=True)
class Labelled:
    """One frame: its name in a split, what must stay together with it, and how its own tool is told of it."""

    name: str
    group: str
    told: Any


def labelled_frames(reader: Reader, project: ProjectRecord) -> list[Labelled]:
    """All of them in the order of their names; raises `NotDone` where nothing is labelled."""
    found = _of_file(reader, project) if tool(project.tool_id).is_one_file else _of_folder(reader, project)
    if not found:
        raise NotDone(project.name, title="Nothing is labelled in this project", hint="Nothing was started.")
    return sorted(found, key=lambda one: one.name)


def _of_file(reader: Reader, project: ProjectRecord) -> list[Labelled]:
    poses = reader.poses(project.tool_id, project.dir / project.marker, Kind.LABELS)
    rows = np.flatnonzero(metrics.present(poses.points).any(axis=(1, 2))).tolist()
    return [_labelled(poses.frames[row], [row, poses.frames[row].number]) for row in rows]


def _of_folder(reader: Reader, project: ProjectRecord) -> list[Labelled]:
    listed = [path.relative_to(project.dir).as_posix() for path in project.dir.glob("labeled-data/*/*")]
    found = []
    for table in dlc_names.label_files(listed):
        poses = reader.poses(project.tool_id, project.dir / (table.h5 or table.csv or ""), Kind.LABELS)
        for row in np.flatnonzero(metrics.present(poses.points).any(axis=(1, 2))).tolist():
            frame = poses.frames[row]
            found.append(_labelled(frame, frame.picture))
    return found


def _labelled(frame: Frame, told: Any) -> Labelled:
    """Pictures are known by folder and name, in every tool; frames of a video by its name and their number."""
    group = frame.picture.rpartition("/")[0] if frame.picture else frame.video
    return Labelled(split_name(frame), group, told)

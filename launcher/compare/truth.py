"""What a person labelled, in one order, and which of it judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from launcher.compare import metrics
from launcher.compare.matching import (
    NOBODY,
    check_single,
    frame_rows,
    named_frame,
    parts_in_order,
    split_name,
)
from launcher.compare.metrics import Floats
from launcher.compare.spec import LoadedSpec
from launcher.compare.split import Split, folded, given, parse, single
from launcher.errors import BadUsage, NotDone
from launcher.tools import TOOLS, tool
from launcher.tools.poses import Frame, Kind, Poses

_LARGEST_SPLIT = 32 * 1024 * 1024


class Reader(Protocol):
    """Reads other people's files, as `Parsers` does in a process of its own."""

    def poses(self, tool_id: str, file: Path, kind: Kind) -> Poses:
        """All points of one kind."""

    def curve(self, file: Path) -> dict[str, list[float | None]]:
        """Loss by epoch."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The labelled frames in the order of their names, and which of them judge."""

    parts: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    frames: tuple[Frame, ...]
    points: Floats
    test: NDArray[np.int64]
    split: Split
    notices: tuple[str, ...]
    #: The test frames fold by fold; one where there are no folds.
    folds: tuple[NDArray[np.int64], ...] = ()

    @property
    def fold_of(self) -> NDArray[np.int64] | None:
        """In which fold each test frame judges; None where there are no folds."""
        if len(self.folds) < 2:
            return None
        place = np.full(len(self.frames), NOBODY, np.int64)
        for number, rows in enumerate(self.folds):
            place[rows] = number
        return np.asarray(place[self.test])


def shared_split(loaded: LoadedSpec, reader: Reader) -> Split:
    """The split of a comparison, as every training of it is given it: with all folds, or the one that was chosen."""
    split, asked = read_truth(loaded, reader).split, loaded.spec.frames
    return split if asked.folds else replace(split, folds=(split.folds[asked.fold],))


def kind_of(path: Path, named: str) -> str:
    """The tool that a file is read as."""
    if named:
        return tool(named).tool_id
    found = next((one.tool_id for one in TOOLS if one.holds_poses(path.name)), None)
    if found is None:
        raise BadUsage(path, title="This is no file of labels or predictions that is known by its name")
    return found


def read_truth(loaded: LoadedSpec, reader: Reader) -> Truth:
    """The labelled frames of a spec; raises `NotDone` where nothing is labelled."""
    spec = loaded.spec
    file = loaded.file(spec.labels.file)
    poses = reader.poses(kind_of(file, ""), file, Kind.LABELS)
    check_single(poses.frames, file.name)
    labelled = np.flatnonzero(metrics.present(poses.points).any(axis=(1, 2)))
    if not labelled.size:
        raise NotDone(file.name, title="Nothing is labelled in this file", hint="Nothing was scored.")
    order = np.array(sorted(labelled.tolist(), key=lambda at: _sorting(poses.frames[at])), np.int64)
    parts = spec.labels.parts or poses.parts
    columns, _ = parts_in_order(parts, poses.parts, {}, file.name)
    notices = []
    if empty := len(poses.frames) - len(labelled):
        notices.append(f"{empty} frames of the labels hold no point and were left out.")
    frames = tuple(poses.frames[at] for at in order)
    split, folds = _split(loaded, frames)
    _check_apart(folds, file.name)
    return Truth(
        tuple(parts), tuple(edge for edge in poses.edges if set(edge) <= set(parts)), frames,
        poses.points[order][:, :, columns], np.array(sorted(at for fold in folds for at in fold), np.int64), split,
        tuple(notices), tuple(np.array(fold, np.int64) for fold in folds),
    )  # fmt: skip


def _sorting(frame: Frame) -> tuple[str, str, int]:
    return frame.picture, frame.video, frame.number if frame.number is not None else -1


def _check_apart(folds: Sequence[Sequence[int]], subject: str) -> None:
    """Raise `NotDone` where a frame judges twice: its two predictions would be counted as two frames."""
    every = [at for fold in folds for at in fold]
    if len(set(every)) != len(every):
        raise NotDone(subject, title="A frame is a test frame of two folds", hint="Nothing was scored.")


def _split(loaded: LoadedSpec, frames: Sequence[Frame]) -> tuple[Split, Sequence[Sequence[int]]]:
    """The split, and the places of its test frames among `frames`, fold by fold."""
    asked, names = loaded.spec.frames, [split_name(frame) for frame in frames]
    if asked.test:
        split = given(names, asked.test)
    elif asked.split is not None:
        return _written(loaded, frames)
    else:
        assert asked.seed is not None
        groups = [frame.picture.rpartition("/")[0] or frame.video for frame in frames]
        drawn = (names, groups, asked.seed)
        split = folded(*drawn, asked.folds) if asked.folds else single(*drawn, asked.share)
    return split, [fold.test for fold in split.folds]


def _written(loaded: LoadedSpec, frames: Sequence[Frame]) -> tuple[Split, Sequence[Sequence[int]]]:
    """A split names its frames, so it holds for another tool's file of the same labels too."""
    asked = loaded.spec.frames
    assert asked.split is not None
    file = loaded.file(asked.split)
    with file.open("rb") as opened:
        split = parse(opened.read(_LARGEST_SPLIT).decode("utf-8", "replace"), file.name)
    if asked.fold >= len(split.folds) or (asked.folds and asked.folds != len(split.folds)):
        wanted = f"{asked.folds} folds" if asked.folds else f"fold {asked.fold}"
        raise BadUsage(wanted, title=f"The split has {len(split.folds)} folds, counted from 0")
    chosen = split.folds if asked.folds else [split.folds[asked.fold]]
    return split, [_places([split.names[at] for at in fold.test], frames, file.name) for fold in chosen]


def _places(names: Sequence[str], frames: Sequence[Frame], subject: str) -> list[int]:
    rows = frame_rows([named_frame(name) for name in names], frames, "name", subject)
    if (rows.at == NOBODY).any():
        raise NotDone(
            subject, title="The split names test frames that are not labelled here", hint="Nothing was scored."
        )
    return sorted(rows.at.tolist())

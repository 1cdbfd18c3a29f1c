"""Labelled frames of a SLEAP project: the points of its tables, on frames of its videos, its pictures, or inside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from launcher.errors import NotFound
from launcher.tools.bounded_read import BoundedRead
from launcher.tools.frames import (
    Animal,
    LabelledFrame,
    Picture,
    Point,
    ProjectFrames,
    Wanted,
    bones,
    clearest,
    numbered,
    spread,
    without_picture,
)
from launcher.tools.hdf5_ranges import RangedFile, check_links, child, opened
from launcher.tools.protocol import BudgetSpent, Listing
from launcher.tools.slp_contents import SPAN, Skeleton, columns, metadata, per_frame, skeleton, texts_json
from launcher.tools.slp_pictures import Pictures

#: Long recordings are thinned out to this many frames before anything else is asked of them.
LISTED = 20_000
MOST_POINTS, MOST_ANIMALS = 1000, 100
_USER, _PREDICTED = 0, 1
#: Among so many frames the clearest is looked for. Predictions fill whole recordings, so that each look costs reading.
LOOKED_AT = {_USER: 24, _PREDICTED: 5}


def labelled_frames(marker: str, listing: Listing, read: BoundedRead, wanted: Wanted) -> ProjectFrames:
    """The clearest labelled frame, or several evenly over all of them; a plain frame where nothing is labelled.

    Frames that a person labelled come before predicted ones; frames whose picture is not there are passed over, unless
    there are no others: then their points are shown alone.
    """
    file = RangedFile(marker, listing[marker].size, read)
    with opened(file, marker) as root:
        check_links(root, marker)
        shape = skeleton(metadata(root, marker))
        pictures = Pictures(root, marker, listing, texts_json(root, "videos_json", marker))
        chosen = _chosen(_Labels(root, marker), pictures, wanted)
        frames = list(chosen) or [LabelledFrame(_unlabelled(pictures))]
    return ProjectFrames(frames, bones(shape.nodes, shape.edges) if _unambiguous(shape) else ())


def _unambiguous(shape: Skeleton) -> bool:
    return len(set(shape.nodes)) == len(shape.nodes)


@dataclass(frozen=True, slots=True)
class _Row:
    """Row `at` of the table of frames: frame `number` of a video, with `count` instances of the kind that counts."""

    at: int
    video: int
    number: int
    kind: int
    count: int


class _Labels:
    """The tables of frames, instances and points; only what is asked for is read."""

    def __init__(self, root: Any, subject: str) -> None:
        self._root, self._subject = root, subject

    def rows(self, choose: Callable[[Sequence[int]], Sequence[int]]) -> list[_Row]:
        """Some frames with instances of a person; where there are none at all, with instances of a model."""
        video, number = (self._frames[name] for name in ("video", "frame_idx"))
        for kind in (_USER, _PREDICTED):
            counts = per_frame(self._frames, self._instances["instance_type"] == kind)
            if filled := np.flatnonzero(counts).tolist():
                return [_Row(at, int(video[at]), int(number[at]), kind, int(counts[at])) for at in choose(filled)]
        choose(())
        return []

    def animals(self, row: _Row) -> list[Animal]:
        """The points of a frame that can be seen."""
        start, end = (min(int(self._frames[name][row.at]), len(self._instances["instance_type"])) for name in SPAN)
        kinds = self._instances["instance_type"][start:end]
        own = (start + np.flatnonzero(kinds == row.kind)[:MOST_ANIMALS]).tolist()
        return [points for number in own if (points := self._points(number))]

    def _points(self, instance: int) -> Animal:
        table_name = "points" if self._instances["instance_type"][instance] == _USER else "pred_points"
        table = child(self._root, table_name, self._subject)
        start, end = (int(self._instances[name][instance]) for name in ("point_id_start", "point_id_end"))
        if not isinstance(table, h5py.Dataset) or not 0 <= start <= end <= table.shape[0] or end - start > MOST_POINTS:
            return ()
        rows = table.fields(["x", "y", "visible"])[start:end]
        seen = np.isfinite(rows["x"]) & np.isfinite(rows["y"]) & rows["visible"]
        return [Point(int(part), float(rows["x"][part]), float(rows["y"][part])) for part in np.flatnonzero(seen)]

    @cached_property
    def _frames(self) -> Mapping[str, NDArray[Any]]:
        return columns(child(self._root, "frames", self._subject), _FRAME, self._subject)

    @cached_property
    def _instances(self) -> Mapping[str, NDArray[Any]]:
        return columns(child(self._root, "instances", self._subject), _INSTANCE, self._subject)


_FRAME = ("video", "frame_idx", *SPAN)
_INSTANCE = ("instance_type", "point_id_start", "point_id_end")


def _chosen(labels: _Labels, pictures: Pictures, wanted: Wanted) -> Iterator[LabelledFrame]:
    try:
        rows = _chosen_rows(labels, pictures, wanted)
    except BudgetSpent:
        return  # too long to look through from a distance: a plain frame says more than nothing
    for row in rows:
        animals = labels.animals(row)
        if pictures.has(row.video, row.number):
            yield LabelledFrame(pictures.picture(row.video, row.number), animals)
        elif (alone := without_picture(animals)) is not None:
            yield alone


def _chosen_rows(labels: _Labels, pictures: Pictures, wanted: Wanted) -> Sequence[_Row]:
    number = wanted.number
    chosen = labels.rows(lambda filled: spread(filled, LISTED) if number is None else numbered(filled, number))
    rows = [row for row in chosen if pictures.has(row.video, row.number)] or chosen
    return spread(rows, wanted.count) if wanted.count > 1 else _clearest_row(labels, rows)


def _clearest_row(labels: _Labels, rows: Sequence[_Row]) -> list[_Row]:
    """Of frames with the usual number of animals: more than that are often one animal seen twice."""
    counts = Counter(row.count for row in rows)
    usual = max(counts, key=lambda count: (counts[count], count), default=0)
    alike = [row for row in rows if row.count == usual]
    few = spread(alike, LOOKED_AT[alike[0].kind]) if alike else []
    return few and [few[clearest([labels.animals(row) for row in few])]]


def _unlabelled(pictures: Pictures) -> Picture:
    """The first frame there is; where there is none, what is missing is named."""
    first = pictures.first()
    if first is None:
        raise _nothing_to_see(pictures)
    return first


def _nothing_to_see(pictures: Pictures) -> NotFound:
    named = ", ".join(pictures.missing()[:3])
    if not named:
        return NotFound(
            title="This project has no picture yet",
            hint="It holds no frames and names no video. Add one to see it here.",
        )
    return NotFound(
        named,
        title="The video of this project is not beside it, so there is no picture",
        hint="Put a file of the same name beside the project.",
    )

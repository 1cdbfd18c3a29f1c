"""Labelled frames of a DeepLabCut project: pictures in `labeled-data`, and the points of the tables beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from launcher.errors import NotFound
from launcher.tools import dlc_names
from launcher.tools.bounded_read import BoundedRead
from launcher.tools.dlc_card import video_references
from launcher.tools.dlc_config import Project, checked, project
from launcher.tools.frames import (
    Animal,
    ImageFile,
    LabelledFrame,
    Point,
    ProjectFrames,
    VideoFrame,
    Wanted,
    bones,
    clearest,
    numbered,
    spread,
)
from launcher.tools.media import is_image
from launcher.tools.pandas_tables import HEADERS, csv_rows
from launcher.tools.protocol import BudgetSpent, Listing
from launcher.tools.yaml_text import parsed


def labelled_frames(marker: str, listing: Listing, read: BoundedRead, wanted: Wanted) -> ProjectFrames:
    """The clearest labelled frame, or several evenly over all of them; a frame of a video where nothing is labelled."""
    told = project(checked(parsed(read(marker, 0, listing[marker].size), marker), marker))
    labelled = _all_labelled(told, listing, read)
    if labelled or wanted.number is not None:
        return ProjectFrames(_chosen(labelled, wanted), bones(told.body_parts, told.skeleton))
    return ProjectFrames([LabelledFrame(_unlabelled(told, listing))])


def _chosen(labelled: Sequence[LabelledFrame], wanted: Wanted) -> list[LabelledFrame]:
    if wanted.number is not None:
        return numbered(labelled, wanted.number)
    if wanted.count > 1:
        return spread(labelled, wanted.count)
    return [labelled[clearest([frame.animals for frame in labelled])]]


def _all_labelled(told: Project, listing: Listing, read: BoundedRead) -> list[LabelledFrame]:
    """Every frame with points and a picture, as far as the budget goes: what was read until then is enough to show."""
    found: list[LabelledFrame] = []
    try:
        for labels in dlc_names.label_files(listing):
            if labels.csv is not None:
                found.extend(table_frames(labels.csv, labels.folder, told.body_parts, listing, read))
    except BudgetSpent:
        return found
    return found


def table_frames(
    path: str, folder: str, body_parts: Sequence[str], listing: Listing, read: BoundedRead
) -> Iterator[LabelledFrame]:
    """The frames of one table, with their pictures in `folder`; rows without points or picture are left out."""
    columns = _Columns({}, 1)
    for row in csv_rows(path, listing[path].size, read):
        if row and row[0] in HEADERS:
            columns = columns.after(row)
        elif row and row[0]:
            picture = f"{folder}/{_file_name(row, columns.index)}"
            animals = columns.animals(row, body_parts)
            if animals and picture in listing:
                yield LabelledFrame(ImageFile(picture), animals)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the heading rows say of the columns: `headings` by kind, behind the first `index` columns."""

    headings: Mapping[str, Sequence[str]]
    index: int

    def after(self, row: Sequence[str]) -> _Columns:
        """The same with one more heading row known."""
        index = self.index
        if row[0] == "scorer":
            index = 1 + next((at for at, cell in enumerate(row[1:]) if cell), 0)
        return _Columns({**self.headings, row[0]: row[index:]}, index)

    def animals(self, row: Sequence[str], body_parts: Sequence[str]) -> list[Animal]:
        """The points of a row by animal, in the order of the body parts."""
        numbers = {name: number for number, name in enumerate(body_parts)}
        places: dict[tuple[str, str], dict[str, float]] = {}
        names = self.headings.get("bodyparts", ())
        owners = self.headings.get("individuals") or [""] * len(names)
        for owner, name, axis, cell in zip(
            owners, names, self.headings.get("coords", ()), row[self.index :], strict=False
        ):
            places.setdefault((owner, name), {})[axis] = _number(cell)
        animals: dict[str, list[Point]] = {}
        for (owner, name), place in places.items():
            x, y = place.get("x", math.nan), place.get("y", math.nan)
            if name in numbers and math.isfinite(x) and math.isfinite(y):
                animals.setdefault(owner, []).append(Point(numbers[name], x, y))
        return [sorted(points, key=lambda point: point.part) for points in animals.values()]


def _file_name(row: Sequence[str], index: int) -> str:
    """The picture of a row: the index is a path in one cell, of any system, or its parts in three."""
    return row[index - 1].replace("\\", "/").rpartition("/")[2]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _unlabelled(told: Project, listing: Listing) -> ImageFile | VideoFrame:
    """What there is to see of a project without labels: a frame that was taken out to be labelled, or its video."""
    pictures = [path for path in listing if path.startswith("labeled-data/") and is_image(path)]
    if pictures:
        return ImageFile(min(pictures))
    for video in video_references(told.videos, listing):
        if video.member is not None:
            return VideoFrame(video.member, 0)
    raise NotFound(
        title="This project has no picture yet",
        hint="It has neither labelled frames nor a video beside it. Add a video to see it here.",
    )

"""What a person sees of a Lightning Pose project before opening it, and its labelled frames."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from launcher.errors import Damaged, NotFound
from launcher.tools import lp_config, lp_names
from launcher.tools.bounded_read import BoundedRead
from launcher.tools.frames import (
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
from launcher.tools.lp_config import Project, checked
from launcher.tools.media import is_image, suffix
from launcher.tools.pandas_tables import HEADERS, csv_rows, labelled_csv_rows
from launcher.tools.protocol import BudgetSpent, Card, Health, Listing, Part, Severity, VideoReference
from launcher.tools.yaml_text import parsed


def recognised(marker: str, size: int, read: BoundedRead) -> bool:
    """Whether a YAML file is Lightning Pose's; raises `Damaged` for one that is and cannot be read."""
    data = read(marker, 0, size)
    try:
        return lp_config.is_project(parsed(data, marker))
    except Damaged:
        if lp_config.looks_like_ours(data.decode(errors="replace")):
            raise
        return False


def read_card(marker: str, listing: Listing, read: BoundedRead) -> Card:
    """The card; of cameras with a table each, the one with the most frames counts.

    Predictions lie with each model and are many: they are not counted from a distance.
    """
    told = _told(marker, listing, read)
    labelled = _labelled(listing, read)
    videos = sorted(path for path in listing if lp_names.part_of(path) is Part.VIDEOS)
    return Card(
        tool_version="2" if marker == lp_names.PROJECT else None,  # what came with the app; before, nothing says it
        body_parts=told.body_parts,
        skeleton=told.skeleton,
        labelled_frames=labelled,
        videos=tuple(VideoReference(path, path) for path in videos),
        models=tuple(lp_names.models(listing)),
        health=tuple(_health(listing, labelled)),
    )


def _told(marker: str, listing: Listing, read: BoundedRead) -> Project:
    try:
        return checked(parsed(read(marker, 0, listing[marker].size), marker), marker)
    except BudgetSpent as exc:
        raise Damaged(marker, title="This configuration file is too large") from exc


def _labelled(listing: Listing, read: BoundedRead) -> int | None:
    tables = filter(lp_names.is_labels, listing)
    try:
        return max((sum(1 for _ in labelled_csv_rows(path, listing[path].size, read)) for path in tables), default=0)
    except BudgetSpent:
        return None


def _health(listing: Listing, labelled: int | None) -> Iterator[Health]:
    moved = sum(map(lp_names.may_hold_paths, listing))
    if moved:
        yield Health(
            "paths-adjusted", Severity.INFO, f"The paths in {moved} configuration(s) will be adjusted to this computer."
        )
    if labelled is None:
        yield Health("not-counted", Severity.INFO, "The labels are too many to be counted from a distance.",
                     "Open the project to see all of it.")  # fmt: skip
    if labelled == 0:
        yield Health("no-labels", Severity.INFO, "No frame is labelled yet.")
    code = sorted(path for path in listing if suffix(path) == ".ckpt")
    if code:
        more = f" and {len(code) - 3} more" if len(code) > 3 else ""
        yield Health(
            "runs-code",
            Severity.WARNING,
            f"These files can run code when Lightning Pose uses them: {', '.join(code[:3])}{more}.",
            "Open the project only if you trust the people who made them.",
        )


def labelled_frames(marker: str, listing: Listing, read: BoundedRead, wanted: Wanted) -> ProjectFrames:
    """Pictures of `labeled-data` with the points of the tables; a frame of a video where nothing is labelled."""
    told = _told(marker, listing, read)
    found: list[LabelledFrame] = []
    try:
        for path in filter(lp_names.is_labels, listing):
            found.extend(_table(path, told.body_parts, listing, read))
    except BudgetSpent:
        pass  # what was read until then is enough to show
    if wanted.number is not None:
        return ProjectFrames(numbered(found, wanted.number), bones(told.body_parts, told.skeleton))
    if not found:
        return ProjectFrames([LabelledFrame(_unlabelled(listing))])
    best = [found[clearest([frame.animals for frame in found])]]
    chosen = spread(found, wanted.count) if wanted.count > 1 else best
    return ProjectFrames(chosen, bones(told.body_parts, told.skeleton))


def _table(path: str, body_parts: Sequence[str], listing: Listing, read: BoundedRead) -> Iterator[LabelledFrame]:
    """The frames of one table whose pictures are there; a row names its picture, relative to the project's folder."""
    headings: dict[str, Sequence[str]] = {}
    for row in csv_rows(path, listing[path].size, read):
        if row and row[0] in HEADERS:
            headings[row[0]] = row[1:]
        elif row and row[0] in listing:
            animal = _animal(headings, row[1:], body_parts)
            if animal:
                yield LabelledFrame(ImageFile(row[0]), [animal])


def _animal(headings: dict[str, Sequence[str]], cells: Sequence[str], body_parts: Sequence[str]) -> list[Point]:
    places: dict[str, dict[str, float]] = {}
    for name, axis, cell in zip(headings.get("bodyparts", ()), headings.get("coords", ()), cells, strict=False):
        places.setdefault(name, {})[axis] = _number(cell)
    points = ((name, place.get("x", math.nan), place.get("y", math.nan)) for name, place in places.items())
    seen = {name: (x, y) for name, x, y in points if math.isfinite(x) and math.isfinite(y)}
    return [Point(number, *seen[name]) for number, name in enumerate(body_parts) if name in seen]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _unlabelled(listing: Listing) -> ImageFile | VideoFrame:
    pictures = [path for path in listing if lp_names.part_of(path) is Part.FRAMES and is_image(path)]
    if pictures:
        return ImageFile(min(pictures))
    videos = [path for path in listing if lp_names.part_of(path) is Part.VIDEOS]
    if videos:
        return VideoFrame(min(videos), 0)
    raise NotFound(title="This project has no picture yet", hint="Put a video into its videos folder.")

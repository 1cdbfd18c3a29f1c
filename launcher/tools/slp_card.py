"""Is this HDF5 file a SLEAP project, and what does a person see of it? Read by ranges, within the budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from launcher.tools.bounded_read import BoundedRead
from launcher.tools.findings import paths_adjusted
from launcher.tools.hdf5_ranges import RangedFile, check_links, check_whole, opened
from launcher.tools.paths import MemberIndex, index_for, path_parts
from launcher.tools.protocol import BudgetSpent, Card, Health, Listing, Severity, VideoReference
from launcher.tools.slp_contents import REQUIRED, Counts, Json, count_frames, metadata, skeleton, texts_json, version
from launcher.tools.slp_names import model_folders
from launcher.tools.slp_videos import EMBEDDED, file_names, path_fields

_Read = TypeVar("_Read")
_RUNS_CODE = (".ckpt", ".npz", ".pickle", ".pkl")


def recognised(path: str, size: int, read: BoundedRead) -> bool:
    """Does this file hold what SLEAP writes? Raises `Damaged` for a cut-off file or one that points elsewhere."""
    file = RangedFile(path, size, read)
    try:
        if not check_whole(file, size, path):
            return False
        with opened(file, path) as root:
            return set(REQUIRED) <= set(check_links(root, path))
    except BudgetSpent:
        # Sound HDF5 with thousands of entries at its root: its name says SLEAP, the card will tell more.
        return True


def read_card(marker: str, listing: Listing, read: BoundedRead) -> Card:
    """The card of the project file `marker`; what does not fit into the budget is None and said."""
    file = RangedFile(marker, listing[marker].size, read)
    with opened(file, marker) as root:
        check_links(root, marker)
        described: Json = _within(lambda: metadata(root, marker), {})
        written_by = _within(lambda: version(root, described, marker), None)
        videos = _within(lambda: texts_json(root, "videos_json", marker), None)
        counts = _within(lambda: count_frames(root, marker), Counts())
    return _card(marker, listing, described, written_by, videos, counts)


def _within(read_it: Callable[[], _Read], otherwise: _Read) -> _Read:
    try:
        return read_it()
    except BudgetSpent:
        return otherwise


def _card(
    marker: str,
    listing: Listing,
    described: Json,
    written_by: str | None,
    videos: Sequence[Json] | None,
    counts: Counts,
) -> Card:
    shape = skeleton(described)
    fields = [old for video in videos or () for _, old in path_fields(video, "") if old != EMBEDDED]
    index = index_for(listing, fields)
    references = [reference for video in videos or () for reference in _references(video, marker, index)]
    movable = sum(1 for old in fields if index.find(old) is not None)
    health = [*_unread(videos, counts), *_about_videos(references, movable), *_about_code(listing)]
    health += _about_labels(counts)
    return Card(
        tool_version=written_by,
        multi_animal=counts.is_multi_animal,
        body_parts=shape.nodes,
        skeleton=shape.edges,
        labelled_frames=counts.labelled,
        predicted_frames=counts.predicted,
        videos=tuple(references),
        models=tuple(model_folders(listing)),
        health=tuple(health),
    )


def _references(video: Json, marker: str, index: MemberIndex) -> Iterator[VideoReference]:
    """One reference for a video; for an image list one for each folder of its pictures, by the first of them."""
    folders: set[tuple[str, ...]] = set()
    for name in file_names(video):
        folder = path_parts(name)[:-1]
        if folder not in folders:
            folders.add(folder)
            yield VideoReference(name, marker if name == EMBEDDED else index.find(name))


def _unread(videos: Sequence[Json] | None, counts: Counts) -> Iterator[Health]:
    if videos is None or counts.labelled is None or counts.predicted is None:
        yield Health("not-counted", Severity.INFO, "This project is too large to be counted from a distance.",
                     "Open it to see all of it.")  # fmt: skip


def _about_videos(references: Sequence[VideoReference], movable: int) -> Iterator[Health]:
    if movable:
        yield paths_adjusted(movable)
    for reference in references:
        if reference.member is None:
            yield Health("video-missing", Severity.WARNING, f"The video {reference.named} is not beside this project.",
                         "Put a file of the same name beside the project, or choose it when SLEAP asks.")  # fmt: skip


def _about_code(listing: Listing) -> Iterator[Health]:
    models = tuple(f"models/{name}/" for name in model_folders(listing))
    found = sorted(path for path in listing if models and path.startswith(models) and path.endswith(_RUNS_CODE))
    if found:
        named = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        yield Health("runs-code", Severity.WARNING, f"These files can run code when SLEAP uses the models: {named}.",
                     "Open the project only if you trust the people who trained them.")  # fmt: skip


def _about_labels(counts: Counts) -> Iterator[Health]:
    if counts.labelled == 0:
        yield Health("no-labels", Severity.INFO, "No frame is labelled by a person yet.")

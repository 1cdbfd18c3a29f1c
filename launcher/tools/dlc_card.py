"""What a person sees of a DeepLabCut project before opening it, read by ranges within the budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from launcher.errors import Damaged
from launcher.tools import dlc_config, dlc_names
from launcher.tools.bounded_read import BoundedRead
from launcher.tools.carriers import is_unprotected
from launcher.tools.dlc_config import PLACEHOLDER, Project, checked, project
from launcher.tools.findings import paths_adjusted
from launcher.tools.media import is_video
from launcher.tools.pandas_tables import csv_row_count, h5_row_count, labelled_csv_rows, labelled_h5_rows
from launcher.tools.paths import MemberIndex
from launcher.tools.protocol import (
    RECOGNISE_BYTES,
    BudgetSpent,
    Card,
    Health,
    Listing,
    Severity,
    VideoReference,
)
from launcher.tools.yaml_text import parsed


def recognised(marker: str, size: int, read: BoundedRead) -> bool:
    """Whether a `config.yaml` is DeepLabCut's; raises `Damaged` for one that is and cannot be read."""
    if size > RECOGNISE_BYTES:
        return dlc_config.has_needed_lines(_ends(marker, size, read))
    data = read(marker, 0, size)
    try:
        return dlc_config.is_project(parsed(data, marker))
    except Damaged:
        if dlc_config.looks_like_ours(data.decode(errors="replace")):
            raise
        return False


def _ends(path: str, size: int, read: BoundedRead) -> str:
    """The beginning and the end of a long configuration; between them lie its videos."""
    half = RECOGNISE_BYTES // 2
    head = read(path, 0, half)
    try:
        tail = read(path, size - half, half)
    except BudgetSpent:
        tail = b""
    return (head + b"\n" + tail).decode(errors="replace")


def read_card(marker: str, listing: Listing, read: BoundedRead) -> Card:
    """The card of the project whose configuration is `marker`; a count that does not fit into the budget is None."""
    told = _told(marker, listing[marker].size, read)
    videos = video_references(told.videos, listing)
    # What can run code comes before the counts: it must be known even when the budget ends.
    code = [*_code_in_networks(listing, read), *dlc_names.pickles(listing)]
    labelled = _counted(lambda: _labelled_frames(listing, read))
    predicted = _counted(lambda: _predicted_frames(listing, read))
    health = [*_about_paths(told, videos), *_about_videos(told, videos)]
    health += [*_about_labels(listing, labelled), *_about_code(code)]
    return Card(
        tool_version=told.version,
        multi_animal=told.is_multi_animal,
        body_parts=told.body_parts,
        skeleton=told.skeleton,
        labelled_frames=labelled,
        predicted_frames=predicted,
        videos=tuple(videos),
        models=tuple(dlc_names.shuffles(listing)),
        health=tuple(health),
    )


def _told(marker: str, size: int, read: BoundedRead) -> Project:
    try:
        data = read(marker, 0, size)
    except BudgetSpent as exc:
        raise Damaged(marker, title="This configuration file is too large", detail=f"{size} bytes") from exc
    return project(checked(parsed(data, marker), marker))


def video_references(named: Sequence[str], listing: Listing) -> list[VideoReference]:
    """Every video that a key names, and those below `videos/` that none does; the placeholder stands for the latter."""
    own = dlc_names.project_videos(listing)
    first, anywhere = MemberIndex(own), MemberIndex(path for path in listing if is_video(path))
    keys = [VideoReference(key, first.find(key) or anywhere.find(key)) for key in named]
    keys = [key for key in keys if key.named != PLACEHOLDER or key.member is not None]
    known = {key.member for key in keys}
    return keys + [VideoReference(path, path) for path in own if path not in known]


def _counted(count: Callable[[], int | None]) -> int | None:
    try:
        return count()
    except BudgetSpent:
        return None


def _labelled_frames(listing: Listing, read: BoundedRead) -> int:
    """Frames with at least one point, over all folders; a frame that two people labelled counts once."""
    frames: set[tuple[str, ...]] = set()
    only_h5: dict[str, int] = {}
    for labels in dlc_names.label_files(listing):
        if labels.csv is not None:
            rows = labelled_csv_rows(labels.csv, listing[labels.csv].size, read)
            frames.update((labels.folder, *row) for row in rows)
        elif labels.h5 is not None:
            count = labelled_h5_rows(labels.h5, listing[labels.h5].size, read)
            only_h5[labels.folder] = max(count, only_h5.get(labels.folder, 0))
    counted = {folder for folder, *_ in frames}
    return len(frames) + sum(count for folder, count in only_h5.items() if folder not in counted)


def _predicted_frames(listing: Listing, read: BoundedRead) -> int | None:
    """Frames of the most complete result of each video; the `.h5` says it in its shape."""
    total = 0
    for tables in dlc_names.result_tables(listing).values():
        cheap = [path for path in tables if path.endswith(".h5")] or tables
        total += max(_rows(path, listing, read) for path in cheap)
    return total


def _rows(path: str, listing: Listing, read: BoundedRead) -> int:
    count = h5_row_count if path.endswith(".h5") else csv_row_count
    return count(path, listing[path].size, read)


def _code_in_networks(listing: Listing, read: BoundedRead) -> Iterator[str]:
    """Network configurations that switch the protection against code in snapshots off, or that nobody can check."""
    for path in dlc_names.network_configs(listing):
        try:
            if is_unprotected(parsed(read(path, 0, listing[path].size), path)):
                yield f"{path} (load_weights_only is off)"
        except (BudgetSpent, Damaged):
            yield f"{path} (could not be checked)"


def _about_paths(told: Project, videos: Sequence[VideoReference]) -> Iterator[Health]:
    named = set(told.videos)
    fields = 1 + sum(1 for video in videos if video.named in named and video.member is not None)
    fields += PLACEHOLDER in named and any(video.named not in named for video in videos)
    yield paths_adjusted(fields)


def _about_videos(told: Project, videos: Sequence[VideoReference]) -> Iterator[Health]:
    missing = [video.named for video in videos if video.member is None]
    if not videos and PLACEHOLDER in told.videos:
        missing = ["that the labels came from"]
    for named in missing:
        yield Health("video-missing", Severity.WARNING, f"The video {named} is not in this project.",
                     "Labelling and training work without it; to analyse it, put it into videos.")  # fmt: skip


def _about_labels(listing: Listing, labelled: int | None) -> Iterator[Health]:
    for labels in dlc_names.label_files(listing):
        if labels.csv is None or labels.h5 is None:
            lost = ".csv" if labels.csv is None else ".h5"
            yield Health("labels-incomplete", Severity.WARNING, f"No {lost} beside {labels.csv or labels.h5}.",
                         "DeepLabCut reads the .h5; convert the labels again before training.")  # fmt: skip
    if labelled is None:
        yield Health("not-counted", Severity.INFO, "The labels are too many to be counted from a distance.",
                     "Open the project to see all of it.")  # fmt: skip
    if labelled == 0:
        yield Health("no-labels", Severity.INFO, "No frame is labelled yet.")


def _about_code(found: Sequence[str]) -> Iterator[Health]:
    if found:
        named = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        yield Health("runs-code", Severity.WARNING, f"These files can run code when DeepLabCut uses them: {named}.",
                     "Open the project only if you trust the people who made them.")  # fmt: skip

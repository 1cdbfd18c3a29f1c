"""What staging does with one file: a pure decision from the journal, the disk and the listing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from launcher import errors
from launcher.journal import Item, Stat
from launcher.storage.objects import ObjectRef
from launcher.tools.protocol import Part, PoseTool

#: Kept free on the disk, beyond what a project needs, so that tools and the journal go on working.
MARGIN_BYTES = 64 * 1024 * 1024
OTHER_THERE = "it was changed here and is kept as it is here, and what lies there is another version of it"


class Action(StrEnum):
    """What to do with one file."""

    FETCH = "fetch"
    KEEP = "keep"
    COMPARE = "compare"  # something is there that the journal cannot vouch for: equal content is taken over


def decide(item: Item | None, here: Stat | None, etag: str) -> Action:
    """From what the journal knows of a file, what is on disk, and the ETag in the listing. Local work always wins."""
    if here is None:
        return Action.FETCH
    if item is None or item.stat is None:
        return Action.COMPARE
    # What is saved of it may be another session's, which was never here.
    known = {item.origin.etag if item.origin else "", item.saved.etag if item.saved and item.is_saved else ""}
    if here != item.stat:
        return Action.COMPARE
    if etag in known or not item.is_as_staged:
        return Action.KEEP
    return Action.FETCH


def is_other_there(item: Item | None, there: ObjectRef) -> bool:
    """Lies there what was neither brought here nor saved from here, while a change that was made here is kept?

    In the place of what was saved from here, what was brought before is another one: somebody put it back, and equal
    contents have equal ETags. Of a file in conflict that is known, and told elsewhere.
    """
    if item is None or item.copy is not None or item.is_as_staged:
        return False
    if item.saved is not None and item.saved.key == there.where.key:
        return there.etag != item.saved.etag
    seen = {item.origin.etag if item.origin else "", item.saved.etag if item.saved else ""}
    return there.etag not in seen


class Profile(StrEnum):
    """What a task needs of a project (contract, "Projects")."""

    ALL = "all"
    LABEL = "label"
    TRAIN = "train"
    ANALYSE = "analyse"


_LABEL = frozenset({Part.CONFIG, Part.LABELS, Part.FRAMES})
PARTS: Mapping[Profile, frozenset[Part]] = {
    Profile.ALL: frozenset(Part),
    Profile.LABEL: _LABEL,
    Profile.TRAIN: _LABEL | {Part.TRAINING, Part.MODELS},
    Profile.ANALYSE: frozenset({Part.CONFIG, Part.MODELS, Part.VIDEOS}),
}
_ORDER = {part: number for number, part in enumerate(Part)}


def in_order(tool: PoseTool, paths: Iterable[str], profile: Profile, marker: str) -> tuple[list[str], list[str]]:
    """The files that the profile needs, labels before frames and videos last, and the ones left for later."""
    parts = PARTS[profile]
    wanted: list[str] = []
    later: list[str] = []
    for path in paths:
        (wanted if path == marker or tool.part_of(path) in parts else later).append(path)
    wanted.sort(key=lambda path: (_ORDER[tool.part_of(path)], path))
    return wanted, sorted(later)


def check_space(needed: int, free: int, where: object) -> None:
    """Refuse, with numbers, before the first byte."""
    if needed + MARGIN_BYTES > free:
        raise errors.LocalDisk(
            where,
            title=f"This needs {in_words(needed)} beside {in_words(MARGIN_BYTES)} that stay free, and only "
            f"{in_words(free)} are free",
            hint="Nothing was written. Free some space, or bring less with --profile label.",
        )


def in_files(number: int) -> str:
    """A number of files for people."""
    return "1 file" if number == 1 else f"{number} files"


def in_words(size: int) -> str:
    """A number of bytes for people, in decimal units."""
    if size == 1:
        return "1 byte"
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"

"""What saving does with one file, from three trees: what was last seen, what is here, and what another session saved.

A pure function, so that the hardest rule of the product is the easiest to test.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from launcher.journal import Item, Saved


class Action(StrEnum):
    """What is to be done. Nothing is ever deleted, and nothing unseen is ever replaced."""

    NOTHING = "nothing"
    """This content was saved before, under its own name or beside another session's: the file was only touched."""
    REFER = "refer"
    """It is still what lies in the data bucket, and stays a reference."""
    LEAVE = "leave"
    """An earlier session saved a changed version of what is here as a data bucket has it: theirs stays."""
    CLAIM = "claim"
    """The home prefix holds just these bytes already."""
    SEND = "send"
    """Put it, in place of the version that was seen, or of none."""
    KEEP_BESIDE = "keep beside"
    """Both changed it: theirs stays under its name, ours goes beside it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The action, and the version in the home prefix that it rests on."""

    action: Action
    seen: Saved | None = None


def is_only_touched(item: Item) -> bool:
    """By its content before path fields are neutral: is it in the home prefix already?"""
    return item.is_saved or item.is_kept_beside


def is_news(item: Item, theirs: Saved | None, size: int) -> bool:
    """Will it be sent, whatever its content turns out to be? Nothing that is known of it has this size."""
    if item.copy is not None or (item.saved is None and theirs is not None):
        return False
    return all(known is None or known.size != size for known in (item.saved, item.origin))


def decide(
    item: Item, theirs: Saved | None, *, crc64nvme: str, size: int, is_labs: bool, is_reference: bool
) -> Decision:
    """One file, whose content here is now in `item`; checksum and size are those of what would be sent.

    `is_labs` says that a data bucket has it; what was brought from the home prefix may be nowhere else by now.
    `theirs` is what a manifest that we did not write names, and counts only where we never saved the file ourselves.
    """
    if is_only_touched(item):
        return Decision(Action.NOTHING)
    if is_reference and item.saved is None:
        return Decision(Action.REFER)
    seen = item.saved if item.saved is not None else theirs
    is_there = item.copy is None or item.saved is None  # else what was saved of it before is there no longer
    if is_there and seen is not None and (seen.crc64nvme, seen.size) == (crc64nvme, size):
        return Decision(Action.CLAIM, seen)
    if item.saved is None and theirs is not None:
        if item.copy is not None:  # it is in conflict until somebody decides, whatever is here or there
            return Decision(Action.KEEP_BESIDE, theirs)
        if is_labs:
            return Decision(Action.LEAVE, theirs)
        if not _was_brought(item, theirs):
            return Decision(Action.KEEP_BESIDE, theirs)
    return Decision(Action.SEND, seen)


def _was_brought(item: Item, theirs: Saved) -> bool:
    """Did the other session save just what was brought here, too? Then it has been seen, and is worked on since."""
    origin = item.origin
    return origin is not None and (origin.crc64nvme, origin.size) == (theirs.crc64nvme, theirs.size)

"""How the copy of a file is called that two sessions changed: predictable, readable, unique, and known again."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import datetime
from pathlib import PurePosixPath

_COPY = re.compile(r"^(?P<stem>.+) \(conflict \d{4}-\d\d-\d\d \d{4} [^/()]+\)(?P<ends>(?:\.[^/]*)?)$")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
#: One part of a path may have 255 bytes on every system.
_PART_BYTES = 255
_WHO_LENGTH = 24


def conflict_path(path: str, moment: datetime, who: str, taken: Container[str], at_most: int) -> str:
    """`stem (conflict 2026-01-31 1405 who).ext` beside the original, in server time; numbered if that is taken.

    It has no more than `at_most` bytes, unless nothing of the stem would be left.
    """
    pure = PurePosixPath(path)
    tag = _NOT_IN_NAMES.sub("-", who).strip("-")[:_WHO_LENGTH] or "someone"
    number = 1
    while True:
        again = f" {number}" if number > 1 else ""
        words = f" (conflict {moment:%Y-%m-%d %H%M} {tag}{again})"
        folder = "" if str(pure.parent) == "." else f"{pure.parent}/"
        ends = words + pure.suffix
        room = min(_PART_BYTES, at_most - len(folder.encode())) - len(ends.encode())
        candidate = folder + _shortened(pure.stem, room) + ends
        if candidate not in taken:
            return candidate
        number += 1


def original_of(path: str) -> str | None:
    """The file that this is a conflict copy of, as far as the name tells; None if it is no copy."""
    folder, slash, name = path.rpartition("/")
    found = _COPY.match(name)
    return f"{folder}{slash}{found['stem']}{found['ends']}" if found else None


def _shortened(stem: str, room: int) -> str:
    """As much of the stem as there is room for, and its first character in any case; cut between characters."""
    return stem.encode()[: max(room, 0)].decode(errors="ignore") or stem[0]

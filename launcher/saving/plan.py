"""What a save would do: a pure function of the journal, the disk, and what is never saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase, translate

from launcher.journal import Item, Stat, State
from launcher.tools.protocol import Part, PoseTool


class FileState(StrEnum):
    """What a person is told about one file."""

    SAVED = "saved"
    REFERENCE = "by reference"
    OLDER = "older than what is saved"
    CONFLICT = "saved as a conflict copy"
    CHANGED = "changed since it was saved"
    NEW = "not saved yet"
    FAILED = "could not be saved"
    LEFT_OUT = "cannot be saved"


#: States in which the file's present content is not in the home bucket.
UNSAVED = frozenset({FileState.CHANGED, FileState.NEW, FileState.FAILED, FileState.LEFT_OUT})


@dataclass(slots=True)
class Plan:
    """Paths by what is to be done with them; `upload` is in order of importance."""

    states: dict[str, FileState] = field(default_factory=dict)
    upload: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    by_reference: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)


def plan_save(
    items: Mapping[str, Item], here: Mapping[str, Stat], tool: PoseTool, exclude: Sequence[str], home: str
) -> Plan:
    """Decide for every file on disk. What is gone from the disk is left alone in S3: nothing is ever deleted there."""
    plan = Plan()
    never = Excluded([*tool.saving_order().never, *exclude])
    for path, stat in here.items():
        if path in never:
            plan.excluded.append(path)
            continue
        state = state_of(items.get(path), stat, tool.part_of(path), home)
        plan.states[path] = state
        if state in (FileState.SAVED, FileState.OLDER, FileState.CONFLICT):
            plan.unchanged.append(path)
        elif state is FileState.REFERENCE:
            plan.by_reference.append(path)
        else:
            plan.upload.append(path)
    order = importance(tool)
    plan.upload.sort(key=lambda path: (order(path), here[path].size, path))
    return plan


def state_of(item: Item | None, stat: Stat, part: Part, home: str) -> FileState:
    """How one file on disk stands."""
    if item is None:
        return FileState.NEW
    untouched = item.stat == stat
    if untouched and item.is_saved:
        return FileState.SAVED
    if untouched and item.is_kept_beside:
        return FileState.CONFLICT
    if untouched and refers(item, home):
        # What only came from a data bucket never replaces what a person saved.
        if item.saved is not None:
            return FileState.OLDER
        if part is Part.VIDEOS:
            return FileState.REFERENCE
    if item.state is State.FAILED:
        return FileState.FAILED
    return FileState.CHANGED if item.saved else FileState.NEW


def refers(item: Item, home: str) -> bool:
    """Is the file exactly what lies in the data bucket, so that a reference keeps it?"""
    return item.is_as_staged and item.origin is not None and not item.origin.uri.startswith(home)


class Excluded:
    """The paths that are never saved: a pattern names the file, one of its folders, or its whole path.

    Thousands of paths are asked for at every look, so each takes one match: the path itself, then its parts.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        # Without patterns it is an expression that nothing matches, not one that the empty text matches.
        self._named = re.compile("|".join(map(translate, patterns)) or r"(?!)")

    def __contains__(self, path: str) -> bool:
        matches = self._named.match
        return matches(path) is not None or any(matches(part) for part in path.split("/"))


def importance(tool: PoseTool) -> _Importance:
    """A sort key: what the tool names first goes first, then part by part."""
    return _Importance(tool)


class _Importance:
    def __init__(self, tool: PoseTool) -> None:
        self._tool = tool
        self._first = list(tool.saving_order().first)
        self._parts = {part: number for number, part in enumerate(Part)}

    def __call__(self, path: str) -> tuple[int, int]:
        name = path.rpartition("/")[2]
        rank = next(
            (at for at, pattern in enumerate(self._first) if fnmatchcase(path, pattern) or fnmatchcase(name, pattern)),
            len(self._first),
        )
        return rank, self._parts[self._tool.part_of(path)]

"""What a save would do: a pure function of the journal, the disk, and what is never saved."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from enum import StrEnum
from fnmatch import translate

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


#: States in which there is nothing to be done for a file.
NOTHING_TO_SEND = frozenset({FileState.SAVED, FileState.OLDER, FileState.CONFLICT})
#: States in which the file's present content is not in the home bucket.
UNSAVED = frozenset({FileState.CHANGED, FileState.NEW, FileState.FAILED, FileState.LEFT_OUT})

#: No file has a size of more; beside it there is room for any importance in 64 bits.
SIZE_BITS = 52


class Rules:
    """What is the same for every file of a project: its tool, what is never saved, and where it is saved."""

    def __init__(self, tool: PoseTool, exclude: Sequence[str], home: str) -> None:
        never = tool.saving_order().never
        self._tool = tool
        self._never = Excluded([*never, *exclude])
        self._home = home
        #: Where these are the same, so are the rules of one tool.
        self.words = (home, *never, "", *exclude)

    def leave_out(self, path: str) -> bool:
        """Is it never saved?"""
        return path in self._never

    def state(self, path: str, item: Item | None, stat: Stat) -> FileState | None:
        """How one file on disk stands; None for one that is never saved."""
        if path in self._never:
            return None
        if item is not None and item.is_saved and item.stat == stat:
            return FileState.SAVED  # most files, most of the time
        return state_of(item, stat, self._tool.part_of(path), self._home)

    def in_order(self, sizes: Iterable[tuple[str, int]]) -> list[str]:
        """Paths by importance, and the small ones first; they come, and stay where these are equal, in their order.

        One number a file, of eight bytes: as a tuple it would be more than all else that is known of a new file.
        """
        order, paths, numbers = _Importance(self._tool), list[str](), array("Q")
        for path, size in sizes:
            paths.append(path)
            numbers.append(order(path) << SIZE_BITS | size)
        return [paths[at] for at in sorted(range(len(paths)), key=numbers.__getitem__)]


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

    Thousands of paths are asked for at every look, so each takes two matches: the path itself, and its last part.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        # Without patterns it is an expression that nothing matches, not one that the empty text matches.
        self._is_named = re.compile("|".join(map(translate, patterns)) or r"(?!)").match
        self._folders: dict[str, bool] = {}

    def __contains__(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return bool(self._is_named(path) or self._is_named(name)) or (folder != "" and self._is_within(folder))

    def _is_within(self, folder: str) -> bool:
        """Is one of the folders of a path named? They are few, and are looked at once."""
        if folder not in self._folders:
            self._folders[folder] = any(map(self._is_named, folder.split("/")))
        return self._folders[folder]


class _Importance:
    """A sort key: what the tool names first goes first, then part by part."""

    def __init__(self, tool: PoseTool) -> None:
        self._tool = tool
        self._first = [re.compile(translate(pattern)).match for pattern in tool.saving_order().first]
        self._parts = {part: number for number, part in enumerate(Part)}

    def __call__(self, path: str) -> int:
        name = path.rpartition("/")[2]
        rank = next(
            (at for at, is_named in enumerate(self._first) if is_named(path) or is_named(name)),
            len(self._first),
        )
        return rank * len(self._parts) + self._parts[self._tool.part_of(path)]

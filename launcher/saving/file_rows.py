"""What `status` says of each file of a project: kept small, and made into a row when it is asked for.

Most files are saved, and of 200,000 of them a row each would be all of the memory that a command may have.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any

from launcher.saving.plan import FileState

Row = dict[str, Any]

_STATES = list(FileState)
_CAUSES = {
    FileState.SAVED: "",
    FileState.REFERENCE: "the video stays in the data bucket",
    FileState.OLDER: "an earlier session saved a changed version; bring that one with `stage` to go on from it",
    FileState.CONFLICT: "another session changed it too; both versions are in the home bucket",
    FileState.CHANGED: "changed since it was saved",
    FileState.NEW: "not saved yet",
}
BY_ITSELF = "wait a moment, or save now"
_NEXT = {
    FileState.OLDER: "nothing, or bring that version with `stage`",
    FileState.CONFLICT: "decide with `conflicts` which version counts",
    FileState.CHANGED: BY_ITSELF,
    FileState.NEW: BY_ITSELF,
    FileState.LEFT_OUT: "copy it into the project as a plain file",
}


class FileRows:
    """The rows in the order of their paths, however often they are gone through. Files are added in that order."""

    def __init__(self) -> None:
        self._paths: list[str] = []
        self._states = bytearray()
        self._sizes = array("q")
        #: Of the few whose state does not say it all.
        self._told: dict[str, tuple[str, str]] = {}
        self._left_out: dict[str, str] = {}

    def add(self, path: str, state: FileState, size: int, told: tuple[str, str] | None = None) -> None:
        """One more file; `told` are a cause and a next step of its own."""
        self._paths.append(path)
        self._states.append(_STATES.index(state))
        self._sizes.append(size)
        if told is not None:
            self._told[path] = told

    def leave_out(self, reasons: Mapping[str, str]) -> None:
        """What cannot be saved, in any order."""
        self._left_out.update(reasons)

    def __len__(self) -> int:
        return len(self._paths) + len(self._left_out)

    def __iter__(self) -> Iterator[Row]:
        return heapq.merge(self._files(), self._others(), key=itemgetter("path"))

    def _files(self) -> Iterator[Row]:
        for path, number, size in zip(self._paths, self._states, self._sizes, strict=True):
            state = _STATES[number]
            cause, after = self._told.get(path) or (_CAUSES.get(state, ""), _NEXT.get(state, ""))
            yield {"path": path, "state": state.value, "bytes": size, "cause": cause, "next": after}

    def _others(self) -> Iterator[Row]:
        state = FileState.LEFT_OUT
        for path, reason in sorted(self._left_out.items()):
            yield {"path": path, "state": state.value, "bytes": 0, "cause": reason, "next": _NEXT[state]}

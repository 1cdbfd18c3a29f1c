"""What is saved and what is not, from the journal and the disk alone."""

from __future__ import annotations

from typing import Any

from launcher import errors
from launcher.journal import Item, ProjectRecord
from launcher.projects.local_files import Scan
from launcher.saving.plan import UNSAVED, FileState, Plan
from launcher.saving.stopped import told

#: Under which name the journal keeps by how many seconds the local clock is off.
CLOCK_SKEW = "clock skew in seconds"
#: Less is what the way of an answer takes, and nothing to tell.
_SKEW_TOLD_S = 60

_CAUSES = {
    FileState.SAVED: "",
    FileState.REFERENCE: "the video stays in the data bucket",
    FileState.OLDER: "an earlier session saved a changed version; bring that one with `stage` to go on from it",
    FileState.CONFLICT: "another session changed it too; both versions are in the home bucket",
    FileState.CHANGED: "changed since it was saved",
    FileState.NEW: "not saved yet",
}
_BY_ITSELF = "it is saved when it is quiet for a moment, or at once with `save`"
_NOT_COMPARED = "not looked at since the launcher's memory of this computer was made again"
_NEXT = {
    FileState.OLDER: "nothing, or bring that version with `stage`",
    FileState.CONFLICT: "decide with `conflicts` which version counts",
    FileState.CHANGED: _BY_ITSELF,
    FileState.NEW: _BY_ITSELF,
    FileState.LEFT_OUT: "copy it into the project as a plain file",
}


def project_status(
    record: ProjectRecord, plan: Plan, here: Scan, items: dict[str, Item], *, is_recorded: bool
) -> dict[str, Any]:
    """One element of `status` (contract); `is_recorded` says that the manifest in S3 is up to date."""
    rows = [_row(path, state, items.get(path), here.files[path].size) for path, state in plan.states.items()]
    rows += [_left_out(path, reason) for path, reason in here.left_out.items()]
    unsaved = [path for path, state in plan.states.items() if state in UNSAVED]
    return {
        "dir": str(record.dir),
        "uri": record.uri,
        "home": record.home,
        "all_saved": not unsaved and not here.left_out and is_recorded,
        "unsaved_files": len(unsaved) + len(here.left_out),
        "unsaved_bytes": sum(here.files[path].size for path in unsaved),
        "last_saved": record.last_saved,
        "items": sorted(rows, key=lambda row: row["path"]),
    }


def clock_row(skew: str | None) -> dict[str, Any]:
    """What is known of the local clock; times of saved states are the server's in any case."""
    seconds = int(skew) if skew else None
    message = ""
    if seconds is not None and abs(seconds) > _SKEW_TOLD_S:
        how = "fast" if seconds > 0 else "slow"
        minutes = round(abs(seconds) / 60)
        message = f"The clock of this computer is {minutes} minutes {how}. Saved states carry the server's time."
    return {"skew_seconds": seconds, "message": message}


def stopped_status(record: ProjectRecord, problem: errors.LauncherError) -> dict[str, Any]:
    """The same for a project whose folder cannot be looked at: nothing is known to be saved."""
    return {
        "dir": str(record.dir),
        "uri": record.uri,
        "home": record.home,
        "all_saved": False,
        "unsaved_files": 0,
        "unsaved_bytes": 0,
        "last_saved": record.last_saved,
        "items": [],
        "problem": told(problem),
    }


def _row(path: str, state: FileState, item: Item | None, size: int) -> dict[str, Any]:
    row = {"path": path, "state": state.value, "bytes": size}
    if state is FileState.FAILED and item:
        return {**row, "cause": f"{item.cause}. {item.next}", "next": item.next}
    is_rebuilt = state is FileState.CHANGED and item is not None and item.stat is None
    return {**row, "cause": _NOT_COMPARED if is_rebuilt else _CAUSES[state], "next": _NEXT.get(state, "")}


def _left_out(path: str, reason: str) -> dict[str, Any]:
    state = FileState.LEFT_OUT
    return {"path": path, "state": state.value, "bytes": 0, "cause": reason, "next": _NEXT[state]}

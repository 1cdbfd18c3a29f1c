"""What is saved and what is not, from the journal and the disk alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from launcher import errors
from launcher.journal import Item, ProjectRecord
from launcher.saving.changes import FileKnown, standing
from launcher.saving.file_rows import BY_ITSELF, FileRows
from launcher.saving.plan import UNSAVED, FileState, Rules
from launcher.saving.stopped import told

#: Under which name the journal keeps by how many seconds the local clock is off.
CLOCK_SKEW = "clock skew in seconds"
#: Less is what the way of an answer takes, and nothing to tell.
_SKEW_TOLD_S = 60

_NOT_COMPARED = "not looked at since the launcher's memory of this computer was made again"


def project_status(
    record: ProjectRecord, files: Iterable[FileKnown], left_out: Mapping[str, str], rules: Rules, *, is_recorded: bool
) -> dict[str, Any]:
    """One element of `status` (contract); `is_recorded` says that the manifest in S3 is up to date.

    The files are gone through once, in the order of their paths; only then `left_out` is read.
    """
    rows, unsaved, size = FileRows(), 0, 0
    for path, stored, stat in files:
        state, item = standing(path, stored, stat, rules)
        if state is None:
            continue
        rows.add(path, state, stat.size, _told(state, item))
        if state in UNSAVED:
            unsaved, size = unsaved + 1, size + stat.size
    rows.leave_out(left_out)
    return {
        "dir": str(record.dir),
        "uri": record.uri,
        "home": record.home,
        "all_saved": not unsaved and not left_out and is_recorded,
        "unsaved_files": unsaved + len(left_out),
        "unsaved_bytes": size,
        "last_saved": record.last_saved,
        "items": rows,
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


def _told(state: FileState, item: Item | None) -> tuple[str, str] | None:
    """Cause and next step, where the state alone does not say them."""
    if item is not None and state is FileState.FAILED:
        return f"{item.cause}. {item.next}", item.next
    if item is not None and state is FileState.CHANGED and item.stat is None:
        return _NOT_COMPARED, BY_ITSELF
    return None

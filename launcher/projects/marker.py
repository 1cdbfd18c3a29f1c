"""The marker in a project's folder: what the project is, for whoever has lost the journal."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from launcher import errors
from launcher.journal import Journal, ProjectRecord
from launcher.projects.listed import may_hold_files
from launcher.projects.whose import CORNER, MARKER, said_by
from launcher.tools import TOOLS


def marked(folder: Path) -> ProjectRecord | None:
    """What a folder says of itself; None where no project was brought, or what it says cannot be read."""
    try:
        return _read(folder)
    except (OSError, ValueError, TypeError):
        return None


def silent(journal: Journal) -> dict[str, errors.NotDone]:
    """Of each project that the journal has lost, and whose folder cannot tell of it either: what to tell the person."""
    return {
        project_id: errors.NotDone(
            folder,
            title="What project lies in this folder cannot be read any more, so that nothing there is saved",
            hint="Bring it again to the same folder with `pose-launcher stage`. What is in it stays.",
        )
        for project_id, folder in journal.lost().items()
        if marked(folder) is None and may_hold_files(folder)
    }


def mark(record: ProjectRecord) -> None:
    """Write it, whole or not at all."""
    marker = record.dir / CORNER / MARKER
    draft = marker.with_suffix(".new")
    draft.write_text(json.dumps(record.to_json(), indent=1), encoding="utf-8")
    draft.replace(marker)


def mark_again(record: ProjectRecord) -> None:
    """One that is damaged is written again while the journal knows what it said.

    One that is gone stays gone: nobody knows then whether this is the folder that was brought.
    """
    try:
        _read(record.dir)
    except (ValueError, TypeError):
        with suppress(OSError):
            mark(record)
    except OSError:
        return


def _read(folder: Path) -> ProjectRecord:
    record = ProjectRecord(**{**said_by(folder), "dir": folder, "manifest_etag": None, "last_saved": None})
    if record.tool_id not in {one.tool_id for one in TOOLS}:  # then nobody can tell what in the folder is to be saved
        raise ValueError(record.tool_id)
    return record

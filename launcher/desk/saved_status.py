"""What `status` and the window say is saved: from the journal and the disk alone, and why not what is not."""

from __future__ import annotations

import json
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.desk.desk import Desk
from launcher.desk.keeping import GB
from launcher.desk.saver_process import find
from launcher.journal import ProjectRecord, once_more


def storage_row(desk: Desk) -> dict[str, object]:
    """How much the home prefix held when it was last measured, and how much it may (`status`)."""
    from launcher.saving.pruning import use_row

    kept = desk.loaded.site.save
    return use_row(desk.journal, kept.keep_days, kept.quota_gb * GB)


def clock(desk: Desk) -> dict[str, Any]:
    """By how much the local clock is off (`status`)."""
    from launcher.saving.status import CLOCK_SKEW, clock_row

    return clock_row(desk.journal.fact(CLOCK_SKEW))


def status_row(desk: Desk, record: ProjectRecord) -> dict[str, Any] | None:
    """One project of `status`; None for one that was put away when all of it was saved."""
    return once_more(partial(_row, desk, record))


def _row(desk: Desk, record: ProjectRecord) -> dict[str, Any] | None:
    from launcher.projects.left_folders import left_with_work
    from launcher.projects.tree import Tree
    from launcher.projects.whose import Unreadable
    from launcher.saving.shortfall import was_brought, was_put_away
    from launcher.saving.status import project_status, stopped_status
    from launcher.saving.stopped import emptied, told

    saver, tree = desk.saver(), Tree(record.dir)
    try:
        files = saver.files(record, tree)
        first = next(files, None)
    except errors.NotFound as exc:
        return None if was_put_away(desk.journal, record) else stopped_status(record, exc)
    except Unreadable as exc:
        return stopped_status(record, exc)
    if first is None and not tree.left_out and was_brought(desk.journal, record):
        return stopped_status(record, emptied(record.dir))  # what was there is saved, and may be missed all the same
    every = chain([first], files) if first is not None else files
    is_recorded = desk.journal.manifest_is_current(record)
    row = project_status(record, every, tree.left_out, saver.rules(record), is_recorded=is_recorded)
    if left := left_with_work(desk.journal, record):
        return {**row, "all_saved": False, "problem": told(left[0])}
    return {**row, "problem": _why(desk, record, is_saved=row["all_saved"])}


def silent_rows(desk: Desk) -> list[dict[str, Any]]:
    """Of folders that can say nothing of themselves any more: what is in them is looked after by nobody."""
    from launcher.projects.marker import silent
    from launcher.saving.status import stopped_status

    rows = []
    for project_id, untold in silent(desk.journal).items():
        home = str(desk.home.child(f"projects/{project_id}/"))
        record = ProjectRecord(project_id, home, project_id, "", "", Path(untold.subject), home)
        rows.append(stopped_status(record, untold))
    return rows


def _why(desk: Desk, record: ProjectRecord, *, is_saved: bool) -> Any:
    """Why the saver that runs now does not save this project, or without one the last click; None if nothing did."""
    from launcher.saving.stopped import attempt_fact, problem_fact

    told = desk.journal.fact(problem_fact(record.id))
    if find(desk.setup.state.path):
        return json.loads(told) if told else None
    attempt = json.loads(desk.journal.fact(attempt_fact(record.id)) or "{}")
    is_of_now = not is_saved and attempt.get("last_saved") == record.last_saved
    return attempt.get("problem") if is_of_now else None

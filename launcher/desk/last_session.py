"""How the last session of this person ended, for the next one on another machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from launcher.projects.whose import may_be_its

if TYPE_CHECKING:
    from launcher.desk.desk import Desk

#: As many missing files are told; the session's own file names more.
_TOLD = 200


def last_session(desk: Desk) -> dict[str, Any] | None:
    """Its end in the session's own file, and the project to go on with; None if there was none before this one."""
    ended = desk.earlier_sessions.newest()
    if ended is None:
        return None
    return {
        "session": ended.session,
        "ended": ended.ended,
        "state": ended.state,
        "missing_files": ended.missing_files,
        "missing": [row.to_json() for row in ended.missing[:_TOLD]],
        "projects": _projects(desk),
    }


def _projects(desk: Desk) -> list[dict[str, Any]]:
    """What was saved, the latest first; `here` says whether it is on this machine already."""
    where = desk.home.child(".pose-launcher/state/")
    states = [one for page in desk.store.lister.level(where) for one in page.objects]
    here = {record.id for record in desk.journal.projects() if may_be_its(record.dir, record.id)}
    rows = []
    for one in sorted(states, key=lambda state: state.modified, reverse=True)[:20]:
        project = one.key.rpartition("/")[2].removesuffix(".json")
        uri = str(desk.home.child(f"projects/{project}/"))
        rows.append({"id": project, "uri": uri, "saved": one.modified, "here": project in here})
    return rows

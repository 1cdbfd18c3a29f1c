"""How the last session of this person ended, for the next one on another machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.saving.session_file import LARGEST, MissingFile
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.storage.listing import S3Object

#: As many missing files are told; the session's own file names more.
_TOLD = 200


def last_session(desk: Desk) -> dict[str, Any] | None:
    """Its end in the session's own file, and the project to go on with; None if there was none before this one."""
    ended = sorted(_ended_before(desk), key=lambda one: one.modified)
    if not ended:
        return None
    newest = ended[-1]
    told = _read(desk, newest)
    return {
        "session": newest.key.rpartition("/")[2].removesuffix(".json"),
        "ended": newest.modified,
        "state": told.get("state", "not known"),
        "missing_files": told.get("missing_files", 0),
        "missing": told.get("missing", [])[:_TOLD],
        "projects": _projects(desk),
    }


def _ended_before(desk: Desk) -> list[S3Object]:
    where = desk.home.child(".pose-launcher/sessions/")
    mine = f"{where.key}{desk.session_id}.json"
    return [one for page in desk.store.lister.level(where) for one in page.objects if one.key != mine]


def _read(desk: Desk, one: S3Object) -> dict[str, Any]:
    """Others with the role of the fleet could write there: nothing is taken over but what has the right form."""
    try:
        read = desk.store.objects.read_small(S3Uri(desk.home.bucket, one.key), LARGEST)
        data = json.loads(read[0]) if read else {}
        rows = [
            MissingFile(str(r["project"]), str(r["path"]), int(r["bytes"]), str(r["cause"])) for r in data["missing"]
        ]
        return {
            "state": str(data["state"])[:40],
            "missing_files": int(data["missing_files"]),
            "missing": [{"project": row.project, "path": row.path, "cause": row.cause} for row in rows],
        }
    except (ValueError, KeyError, TypeError, errors.NotDone):
        return {}


def _projects(desk: Desk) -> list[dict[str, Any]]:
    """What was saved, the latest first; `here` says whether it is on this machine already."""
    where = desk.home.child(".pose-launcher/state/")
    states = [one for page in desk.store.lister.level(where) for one in page.objects]
    here = {record.id for record in desk.journal.projects() if record.dir.is_dir()}
    rows = []
    for one in sorted(states, key=lambda state: state.modified, reverse=True)[:20]:
        project = one.key.rpartition("/")[2].removesuffix(".json")
        uri = str(desk.home.child(f"projects/{project}/"))
        rows.append({"id": project, "uri": uri, "saved": one.modified, "here": project in here})
    return rows

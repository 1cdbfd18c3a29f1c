"""What a person opened last: remembered in the home prefix, since the next session may be on another machine.

Losing it harms nobody.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.projects.source import OURS
from launcher.storage.checksums import digest_of
from launcher.storage.json_text import json_of

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.journal import ProjectRecord

log = logging.getLogger(__name__)

KEPT, _LARGEST = 12, 64 * 1024
_FILE = f"{OURS}person/recents.json"
_FIELDS = ("uri", "id", "name", "tool", "opened")
Row = dict[str, Any]


def recents(desk: Desk) -> list[Row]:
    """The newest first; `saved` tells whether a saved state of it is in the home bucket."""
    rows, _ = _read(desk)
    if not rows:
        return []
    page = desk.store.lister.page(desk.home.child(f"{OURS}state/"))
    saved = {item.key.rpartition("/")[2].removesuffix(".json") for item in page.objects}
    return [{**row, "saved": row["id"] in saved} for row in rows]


def note(desk: Desk, target: str) -> None:
    """A project was opened now, by its address or its folder. What stands in the way is no trouble for a person."""
    record = _record(desk, target)
    if record is None or "://" not in record.uri:
        return
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    fresh = {"uri": record.uri, "id": record.id, "name": record.name, "tool": record.tool_id, "opened": now}
    for _ in range(2):  # another session may write at the same moment
        try:
            desk.check_strength()
            rows, etag = _read(desk)
            data = json.dumps({"schema": 1, "projects": with_newest(rows, fresh)}).encode()
            desk.store.uploader.put(desk.home.child(_FILE), data, digest_of(data), replaces=etag)
        except errors.ChangedMeanwhile:
            continue
        except errors.LauncherError as exc:
            log.info("what was opened is not remembered: %s", exc)
        return


def _record(desk: Desk, target: str) -> ProjectRecord | None:
    for record in desk.journal.projects():
        if target.rstrip("/") in (record.uri.rstrip("/"), str(record.dir)):
            return record
    return None


def with_newest(rows: Sequence[Row], fresh: Row) -> list[Row]:
    """Each project once, at its latest opening."""
    return [fresh, *(row for row in rows if row["uri"] != fresh["uri"])][:KEPT]


def rows_of(data: bytes) -> list[Row]:
    """What makes sense of a file that anybody with access to the home may have written."""
    try:
        projects = json_of(data)["projects"]
    except (ValueError, KeyError, TypeError):
        return []
    rows = [row for row in projects if isinstance(row, Mapping)] if isinstance(projects, list) else []
    return [{name: row[name] for name in _FIELDS} for row in rows[:KEPT] if _is_whole(row)]


def _is_whole(row: Mapping[str, Any]) -> bool:
    return all(isinstance(row.get(name), str) for name in _FIELDS)


def _read(desk: Desk) -> tuple[list[Row], str | None]:
    read = desk.store.objects.read_small(desk.home.child(_FILE), _LARGEST)
    return (rows_of(read[0]), read[1].etag) if read is not None else ([], None)

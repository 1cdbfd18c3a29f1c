"""The session's own file in the home bucket: what is missing while it ends, or that nothing is.

Written before the last files go and again at the very end, conditionally like everything else. Rows of projects that
this state dir does not know are kept: another state dir of the same session wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

from launcher import errors
from launcher.storage.checksums import digest_of
from launcher.storage.json_text import json_of
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

SCHEMA = 1
LARGEST = 16 * 1024 * 1024
#: As many are named; the rest is counted, so that the list is small enough to arrive within a few seconds.
NAMED = 10_000
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file whose present content is not in the home bucket, and why; without a path, a whole project."""

    project: str
    path: str
    bytes: int
    cause: str

    def to_json(self) -> dict[str, str]:
        """For the next session: which file, and why."""
        return {"project": self.project, "path": self.path, "cause": self.cause}


class SessionFile:
    """`.pose-launcher/sessions/<session>.json`."""

    def __init__(self, store: Store, home: S3Uri, session: str) -> None:
        self._store = store
        self._session = session
        self.where = home.child(f".pose-launcher/sessions/{session}.json")

    def write(self, missing: Callable[[], list[MissingFile]], projects: Collection[str], *, is_end: bool) -> None:
        """Say what is missing now; asked again when another process was faster, so that no older truth replaces it."""
        for _ in range(_ATTEMPTS):
            there = self._store.objects.read_to_replace(self.where, LARGEST)
            kept = _rows_of_others(there[0], projects) if there else []
            data = self._document([*missing(), *kept], is_end=is_end)
            try:
                self._store.uploader.put(self.where, data, digest_of(data), replaces=there[1].etag if there else None)
            except errors.ChangedMeanwhile:
                continue
            return
        raise errors.ChangedMeanwhile(self.where)

    def _document(self, rows: Sequence[MissingFile], *, is_end: bool) -> bytes:
        ended = "complete" if not rows else "incomplete"
        document = {
            "schema": SCHEMA,
            "session": self._session,
            "state": ended if is_end else "ending",
            "written": self._store.http.server_time.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "missing_files": len(rows),
            "missing_bytes": sum(row.bytes for row in rows),
            "missing": [asdict(row) for row in rows[:NAMED]],
        }
        return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _rows_of_others(data: bytes, ours: Collection[str]) -> list[MissingFile]:
    """What the file says of projects that are not ours; nothing, if it is not one of our files."""
    try:
        rows = json_of(data)["missing"]
        found = [MissingFile(str(r["project"]), str(r["path"]), int(r["bytes"]), str(r["cause"])) for r in rows]
    except (ValueError, KeyError, TypeError):
        return []
    return [row for row in found if row.project not in ours]


def in_words(rows: Iterable[MissingFile]) -> list[tuple[str, str]]:
    """For people: which file, and why."""
    return [(f"{row.project}/{row.path}".rstrip("/"), row.cause) for row in rows]

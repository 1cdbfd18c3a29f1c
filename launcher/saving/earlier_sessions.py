"""What earlier sessions of this person could not save: their own lists in the home bucket, for the next one to show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from launcher import errors
from launcher.saving.session_file import LARGEST, MissingFile
from launcher.storage.checksums import digest_of
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

#: As many of the newest are looked at; what is older was shown, or is nobody's concern any more.
_NEWEST = 20


@dataclass(frozen=True, slots=True)
class EarlierSession:
    """One that ended, or broke off while it ended, with work that is not in the home bucket."""

    session: str
    ended: str
    state: str
    missing: tuple[MissingFile, ...]
    missing_files: int
    etag: str = ""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        rows = [{"project": m.project, "path": m.path, "bytes": m.bytes, "cause": m.cause} for m in self.missing]
        return {
            "session": self.session,
            "ended": self.ended,
            "state": self.state,
            "missing_files": self.missing_files,
            "missing": rows,
        }


class EarlierSessions:
    """`.pose-launcher/sessions/` as the next session reads it."""

    def __init__(self, store: Store, home: S3Uri, me: str) -> None:
        self._store = store
        self._where = home.child(".pose-launcher/sessions/")
        self._me = me

    def left_behind(self) -> list[EarlierSession]:
        """Those with something missing that nobody has seen yet, the newest first."""
        found = [session for session, seen in self._read() if session.missing_files and not seen]
        return sorted(found, key=lambda session: session.ended, reverse=True)

    def mark_seen(self, session: str) -> bool:
        """The person knows of it: it is not shown again, on no computer. False if there is no such session."""
        where = self._where.child(f"{session}.json")
        read = self._store.objects.read_small(where, LARGEST)
        if read is None:
            return False
        document = json.loads(read[0])
        data = json.dumps({**document, "seen_in": self._me}, ensure_ascii=False, indent=1).encode()
        self._store.uploader.put(where, data, digest_of(data), replaces=read[1].etag)
        return True

    def _read(self) -> Iterator[tuple[EarlierSession, bool]]:
        rows = [row for page in self._store.lister.level(self._where) for row in page.objects]
        for row in sorted(rows, key=lambda one: one.modified, reverse=True)[:_NEWEST]:
            name = row.key.removeprefix(self._where.key).removesuffix(".json")
            if name == self._me:
                continue
            read = self._store.objects.read_small(S3Uri(self._where.bucket, row.key), LARGEST)
            parsed = parse_session(name, read[0], row.modified) if read else None
            if parsed is not None:
                yield parsed


def parse_session(name: str, data: bytes, modified: str) -> tuple[EarlierSession, bool] | None:
    """A session's file, and whether it was seen; None for what is none."""
    try:
        found = json.loads(data)
        rows = tuple(
            MissingFile(str(row["project"]), str(row["path"]), int(row["bytes"]), str(row["cause"]))
            for row in found["missing"]
        )
        session = EarlierSession(name, modified, str(found["state"]), rows, int(found["missing_files"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return session, "seen_in" in found


def words(session: EarlierSession, project: str) -> str:
    """For whoever brings a project of which something is missing; empty if nothing of it is."""
    paths = [row.path or "the whole project" for row in session.missing if row.project == project]
    if not paths:
        return ""
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return (
        f"An earlier session (ended {session.ended}) could not save {', '.join(paths[:5])}{more} of this project. "
        "What is brought here is the last that was saved of it."
    )


def left_of(sessions: EarlierSessions, project: str) -> list[str]:
    """The same for all sessions; nothing where the lists cannot be read, since bringing a project must not fail."""
    try:
        return [text for one in sessions.left_behind() if (text := words(one, project))]
    except errors.LauncherError:
        return []

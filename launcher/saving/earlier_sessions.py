"""What earlier sessions of this person could not save: their own lists in the home bucket, for the next one to show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from launcher import errors
from launcher.saving.session_file import LARGEST, MissingFile
from launcher.storage.checksums import digest_of
from launcher.storage.json_text import json_of
from launcher.storage.listing import S3Object
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

#: As many of the newest are looked at; what is older was shown, or is nobody's concern any more.
_NEWEST = 20
#: The state of a session whose list cannot be read.
NOT_KNOWN = "not known"
_LONGEST_STATE = 40


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

    def newest(self) -> EarlierSession | None:
        """The one before this one, whether anything of it is missing or not; None if there was none."""
        rows = self._rows()
        if not rows:
            return None
        newest = rows[0]
        found = self._of(newest)
        return found[0] if found else EarlierSession(self._name(newest), newest.modified, NOT_KNOWN, (), 0)

    def named(self, session: str) -> EarlierSession | None:
        """One by its name; None for one that ended without a list, or whose list cannot be read."""
        found = self._read_one(self._where.child(f"{session}.json"), session, "")
        return found[0] if found is not None else None

    def mark_seen(self, session: str) -> bool:
        """The person knows of it: it is not shown again, on no computer. False if there is no such session.

        One whose list cannot be read is none: it is not shown either.
        """
        if "/" in session:
            return False  # it would name an object elsewhere
        where = self._where.child(f"{session}.json")
        read = self._store.objects.read_small(where, LARGEST)
        if read is None or parse_session(session, read[0], "") is None:
            return False
        document = json_of(read[0])
        data = json.dumps({**document, "seen_in": self._me}, ensure_ascii=False, indent=1).encode()
        self._store.uploader.put(where, data, digest_of(data), replaces=read[1].etag)
        return True

    def _read(self) -> Iterator[tuple[EarlierSession, bool]]:
        for row in self._rows()[:_NEWEST]:
            if (parsed := self._of(row)) is not None:
                yield parsed

    def _rows(self) -> list[S3Object]:
        """The lists of all sessions but this one, the newest first."""
        rows = [row for page in self._store.lister.level(self._where) for row in page.objects]
        others = [row for row in rows if self._name(row) != self._me]
        return sorted(others, key=lambda one: one.modified, reverse=True)

    def _name(self, row: S3Object) -> str:
        return row.key.removeprefix(self._where.key).removesuffix(".json")

    def _of(self, row: S3Object) -> tuple[EarlierSession, bool] | None:
        return self._read_one(S3Uri(self._where.bucket, row.key), self._name(row), row.modified)

    def _read_one(self, where: S3Uri, name: str, modified: str) -> tuple[EarlierSession, bool] | None:
        try:
            read = self._store.objects.read_small(where, LARGEST)
        except errors.NotDone:
            return None  # larger than any list of ours
        return parse_session(name, read[0], modified) if read else None


def parse_session(name: str, data: bytes, modified: str) -> tuple[EarlierSession, bool] | None:
    """A session's file, and whether it was seen; None for what is none."""
    try:
        found = json_of(data)
        rows = tuple(
            MissingFile(str(row["project"]), str(row["path"]), int(row["bytes"]), str(row["cause"]))
            for row in found["missing"]
        )
        session = EarlierSession(
            name, modified, str(found["state"])[:_LONGEST_STATE], rows, int(found["missing_files"])
        )
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

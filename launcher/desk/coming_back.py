"""What the last session worked on, for the next one on another computer: its projects, and what it could not save.

Known from the home prefix alone: the manifests that carry the session's name, and the session's own list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from launcher import errors
from launcher.desk import unfinished
from launcher.desk.desk import Desk
from launcher.desk.last_view import last_view
from launcher.desk.unfinished import Unfinished
from launcher.journal.manifest import LARGEST, Manifest, parse_manifest
from launcher.projects.source import OURS
from launcher.storage.uri import S3Uri

#: A session works on a few projects; their manifests are the newest.
_NEWEST = 12
_ANSWERED = "continue answered"


@dataclass(frozen=True, slots=True)
class LastSession:
    """The session before this one, with the newest of its projects in front."""

    session: str
    ended: str
    projects: tuple[Manifest, ...]
    missing: tuple[dict[str, Any], ...]
    home: S3Uri
    #: Where the person was: place, level, tab.
    view: dict[str, str] | None = None
    trainings: tuple[Unfinished, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For programs: the contract's `uri` of each project is its saved place."""
        return {
            "session": self.session,
            "ended": self.ended,
            "projects": [self._row(manifest) for manifest in self.projects],
            "missing": list(self.missing),
            "view": self.view,
            "trainings": [unfinished.row(one) for one in self.trainings],
        }

    def _row(self, manifest: Manifest) -> dict[str, Any]:
        where = self.home.child(f"projects/{manifest.id}/")
        size = sum(file.saved.size for file in manifest.files.values())
        saved = {"saved_at": manifest.saved_at, "files": len(manifest.files), "bytes": size}
        return {"uri": str(where), "id": manifest.id, "name": manifest.name, "tool": manifest.tool, **saved}


def last_session(desk: Desk) -> LastSession | None:
    """The one to go on from; None if there is none, if its projects are here already, or if it was answered."""
    found = chosen(_manifests(desk), desk.session_id, {record.id for record in desk.journal.projects()})
    if not found or desk.journal.fact(_ANSWERED) == found[0].session:
        return None
    session = found[0].session
    ended = desk.earlier_sessions.named(session)
    missing = tuple(row.to_json() for row in ended.missing) if ended is not None else ()
    left = tuple(unfinished.left_quietly(desk))
    return LastSession(session, found[0].saved_at, tuple(found), missing, desk.home, last_view(desk), left)


def answered(desk: Desk, session: str) -> None:
    """The person said what to do: it is not offered again on this computer."""
    desk.journal.put_fact(_ANSWERED, session)


def chosen(manifests: Iterable[Manifest], mine: str, here: set[str]) -> list[Manifest]:
    """The projects of the newest session that is not this one, the newest first; nothing if one of them is here."""
    ordered = sorted(manifests, key=lambda one: one.saved_at, reverse=True)
    if not ordered or ordered[0].session == mine:
        return []
    found = [one for one in ordered if one.session == ordered[0].session]
    return [] if any(one.id in here for one in found) else found


def _manifests(desk: Desk) -> list[Manifest]:
    root = desk.home.child(f"{OURS}state/")
    rows = [row for page in desk.store.lister.everything(root) for row in page.objects]
    found = []
    for row in sorted(rows, key=lambda one: one.modified or "", reverse=True)[:_NEWEST]:
        try:
            read = desk.store.objects.read_small(S3Uri(root.bucket, row.key), LARGEST)
            found += [parse_manifest(read[0], row.key)] if read else []
        except (errors.Damaged, errors.BadUsage):
            continue  # of a newer launcher, or damaged: opening that project says so
    return found

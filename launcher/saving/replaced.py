"""What a save replaces, and whether it can be brought back: everything, but not the network of every epoch.

A training rewrites its networks every minute for days, and each of them would fill the bucket. Of one such file a
content is kept every ten minutes, and every one that is part of a state that a person asked for: so the last network of
an earlier training outlives the next training.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from launcher import errors
from launcher.journal import Journal, ProjectRecord, Saved
from launcher.journal.manifest import Manifest
from launcher.saving.history import History, is_copied_at_once, is_kept_by_bucket
from launcher.storage.copying import LARGEST_COPY
from launcher.storage.uri import S3Uri
from launcher.tools import tool
from launcher.tools.protocol import Part

#: Of a network that is remade all the time, one content is kept in this time.
ONE_IN = timedelta(minutes=10)
#: What people edit and tools count in, in a network's folder too.
_SETTINGS_AND_TABLES = (".yaml", ".yml", ".json", ".csv", ".slp")


class Replaced:
    """Keeps what a save replaces. `before` is the state that it goes on from, `now` tells the server's time."""

    def __init__(
        self,
        history: History,
        journal: Journal,
        record: ProjectRecord,
        before: Manifest | None,
        now: Callable[[], datetime],
    ) -> None:
        self._history = history
        self._journal = journal
        self._record = record
        self._before = before
        self._now = now
        self._kind = tool(record.tool_id)

    def keep(self, where: S3Uri, path: str, saved: Saved) -> None:
        """See to it that a content which is about to be replaced can be brought back, if it is to be."""
        if not is_remade(path, self._kind.part_of(path)) or was_asked_for(self._before, path, saved.sha256):
            self._history.keep(where, saved)
            return
        now, fact = self._now(), f"network kept {self._record.id} {path}"
        if is_due(self._journal.fact(fact), now):
            self._history.keep(where, saved)
            self._journal.put_fact(fact, now.isoformat())

    def is_kept(self, path: str, saved: Saved) -> bool:
        """Is a content that somebody replaced kept, if it is to be? Not every network is, and nothing above 5 GiB."""
        is_let_go = is_remade(path, self._kind.part_of(path)) or saved.size > LARGEST_COPY
        try:
            return is_let_go or self._history.keeps(saved)
        except errors.Refused:
            return True  # nobody can tell; before anything takes the place of what is here, it is asked again

    def is_plain(self, path: str, saved: Saved) -> bool:
        """Is it kept by the bucket, or by a copy of it, whatever it was part of?"""
        if is_kept_by_bucket(saved.version):
            return True
        return not is_remade(path, self._kind.part_of(path)) and is_copied_at_once(saved)


def is_remade(path: str, part: Part) -> bool:
    """Is it a network, as a training makes one every epoch?"""
    return part is Part.MODELS and not path.lower().endswith(_SETTINGS_AND_TABLES)


def was_asked_for(before: Manifest | None, path: str, sha256: str) -> bool:
    """Is this content part of a state that a person asked for, so that they may want it back?"""
    file = before.files.get(path) if before is not None and before.asked_for else None
    return file is not None and file.saved.sha256 == sha256


def is_due(last: str | None, now: datetime) -> bool:
    """Is it time to keep one again? A last time that lies ahead is no reason to wait."""
    return last is None or not timedelta(0) <= now - datetime.fromisoformat(last) < ONE_IN

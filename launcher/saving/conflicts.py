"""Two sessions changed one file: both contents stay in S3, ours as a copy beside the original. No clock decides.

The copy goes up like any other file: conditionally, with its checksum, its intent written down before. Who, when and
what is kept in `.pose-launcher/conflicts/<id>.json`, for every session that looks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from launcher import errors
from launcher.config.rules import KEY_BYTES
from launcher.journal import Item, Saved
from launcher.saving.conflict_list import ConflictList
from launcher.saving.conflict_names import conflict_path
from launcher.saving.own_writes import OwnWrites, Put
from launcher.session.http_dates import moment_of
from launcher.storage.checksums import Digest
from launcher.storage.store import Store
from launcher.storage.upload import Stored
from launcher.storage.uri import S3Uri

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Conflict:
    """One file in two versions: the other's under `key`, ours as `copy`."""

    path: str
    key: str
    copy: str
    who: str
    at: str

    def to_json(self) -> dict[str, str]:
        """As in the contract's `conflicts`."""
        return {"path": self.path, "key": self.key, "copy": self.copy}


class Taken:
    """The names that no new copy may have: what lies in the project's folder, and copies that were made before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: set[str] = set()

    def add(self, path: str) -> None:
        """A copy has this name now."""
        self._made.add(path)

    def __contains__(self, path: object) -> bool:
        return path in self._made or os.path.lexists(self._folder / str(path))


class Conflicts:
    """Keeps our version of files that another session changed too."""

    def __init__(self, store: Store, prefix: S3Uri, who: str, folder: Path) -> None:
        self._store = store
        self._prefix = prefix
        self._who = who
        self._taken = Taken(folder)
        #: By the path of the file; in a second round of the same save a file may be sent again.
        self.kept: dict[str, Conflict] = {}

    def keep(self, item: Item, digest: Digest, writes: OwnWrites, put: Put) -> Saved:
        """Send our version to its copy, an older copy of ours being replaced; raises if that does not work either."""
        if item.copy is not None and (item.copy.crc64nvme, item.copy.size) == (digest.crc64nvme, digest.size):
            return self._noted(item, item.copy._replace(local_crc64nvme=item.crc64nvme))
        where, stored = self._again(item, digest, writes, put) or self._anew(item, digest, writes, put)
        saved = Saved(
            where.key, stored.etag, stored.version, digest.size, digest.crc64nvme, digest.sha256, item.crc64nvme
        )
        return self._noted(item, saved)

    def _again(self, item: Item, digest: Digest, writes: OwnWrites, put: Put) -> tuple[S3Uri, Stored] | None:
        if item.copy is None:
            return None
        where = S3Uri(self._prefix.bucket, item.copy.key)
        try:
            return where, writes.put(digest, where, item.copy.etag, put)
        except errors.ChangedMeanwhile:
            return None  # somebody worked on in our copy: that is theirs now

    def _anew(self, item: Item, digest: Digest, writes: OwnWrites, put: Put) -> tuple[S3Uri, Stored]:
        at_most = KEY_BYTES - len(self._prefix.key.encode())
        for _ in range(_ATTEMPTS):
            path = conflict_path(item.path, self._server_time(item.path), self._who, self._taken, at_most)
            where = self._prefix.child(path)
            if len(path.encode()) > at_most:
                raise _too_deep(item.path)
            self._taken.add(path)
            try:
                return where, writes.put(digest, where, None, put)
            except errors.ChangedMeanwhile:
                continue
        raise errors.ChangedMeanwhile(
            item.path,
            title="Another session saved a different version of this file, and yours could not be kept beside it",
            hint="That version was not replaced, and yours is still on this computer. Save again.",
        )

    def _server_time(self, path: str) -> datetime:
        head = self._store.objects.head(self._prefix.child(path))
        try:
            return moment_of(head.now) if head else datetime.now(UTC)
        except ValueError:
            return datetime.now(UTC)  # a server without a clock: the name is only for people

    def _noted(self, item: Item, saved: Saved) -> Saved:
        self.kept[item.path] = self._conflict(item.path, saved)
        return saved

    def _conflict(self, path: str, copy: Saved) -> Conflict:
        at = self._store.http.server_time.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Conflict(path, self._prefix.child(path).key, copy.key, self._who, at)

    def publish(self, home: S3Uri, project_id: str, items: Iterable[Item]) -> None:
        """Add what was kept to the list that every session sees; what others wrote in it stays.

        By the journal's word and not only by this save's: an earlier one may have been killed before it came to this.
        """
        kept = [self._conflict(item.path, item.copy) for item in items if item.copy is not None]
        if not kept:
            return
        ConflictList(self._store, home, project_id).rewrite(
            lambda rows: merged(rows, kept), "The copies themselves are in the home bucket. Save again."
        )


def _too_deep(path: str) -> errors.NamesRefused:
    return errors.NamesRefused(
        path,
        title="Another session saved a different version of this file, and its path is so long that S3 takes no name "
        "for yours beside it",
        hint="That version was not replaced, and yours is still on this computer. Rename yours, or its folder, to "
        "something shorter, then save again.",
    )


def merged(rows: Sequence[dict[str, str]], kept: Sequence[Conflict]) -> list[dict[str, str]]:
    """One row a copy; the time in it is that of the first word about it."""
    return [*({conflict.copy: asdict(conflict) for conflict in kept} | {row["copy"]: row for row in rows}).values()]

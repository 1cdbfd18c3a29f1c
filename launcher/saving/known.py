"""What is known of the files that are sent, before and afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from launcher.journal import Item, Saved, Stat, State
from launcher.journal.manifest import Reference, SavedFile
from launcher.saving.disproved import Damaged, is_damaged
from launcher.saving.fingerprints import Fingerprints
from launcher.storage.checksums import Digest
from launcher.storage.upload import Stored
from launcher.storage.uri import S3Uri


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the files that are sent: by the journal, on disk, and from an earlier session's manifest."""

    items: dict[str, Item]
    here: Fingerprints
    theirs: Mapping[str, SavedFile]
    their_references: Mapping[str, Reference] = field(default_factory=dict)
    damaged: Damaged = field(default_factory=dict)

    def item(self, path: str) -> Item:
        """What the journal knows; a new file is known by its name alone."""
        return self.items.get(path) or Item(path, None, "")

    def now(self, path: str, stat: Stat, digest: Digest) -> Item:
        """The same of a file that was just read."""
        known = self.items.get(path)
        if known is None:
            return Item(path, stat, digest.crc64nvme, digest.sha256)
        return known._replace(stat=stat, crc64nvme=digest.crc64nvme, sha256=digest.sha256)

    def is_damaged(self, path: str) -> bool:
        """Can the bucket not give back what was saved of a file?"""
        return bool(self.damaged) and is_damaged(self.damaged, path, self.item(path).saved)

    def their_saved(self, path: str) -> Saved | None:
        """What an earlier session's manifest says of a file."""
        theirs = self.theirs.get(path)
        return theirs.as_saved if theirs is not None else None


class Sent(NamedTuple):
    """What the journal is to know of a file, and whether bytes of it went."""

    item: Item
    went: bool


def copy_left_behind(before: Item, after: Item, prefix: S3Uri) -> Item | None:
    """The copy of a file that is in conflict no more: one that no list named yet would else never be named."""
    if before.copy is None or after.copy is not None:
        return None
    return Item(before.copy.key.removeprefix(prefix.key), None, "", saved=before.copy, state=State.SAVED)


def with_saved(item: Item, where: S3Uri, digest: Digest, stored: Stored) -> Item:
    """A file as it is known once the server has confirmed these bytes of it."""
    saved = Saved(where.key, stored.etag, stored.version, digest.size, digest.crc64nvme, digest.sha256, item.crc64nvme)
    return Item(item.path, item.stat, item.crc64nvme, item.sha256, item.origin, saved, State.SAVED)

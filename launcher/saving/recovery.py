"""What a save stored that was killed before it wrote that down: looked for before the next one plans anything.

A kill leaves intents behind, each with a doubt. The file may have been put back, deleted or worked on since, and
another session's list may name what lay there before: so the bucket is asked, whatever is here now.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain, islice

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord, Saved, State
from launcher.saving.conflict_names import original_of
from launcher.saving.intents import Intents, spools_of
from launcher.storage.checksums import Digest
from launcher.storage.crew import at_work
from launcher.storage.objects import Objects
from launcher.storage.uri import S3Uri

_LOOKS_AT_ONCE = 32
#: Files whose rows are in memory at the same time.
_ASKED_TOGETHER = 10_000


def as_recovered(item: Item, stored: Saved, *, is_copy: bool = False) -> Item:
    """The same file, of which S3 holds this version, or this copy beside another session's: to be looked at again.

    A file that holds the very bytes of that version is saved. Of a copy nobody was told: it is to be kept once more.
    """
    known = item._replace(stat=None, state=State.STAGED, cause="", next="")
    if not is_copy:
        return known._replace(saved=stored)
    seen = None if item.is_left else item.saved  # what it was left for was never here
    return known._replace(saved=seen, copy=stored._replace(local_crc64nvme=""))


class Recovery:
    """Of one project; to be done while no other session may write."""

    def __init__(self, objects: Objects, journal: Journal, record: ProjectRecord) -> None:
        self._objects = objects
        self._journal = journal
        self._record = record
        self._prefix = S3Uri.parse(record.home)

    def write_down(self) -> bool:
        """Tell the journal; was there anything that it did not know?"""
        intended = self._intended()
        paths, found = iter(intended), False
        while some := list(islice(paths, _ASKED_TOGETHER)):
            items = self._recovered({path: intended[path] for path in some})
            if items and not found:
                self._journal.begin_saving(self._record.id)
            found = found or bool(items)
            self._journal.put_items(self._record.id, items)
        return found

    def _intended(self) -> Mapping[str, list[Digest]]:
        """What was to be stored as each file of the project, by their paths: the last time last."""
        found = defaultdict[str, list[Digest]](list)
        spools = spools_of(self._record, self._journal.folder)
        for key, digest in chain.from_iterable(Intents(spool).earlier() for spool in spools):
            if self._prefix.holds(S3Uri(self._prefix.bucket, key)):
                found[key.removeprefix(self._prefix.key)].append(digest)
        return found

    def _recovered(self, intended: Mapping[str, list[Digest]]) -> list[Item]:
        """The files of which the bucket holds what the journal does not know of, with that."""
        known = self._journal.items_at(self._record.id, intended)
        originals = {path: original for path in intended if path not in known and (original := self._original(path))}
        known |= self._journal.items_at(self._record.id, originals.values())

        def look(path: str) -> Item | None:
            original = originals.get(path)
            item = known.get(original or path) or Item(original or path, None, "")
            ours = item.copy if original else item.saved
            if ours is not None and _is(intended[path][-1], ours.size, ours.crc64nvme):
                return None
            stored = self._stored(path, intended[path])
            is_news = stored is not None and (ours is None or stored.etag != ours.etag)
            return as_recovered(item, stored, is_copy=original is not None) if stored and is_news else None

        with at_work(intended, look, _LOOKS_AT_ONCE, "recovery") as outcomes:
            return [item for outcome in outcomes if (item := outcome.result()) is not None]

    def _original(self, path: str) -> str | None:
        """The file whose copy it is, if it is not here as a file of its own."""
        return None if os.path.lexists(self._record.dir / path) else original_of(path)

    def _stored(self, path: str, intended: Iterable[Digest]) -> Saved | None:
        """What lies there, if it is what we meant to store."""
        where = self._prefix.child(path)
        try:
            head = self._objects.head(where)
        except errors.Refused:
            return None  # without the right to list, this is what is said of nothing
        if head is None:
            return None
        for one in intended:
            if _is(one, head.size, head.crc64nvme):
                return Saved(where.key, head.etag, head.version, one.size, one.crc64nvme, one.sha256, one.crc64nvme)
        return None


def _is(digest: Digest, size: int, crc64nvme: str) -> bool:
    return (digest.size, digest.crc64nvme) == (size, crc64nvme)

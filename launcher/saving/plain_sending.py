"""One plain file from disk to the home prefix, in the steps between which other files have their turn.

Plain is what needs no more than a look at its bytes, and one request at most to keep what it replaces. It goes through
the exchange, among many others in one thread (`plain_files.py`). What is not plain, and what failed here, is sent
patiently (`sending.py`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from launcher import errors
from launcher.journal import Item, ProjectRecord, Saved
from launcher.projects.disk_errors import writing
from launcher.projects.parsing import Parsers
from launcher.saving import soundness
from launcher.saving.history import History, is_kept_by, is_kept_by_bucket
from launcher.saving.keys import is_ordinary
from launcher.saving.known import Known, Sent, with_saved
from launcher.saving.own_writes import OwnWrites
from launcher.saving.replaced import Replaced
from launcher.saving.snapshot import read_stable
from launcher.saving.three_trees import is_only_touched
from launcher.storage.checksums import Digest, digest_of
from launcher.storage.messages import Reply, Request
from launcher.storage.upload import Uploader
from launcher.storage.uri import S3Uri
from launcher.tools import tool
from launcher.tools.protocol import Part

PLAIN_BELOW = 4 * 1024 * 1024


class Ready(NamedTuple):
    """A plain file that was read and looked at; `replaced` is what has to be kept before it may go."""

    item: Item
    where: S3Uri
    digest: Digest
    data: bytes
    replaced: Saved | None = None


class PlainSending:
    """The steps of one project's plain files, in the order in which each file takes them."""

    def __init__(
        self,
        record: ProjectRecord,
        known: Known,
        parsers: Parsers,
        uploader: Uploader,
        writes: OwnWrites,
        history: History,
        replaced: Replaced,
        spool: Path,
    ) -> None:
        self._record = record
        #: A `Path` of each of thousands of files would cost as much as to look at it.
        self._root = f"{record.dir}{os.sep}"
        self._known = known
        self._parsers = parsers
        self._uploader = uploader
        self._writes = writes
        self._history = history
        self._replaced = replaced
        self._spool = spool
        self._prefix = S3Uri.parse(record.home)
        self._kind = tool(record.tool_id)
        self._has_paths = self._kind.has_paths

    def is_plain(self, path: str) -> bool:
        """Is it small, nothing to be looked into, and new, or can what it replaces be kept in one request at most?"""
        item = self._known.item(path)
        is_new = item.saved is None and path not in self._known.theirs
        is_kept = item.saved is not None and self._replaced.is_plain(path, item.saved)
        is_opaque = not (self._has_paths(path) or soundness.needs_parser(path))
        is_small = self._known.here.size(path) <= PLAIN_BELOW
        may_refer = item.origin is not None and self._kind.part_of(path) is Part.VIDEOS
        has_ordinary_key = is_ordinary(self._prefix.child(path))
        is_free = item.copy is None and (is_new or is_kept) and not self._known.is_damaged(path)
        return is_free and is_opaque and is_small and has_ordinary_key and not may_refer

    def ready(self, path: str) -> Ready | None:
        """A plain file as it is now; None if something about it needs patience, or words."""
        try:
            data, stat = read_stable(self._root + path.replace("/", os.sep), attempts=1)
            soundness.check(self._parsers, self._record.tool_id, path, data, self._spool)
        except (OSError, errors.LauncherError):
            return None
        digest = digest_of(data)
        item = self._known.now(path, stat, digest)
        replaced = item.saved if item.saved is not None and not is_kept_by_bucket(item.saved.version) else None
        return None if is_only_touched(item) else Ready(item, self._prefix.child(path), digest, data, replaced)

    def keeping(self, ready: Ready) -> Request[Ready] | None:
        """The request that keeps what it replaces; None where there is nothing to be kept, or the bucket does it."""
        kept = ready.replaced
        return self._history.keeping(ready.where, kept, ready, len(ready.data)) if kept else None

    @staticmethod
    def kept(reply: Reply[Ready]) -> Ready | None:
        """The file, which may go now; None where nothing proves that what it replaces is kept."""
        ready = reply.job
        is_kept = ready.replaced is not None and is_kept_by(reply, ready.replaced)
        return ready._replace(replaced=None) if is_kept else None

    def asking(self, ready: Ready) -> Request[Ready]:
        """Its request to the exchange, after the intent was written down."""
        with writing(ready.item.path):
            self._writes.intend(ready.digest, ready.where)
        seen = ready.item.saved
        return self._uploader.asking(ready.where, ready.data, ready.digest, ready, replaces=seen.etag if seen else None)

    def confirmed(self, reply: Reply[Ready]) -> Sent | None:
        """What the server confirmed; None if it is to be put again."""
        ready, stored = reply.job, self._uploader.stored(reply, reply.job.data, reply.job.digest)
        if stored is None:
            return None
        return Sent(with_saved(ready.item, ready.where, ready.digest, stored), went=True)

"""One file from disk to the home prefix; many are on their way at the same time.

Stable snapshot → same content as saved? → sound? → neutral paths → intent → conditional put.

What needs no more than a look at its bytes, and no copy of what it replaces, is *plain* and goes through the exchange,
in one thread. What is not, and what failed there, is sent by a thread of its own.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from launcher import errors
from launcher.journal import Item, ProjectRecord, Saved, Stat, State
from launcher.journal.manifest import Reference, SavedFile
from launcher.projects import repair
from launcher.projects.disk_errors import OUT_OF_HANDLES, disk_error
from launcher.projects.listed import paths_of
from launcher.projects.parsing import Parsers
from launcher.saving import soundness
from launcher.saving.conflicts import Conflicts
from launcher.saving.fingerprints import Fingerprints
from launcher.saving.good_copy import GoodCopies
from launcher.saving.history import History, is_kept_by, is_kept_by_bucket
from launcher.saving.large import LargeUploads
from launcher.saving.own_writes import OwnWrites, Put
from launcher.saving.plan import refers
from launcher.saving.replaced import Replaced
from launcher.saving.snapshot import hash_stable, read_stable
from launcher.saving.three_trees import Action, decide, is_news, is_only_touched
from launcher.storage.budget import ByteBudget
from launcher.storage.checksums import Digest, digest_of
from launcher.storage.messages import Reply, Request, is_plain
from launcher.storage.upload import PARTS_ABOVE, Stored, Uploader
from launcher.storage.uri import S3Uri
from launcher.tools import tool
from launcher.tools.protocol import Part

KEY_BYTES = 1024
#: Few bytes are in memory at once: touching fresh memory costs more than sending what is in it.
IN_FLIGHT_BYTES = 64 * 1024 * 1024
PLAIN_BELOW = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sent:
    """What the journal is to know of a file, and whether bytes of it went."""

    item: Item
    went: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the files that are sent: by the journal, on disk, and from an earlier session's manifest."""

    items: dict[str, Item]
    here: Fingerprints
    theirs: Mapping[str, SavedFile]
    their_references: Mapping[str, Reference] = field(default_factory=dict)

    def item(self, path: str) -> Item:
        """What the journal knows; a new file is known by its name alone."""
        return self.items.get(path) or Item(path, None, "")


@dataclass(frozen=True, slots=True)
class Ready:
    """A plain file that was read and looked at; `replaced` is what has to be kept before it may go."""

    item: Item
    digest: Digest
    data: bytes
    replaced: Saved | None = None


class Sending:
    """Sends the files of one project."""

    def __init__(
        self,
        record: ProjectRecord,
        known: Known,
        parsers: Parsers,
        uploader: Uploader,
        large: LargeUploads,
        writes: OwnWrites,
        conflicts: Conflicts,
        history: History,
        replaced: Replaced,
        good: GoodCopies,
        spool: Path,
    ) -> None:
        self._record = record
        self._known = known
        self._parsers = parsers
        self._uploader = uploader
        self._large = large
        self._writes = writes
        self._conflicts = conflicts
        self._history = history
        self._replaced = replaced
        self._good = good
        self._spool = spool
        self._prefix = S3Uri.parse(record.home)
        self._home = record.home.removesuffix(f"projects/{record.id}/")
        self._kind = tool(record.tool_id)
        self._has_paths = self._kind.has_paths
        self._budget = ByteBudget(IN_FLIGHT_BYTES)

    def send(self, path: str) -> Sent:
        """Save it; raises what stands in the way, in words."""
        size = self._known.here.size(path)
        check_key(path, self._prefix)
        with writing(path):
            if size > PARTS_ABOVE and not self._has_paths(path):
                return self._in_parts(path)
            with self._budget.holding(size):
                return self._whole(path)

    def is_plain(self, path: str) -> bool:
        """Is it small, nothing to be looked into, and new, or can what it replaces be kept in one request at most?"""
        item = self._known.item(path)
        is_new = item.saved is None and path not in self._known.theirs
        is_kept = item.saved is not None and self._replaced.is_plain(path, item.saved)
        is_opaque = not (self._has_paths(path) or soundness.needs_parser(path))
        is_small = self._known.here.size(path) <= PLAIN_BELOW
        may_refer = item.origin is not None and self._kind.part_of(path) is Part.VIDEOS
        where = self._prefix.child(path)
        is_ordinary = is_plain(where) and len(where.key.encode()) <= KEY_BYTES
        is_free = item.copy is None and (is_new or is_kept)
        return is_free and is_opaque and is_small and is_ordinary and not may_refer

    def ready(self, path: str) -> Ready | None:
        """A plain file as it is now; None if something about it needs patience, or words."""
        try:
            data, stat = read_stable(self._record.dir / path, attempts=1)
            soundness.check(self._parsers, self._record.tool_id, path, data, self._spool)
        except (OSError, errors.LauncherError):
            return None
        digest = digest_of(data)
        item = self._now(path, stat, digest)
        replaced = item.saved if item.saved is not None and not is_kept_by_bucket(item.saved.version) else None
        return None if is_only_touched(item) else Ready(item, digest, data, replaced)

    def keeping(self, ready: Ready) -> Request[Ready] | None:
        """The request that keeps what it replaces; None where there is nothing to be kept, or the bucket does it."""
        where = self._prefix.child(ready.item.path)
        return self._history.keeping(where, ready.replaced, ready, len(ready.data)) if ready.replaced else None

    @staticmethod
    def kept(reply: Reply[Ready]) -> Ready | None:
        """The file, which may go now; None where nothing proves that what it replaces is kept."""
        ready = reply.job
        is_kept = ready.replaced is not None and is_kept_by(reply, ready.replaced)
        return replace(ready, replaced=None) if is_kept else None

    def asking(self, ready: Ready) -> Request[Ready]:
        """Its request to the exchange, after the intent was written down."""
        where = self._prefix.child(ready.item.path)
        with writing(ready.item.path):
            self._writes.intend(ready.digest, where)
        seen = ready.item.saved
        return self._uploader.asking(where, ready.data, ready.digest, ready, replaces=seen.etag if seen else None)

    def confirmed(self, reply: Reply[Ready]) -> Sent | None:
        """What the server confirmed; None if it is to be put again."""
        ready, stored = reply.job, self._uploader.stored(reply, reply.job.data, reply.job.digest)
        if stored is None:
            return None
        where = self._prefix.child(ready.item.path)
        return Sent(_with_saved(ready.item, where, ready.digest, stored), went=True)

    def again(self, ready: Ready) -> Sent:
        """Put the same bytes patiently: they may be there already, or something else may."""
        with writing(ready.item.path):
            return self._confirmed(ready.item, ready.digest, partial(self._put, ready.data))

    def _whole(self, path: str) -> Sent:
        with reading(path):
            data, stat = read_stable(self._record.dir / path)
        digest = digest_of(data)
        item = self._now(path, stat, digest)
        if is_only_touched(item):
            return Sent(replace(item, state=State.SAVED), went=False)  # touched, not changed
        if not item.is_as_staged:
            self._good.guard(path, data, digest, self._seen(item))
        if self._has_paths(path):
            data = self._neutral(path, data)
            digest = digest_of(data)
        return self._confirmed(item, digest, partial(self._put, data))

    def _put(self, data: bytes, digest: Digest, where: S3Uri, replaces: str | None) -> Stored:
        return self._uploader.put(where, data, digest, replaces=replaces)

    def _in_parts(self, path: str) -> Sent:
        file = self._record.dir / path
        with reading(path):
            digest, stat = self._content(path, file)
        item = self._now(path, stat, digest)
        if is_only_touched(item):
            return Sent(replace(item, state=State.SAVED), went=False)
        with reading(path):
            if not item.is_as_staged:
                soundness.check_large(path, file)
            return self._confirmed(item, digest, partial(self._large.send, path, file, stat))

    def _content(self, path: str, file: Path) -> tuple[Digest, Stat]:
        """What a large file is; where it can only be news, its parts go while it is read."""
        theirs = self._known.theirs.get(path)
        if is_news(self._known.item(path), their_saved(theirs) if theirs else None, file.lstat().st_size):
            check = partial(soundness.check_large, path, file)
            return self._large.bring(path, file, self._prefix.child(path), check)
        return hash_stable(file)

    def _now(self, path: str, stat: Stat, digest: Digest) -> Item:
        known = self._known.items.get(path)
        if known is None:
            return Item(path, stat, digest.crc64nvme, digest.sha256)
        return replace(known, stat=stat, crc64nvme=digest.crc64nvme, sha256=digest.sha256)

    def _confirmed(self, item: Item, digest: Digest, put: Put) -> Sent:
        """Do what the three trees ask for; what the server confirmed becomes part of the item."""
        where, theirs = self._prefix.child(item.path), self._known.theirs.get(item.path)
        found = decide(
            item,
            their_saved(theirs) if theirs else None,
            crc64nvme=digest.crc64nvme,
            size=digest.size,
            is_reference=self._is_reference(item),
        )
        if found.action is Action.CLAIM and found.seen is not None:
            stored = Stored(found.seen.etag, found.seen.version)
            return Sent(_with_saved(item, where, digest, stored), went=False)
        if found.action is Action.LEAVE:
            return Sent(replace(item, saved=found.seen, state=State.STAGED), went=False)
        if found.action is Action.KEEP_BESIDE:
            return self._kept_beside(item, digest, put)
        if found.action is Action.SEND:
            return self._sent(item, digest, put, found.seen)
        state = State.STAGED if found.action is Action.REFER else State.SAVED
        return Sent(replace(item, state=state), went=False)

    def _seen(self, item: Item) -> Saved | None:
        """What lies at its key, as far as we know."""
        theirs = self._known.theirs.get(item.path)
        return item.saved or (their_saved(theirs) if theirs else None)

    def _sent(self, item: Item, digest: Digest, put: Put, seen: Saved | None) -> Sent:
        where = self._prefix.child(item.path)
        if seen is not None:
            self._replaced.keep(where, item.path, seen)
        try:
            stored = self._writes.put(digest, where, seen.etag if seen else None, put)
        except errors.ChangedMeanwhile:
            return self._kept_beside(item, digest, put)
        return Sent(_with_saved(item, where, digest, stored), went=True)

    def _is_reference(self, item: Item) -> bool:
        return self._kind.part_of(item.path) is Part.VIDEOS and refers(item, self._home)

    def _kept_beside(self, item: Item, digest: Digest, put: Put) -> Sent:
        """Two sessions changed it: theirs stays, ours goes beside it; an older copy of ours goes to the history."""
        if item.copy is not None and item.copy.crc64nvme != digest.crc64nvme:
            self._history.keep(S3Uri(self._prefix.bucket, item.copy.key), item.copy)
        copy = self._conflicts.keep(item, digest, self._writes, put)
        return Sent(replace(item, copy=copy, state=State.SAVED, cause="", next=""), went=False)

    @functools.cached_property
    def _members(self) -> list[str]:
        """What lies in the project's folder; looked up when the first file with paths in it is sent."""
        return list(paths_of(self._record.dir))

    def _neutral(self, path: str, data: bytes) -> bytes:
        """The same file with no path of this computer in it."""
        copy = self._spool / hashlib.sha256(path.encode()).hexdigest()[:24]
        try:
            copy.write_bytes(data)
            repair.make_neutral(self._parsers, self._record, path, copy, self._members)
            return copy.read_bytes()
        finally:
            copy.unlink(missing_ok=True)


def check_key(path: str, prefix: S3Uri) -> None:
    """Raise if a file's key would be longer than S3 takes (AWS S3 User Guide, "Creating object key names").

    Or if servers disagree about it: SeaweedFS takes a backslash for a slash, and would put the file into a folder.
    """
    if "\\" in path:
        raise errors.NamesRefused(
            path,
            title="Its name contains a backslash, which other systems take for a folder",
            hint="Rename it, then save again.",
        )
    size = len(prefix.child(path).key.encode())
    if size > KEY_BYTES:
        raise errors.NamesRefused(
            path,
            title=f"Its path is too long for S3: {size:,} bytes with the home prefix, {KEY_BYTES:,} are possible",
            hint="Use shorter names of folders, then save again.",
        )


def _with_saved(item: Item, where: S3Uri, digest: Digest, stored: Stored) -> Item:
    saved = Saved(where.key, stored.etag, stored.version, digest.size, digest.crc64nvme, digest.sha256, item.crc64nvme)
    return Item(item.path, item.stat, item.crc64nvme, item.sha256, item.origin, saved, State.SAVED)


def their_saved(theirs: SavedFile) -> Saved:
    """What a manifest says of a file, as the journal remembers such a thing."""
    saved = theirs.saved
    return Saved(
        theirs.key, theirs.etag, theirs.version, saved.size, saved.crc64nvme, saved.sha256, theirs.local.crc64nvme
    )


@contextmanager
def writing(path: str) -> Iterator[None]:
    """What the disk says while we write something down for a file, in words."""
    try:
        yield
    except OSError as exc:
        raise disk_error(exc, path) from exc


@contextmanager
def reading(path: str) -> Iterator[None]:
    """What the disk says while a person's own file is read, in words; our own writing has other ones."""
    try:
        yield
    except FileNotFoundError as exc:
        raise errors.ChangedMeanwhile(
            path, title="This file vanished while it was saved", hint="What was saved of it earlier is still there."
        ) from exc
    except OSError as exc:
        if exc.errno in OUT_OF_HANDLES:
            raise errors.OutOfHandles(path, detail=repr(exc)) from exc
        raise errors.NotDone(
            path,
            title=f"This file cannot be read ({exc.strerror})",
            hint="Close the program that uses it and save again.",
        ) from exc

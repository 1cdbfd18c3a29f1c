"""One file from disk to the home prefix, patiently, on a thread of its own: whatever it takes, and whatever it meets.

Stable snapshot → same content as saved? → sound? → neutral paths → intent → conditional put.

Most files need less than that, and go a quicker way together (`plain_sending.py`); what fails there comes here.
"""

from __future__ import annotations

import functools
import hashlib
from functools import partial
from pathlib import Path

from launcher import errors
from launcher.journal import Item, ProjectRecord, Saved, Stat, State
from launcher.projects import repair
from launcher.projects.disk_errors import writing
from launcher.projects.listed import paths_of
from launcher.projects.local_files import stat_of
from launcher.projects.parsing import Parsers
from launcher.saving import soundness
from launcher.saving.conflicts import Conflicts
from launcher.saving.good_copy import GoodCopies
from launcher.saving.history import History
from launcher.saving.keys import check_key
from launcher.saving.known import Known, Sent, with_saved
from launcher.saving.large import LargeUploads
from launcher.saving.own_writes import OwnWrites, Put
from launcher.saving.plain_sending import PLAIN_BELOW
from launcher.saving.plan import refers
from launcher.saving.replaced import Replaced
from launcher.saving.snapshot import hash_stable, read_stable, reading
from launcher.saving.three_trees import Action, decide, is_news, is_only_touched
from launcher.storage.budget import ByteBudget
from launcher.storage.checksums import Digest, digest_of
from launcher.storage.upload import PARTS_ABOVE, Stored, Uploader
from launcher.storage.uri import S3Uri
from launcher.tools import tool
from launcher.tools.protocol import Part

#: Few bytes are in memory at once: touching fresh memory costs more than sending what is in it.
IN_FLIGHT_BYTES = 64 * 1024 * 1024


class Sending:
    """Sends the files of one project, each by the thread that asks."""

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

    def again(self, item: Item, digest: Digest, data: bytes) -> Sent:
        """Put what the quicker way could not: these bytes may be there already, or something else may."""
        with writing(item.path):
            return self._confirmed(item, digest, partial(self._put, data))

    def _whole(self, path: str) -> Sent:
        with reading(path):
            data, stat = read_stable(self._record.dir / path)
        digest = digest_of(data)
        item = self._known.now(path, stat, digest)
        if self._is_there(item):
            return Sent(item._replace(state=State.SAVED), went=False)  # touched, not changed
        if not item.is_as_staged:
            self._good.guard(path, data, digest, self._at_stake(item))
        if self._has_paths(path):
            data = self._neutral(path, data)
            digest = digest_of(data)
        elif digest.size > PLAIN_BELOW and self._large.has_begun(path, stat):
            return self._confirmed(item, digest, partial(self._put_together, path, stat, data))
        return self._confirmed(item, digest, partial(self._put, data))

    def _put_together(
        self, path: str, stat: Stat, data: bytes, digest: Digest, where: S3Uri, replaces: str | None
    ) -> Stored:
        """Of parts that went ahead; if the tool has written it again since, these bytes go as they were read."""
        file = self._record.dir / path
        try:
            return self._large.send(path, file, stat, digest, where, replaces)
        except errors.NotDone:
            if stat_of(file) == stat:
                raise
        return self._put(data, digest, where, replaces)

    def _put(self, data: bytes, digest: Digest, where: S3Uri, replaces: str | None) -> Stored:
        return self._uploader.put(where, data, digest, replaces=replaces)

    def _in_parts(self, path: str) -> Sent:
        file = self._record.dir / path
        with reading(path):
            digest, stat = self._content(path, file)
        item = self._known.now(path, stat, digest)
        if self._is_there(item):
            return Sent(item._replace(state=State.SAVED), went=False)
        with reading(path):
            if not item.is_as_staged:
                self._check_large(path, file)
            return self._confirmed(item, digest, partial(self._large.send, path, file, stat))

    def _content(self, path: str, file: Path) -> tuple[Digest, Stat]:
        """What a large file is; where it can only be news, its parts go while it is read."""
        if is_news(self._known.item(path), self._known.their_saved(path), file.lstat().st_size):
            return self._large.bring(path, file, self._prefix.child(path), partial(self._check_large, path, file))
        return hash_stable(file)

    def _check_large(self, path: str, file: Path) -> None:
        soundness.check_large(self._parsers, path, file, replaces=bool(self._at_stake(self._known.item(path))))

    def _confirmed(self, item: Item, digest: Digest, put: Put) -> Sent:
        """Do what the three trees ask for; what the server confirmed becomes part of the item."""
        if self._known.is_damaged(item.path) and item.copy is None:
            return self._over_damage(item, digest, put)
        is_labs = refers(item, self._home)
        found = decide(
            item,
            self._known.their_saved(item.path),
            crc64nvme=digest.crc64nvme,
            size=digest.size,
            is_labs=is_labs,
            is_reference=is_labs and self._kind.part_of(item.path) is Part.VIDEOS,
        )
        if found.action is Action.CLAIM and found.seen is not None:
            return self._claimed(item, digest, put, found.seen)
        if found.action is Action.LEAVE:
            return Sent(item.left_for(found.seen), went=False)
        if found.action is Action.KEEP_BESIDE:
            return self._kept_beside(item, digest, put)
        if found.action is Action.SEND:
            return self._sent(item, digest, put, found.seen)
        state = State.STAGED if found.action is Action.REFER else State.SAVED
        return Sent(item._replace(state=state), went=False)

    def _claimed(self, item: Item, digest: Digest, put: Put, seen: Saved) -> Sent:
        """The home prefix holds just these bytes: what another session's list says of that is looked at first."""
        where = self._prefix.child(item.path)
        if item.saved is None:
            head = self._writes.look(where)
            if head is None:
                return self._sent(item, digest, put, None)
            if head.etag != seen.etag:
                return self._kept_beside(item, digest, put)
        return Sent(with_saved(item, where, digest, Stored(seen.etag, seen.version)), went=False)

    def _is_there(self, item: Item) -> bool:
        """By its content: is it in the home prefix already, as far as anybody knows?"""
        return is_only_touched(item) and not self._known.is_damaged(item.path)

    def _over_damage(self, item: Item, digest: Digest, put: Put) -> Sent:
        """The very content that cannot be given back takes the place of it: there is nothing to be kept of that.

        Another one goes beside it, since whoever can read the disk may want what it was.
        """
        saved = item.saved
        if saved is None or not item.is_saved:
            return self._kept_beside(item, digest, put)
        where = self._prefix.child(item.path)
        try:
            stored = self._writes.put(digest, where, saved.etag, put)
        except errors.ChangedMeanwhile:
            return self._kept_beside(item, digest, put)
        return Sent(with_saved(item, where, digest, stored), went=True)

    def _at_stake(self, item: Item) -> list[Saved]:
        """What might be replaced: our version beside another session's, and what lies at its key as far as we know."""
        return [seen for seen in (item.copy, item.saved or self._known.their_saved(item.path)) if seen is not None]

    def _sent(self, item: Item, digest: Digest, put: Put, seen: Saved | None) -> Sent:
        where = self._prefix.child(item.path)
        if seen is not None:
            self._replaced.keep(where, item.path, seen)
        try:
            stored = self._writes.put(digest, where, seen.etag if seen else None, put)
        except errors.ChangedMeanwhile:
            return self._kept_beside(item, digest, put)
        return Sent(with_saved(item, where, digest, stored), went=True)

    def _kept_beside(self, item: Item, digest: Digest, put: Put) -> Sent:
        """Two sessions changed it: theirs stays, ours goes beside it; an older copy of ours goes to the history."""
        if item.copy is not None and item.copy.crc64nvme != digest.crc64nvme:
            self._history.keep(S3Uri(self._prefix.bucket, item.copy.key), item.copy)
        copy = self._conflicts.keep(item, digest, self._writes, put)
        return Sent(item._replace(copy=copy, state=State.SAVED, cause="", next=""), went=False)

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

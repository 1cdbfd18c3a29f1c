"""One file from S3 to its name on this computer; many are on their way at the same time.

Small files come through the exchange, in one thread; a few more write them and give them their names. What is large,
holds paths or failed there is brought by a thread of its own.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from launcher import errors
from launcher.journal import Item, Origin, Saved, Stat, State
from launcher.journal.manifest import SavedFile
from launcher.projects import local_files
from launcher.projects.disk_errors import disk_error
from launcher.projects.stage_plan import OTHER_THERE, Action, decide, is_other_there
from launcher.projects.staging.folder import ArrivalFolder
from launcher.projects.staging.large import LargeFiles
from launcher.projects.staging.repairing import Repaired, Repairs
from launcher.storage.checksums import Digest, digest_file, digest_of
from launcher.storage.crew import Outcome, outcome_of
from launcher.storage.download import Downloader, Fetched
from launcher.storage.messages import Reply, Request, is_plain
from launcher.storage.objects import ObjectRef
from launcher.storage.uri import S3Uri
from launcher.tools import tool
from launcher.tools.protocol import PathChange

#: Files up to this size are proved in memory and written once.
IN_MEMORY_BELOW = 4 * 1024 * 1024


class Wanted(NamedTuple):
    """One file to bring: the version of the object, and what the journal knows of the file."""

    path: str
    ref: ObjectRef
    action: Action
    known: Item | None


class Arrival(NamedTuple):
    """What became of it: what the journal is to know, and what a person is told."""

    item: Item | None
    changes: Sequence[PathChange] = ()
    remark: str = ""
    code: int = 0


@dataclass(frozen=True, slots=True)
class _Partial:
    """A proved and repaired partial file."""

    fetched: Fetched
    repaired: Repaired


class Proved(NamedTuple):
    """A whole file in memory that is what the server stores."""

    wanted: Wanted
    content: bytes
    fetched: Fetched


class Arrivals:
    """Brings the files of one project; `saved` is what the manifest says of those that were saved before."""

    def __init__(
        self,
        downloader: Downloader,
        large: LargeFiles,
        folder: ArrivalFolder,
        repairs: Repairs,
        saved: Mapping[str, SavedFile],
    ) -> None:
        self._downloader = downloader
        self._manifest = saved
        self._large = large
        self._folder = folder
        self._repairs = repairs
        self._has_paths = tool(repairs.record.tool_id).has_paths
        self._home = S3Uri.parse(repairs.record.home)

    def is_quick(self, wanted: Wanted) -> bool:
        """Can it come through the exchange?"""
        ref = wanted.ref
        is_small = ref.size <= IN_MEMORY_BELOW and not self._has_paths(wanted.path)
        return is_small and wanted.action is Action.FETCH and is_plain(ref.where)

    def asking(self, wanted: Wanted) -> Request[Wanted]:
        """Its request to the exchange."""
        return self._downloader.asking(wanted.ref, wanted)

    def proved(self, reply: Reply[Wanted]) -> Proved | None:
        """What a reply of the exchange brought; None if the file must be brought patiently."""
        fetched = self._downloader.proved(reply.job.ref, reply)
        return Proved(reply.job, reply.body, fetched) if fetched is not None else None

    def land(self, proved: Sequence[Proved]) -> list[Outcome[Wanted, Arrival]]:
        """Force proved bytes of some files to disk and give them their names.

        All are written before the first is waited for: one by one, the disk's answer was most of what bringing costs.
        """
        begun = [(one, outcome_of(one.wanted, partial(self._write, one))) for one in proved]
        return [outcome_of(one.wanted, partial(self._settle, one, file)) for one, file in begun]

    def _write(self, one: Proved) -> io.FileIO:
        return self._folder.written(one.wanted.path, one.content)

    def _settle(self, one: Proved, written: Outcome[Wanted, io.FileIO]) -> Arrival:
        path, fetched = one.wanted.path, one.fetched
        try:
            with written.result() as file:
                os.fsync(file.fileno())
            stat = self._folder.place(path)
        except OSError as exc:
            raise disk_error(exc, path) from exc
        return Arrival(self._item(one.wanted, stat, fetched, fetched.digest.crc64nvme, lambda: digest_of(one.content)))

    def bring(self, wanted: Wanted) -> Arrival:
        """Bring it, or say why it stays as it is here."""
        try:
            if wanted.action is Action.COMPARE:
                return self._compare(wanted)
            return self._through_disk(wanted)
        except OSError as exc:
            raise disk_error(exc, wanted.path) from exc

    def _through_disk(self, wanted: Wanted) -> Arrival:
        return self._placed(wanted, self._to_partial(wanted))

    def _placed(self, wanted: Wanted, came: _Partial) -> Arrival:
        local_files.flush(self._folder.partial(wanted.path))
        stat = self._folder.place(wanted.path)
        if self._large.takes(wanted.ref):
            self._large.forget(wanted.path)
        return self._arrived(wanted, stat, came)

    def _compare(self, wanted: Wanted) -> Arrival:
        """Something is there: taken over when it is what would be brought, kept and named when it is other work."""
        path, known, here = wanted.path, wanted.known, self._folder.here[wanted.path]
        crc64nvme = digest_file(self._folder.root / path, sha256=False).crc64nvme
        if known is not None and known.crc64nvme:
            if crc64nvme == known.crc64nvme:
                return self._touched(wanted, known._replace(stat=here))
            return Arrival(None, remark="it was changed here and is kept as it is here")
        came = self._to_partial(wanted)
        if came.repaired.crc64nvme == crc64nvme:
            return self._arrived(wanted, here, came)
        if known is not None and known.has_had(crc64nvme):  # it was to come over an older one before, and did not
            return self._placed(wanted, came)
        self._folder.partial(path).unlink(missing_ok=True)
        return Arrival(
            None, remark="another file of this name is here already and is kept", code=errors.NotDone.exit_code
        )

    def _touched(self, wanted: Wanted, known: Item) -> Arrival:
        """The content is what the journal knows: what is to be done is the same as if nobody had touched it."""
        if decide(known, known.stat, wanted.ref.etag) is Action.FETCH:
            return self._placed(wanted, self._to_partial(wanted))
        return Arrival(known, remark=OTHER_THERE if is_other_there(known, wanted.ref) else "")

    def _to_partial(self, wanted: Wanted) -> _Partial:
        path, ref, file = wanted.path, wanted.ref, self._folder.partial(wanted.path)
        if self._large.takes(ref):
            fetched = self._large.fetch(path, ref, file)
        else:
            fetched = self._downloader.fetch(ref, file, lambda _: None)
        crc64nvme = fetched.digest.crc64nvme
        if not self._has_paths(path):
            return _Partial(fetched, Repaired(crc64nvme))
        return _Partial(fetched, self._repairs.repair(path, file, self._folder.original(path), crc64nvme))

    def _arrived(self, wanted: Wanted, stat: Stat, came: _Partial) -> Arrival:
        repaired = came.repaired
        file = self._folder.original(wanted.path) if repaired.changes else self._folder.root / wanted.path
        item = self._item(wanted, stat, came.fetched, repaired.crc64nvme, lambda: digest_file(file))
        code = errors.NotDone.exit_code if repaired.problem else 0
        return Arrival(item, repaired.changes, repaired.problem, code)

    def _item(
        self, wanted: Wanted, stat: Stat, fetched: Fetched, local_crc: str, as_it_came: Callable[[], Digest]
    ) -> Item:
        ref, crc64nvme, version = wanted.ref, fetched.digest.crc64nvme, fetched.head.version
        origin = Origin(str(ref.where), ref.etag, version, ref.size, crc64nvme, local_crc, fetched.proof)
        saved = self._saved(wanted, fetched, local_crc, as_it_came)
        return Item(wanted.path, stat, local_crc, origin=origin, saved=saved, state=State.STAGED)

    def _saved(
        self, wanted: Wanted, fetched: Fetched, local_crc: str, as_it_came: Callable[[], Digest]
    ) -> Saved | None:
        """A file that came from the project's own home prefix is saved already: this object is its saved form.

        The history keeps a content under its SHA-256, which the manifest has where it means these bytes.
        """
        ref, digest, named = wanted.ref, fetched.digest, self._manifest.get(wanted.path)
        if not self._home.holds(ref.where):
            return None
        is_this = named is not None and (named.saved.size, named.saved.crc64nvme) == (digest.size, digest.crc64nvme)
        sha256 = named.saved.sha256 if named is not None and is_this else as_it_came().sha256
        return Saved(ref.where.key, ref.etag, fetched.head.version, digest.size, digest.crc64nvme, sha256, local_crc)

"""Bring a project to local disk: verified, paths repaired, and right again after a kill at any moment.

Files arrive in `.pose-launcher/partial/` of the project's folder and take their final name only when the whole-object
checksum matched. What is about to happen is in the journal before the first byte is asked for.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, cast

from launcher import errors
from launcher.journal import Item, Journal, Origin, ProjectRecord, Saved, Stat, State
from launcher.projects import local_files, repair
from launcher.projects.find import FoundProject
from launcher.projects.parsing import Parsers
from launcher.projects.source import HomeSource, S3Source
from launcher.projects.stage_plan import Action, Profile, check_space, decide, in_order
from launcher.storage import names
from launcher.storage.budget import ByteBudget
from launcher.storage.checksums import digest_file
from launcher.storage.download import BLOCK, BLOCKS_ABOVE, Fetched
from launcher.storage.objects import ObjectRef
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools import tool
from launcher.tools.protocol import PathChange

FILES_AT_ONCE = 64
WRITERS = 4
#: Files up to this size are proved in memory and written once.
IN_MEMORY_BELOW = 8 * 1024 * 1024
IN_FLIGHT_BYTES = 256 * 1024 * 1024
#: Files whose arrival is written down together: one flush of the disk for all of them.
BATCH = 256

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class StageReport:
    """What `stage` says it did (contract)."""

    project: str
    uri: str
    dir: Path
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    repaired: list[tuple[str, PathChange]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    later: list[str] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def skip(self, path: str, reason: str, code: int) -> None:
        """Something stays where it is, by name."""
        self.skipped[path] = reason
        self.codes.append(code)

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it."""
        return {
            "project": self.project,
            "uri": self.uri,
            "dir": str(self.dir),
            "files": self.files,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "repaired": [
                {"file": file, "field": change.field, "from": change.old, "to": change.new}
                for file, change in self.repaired
            ],
            "skipped": [{"key": key, "reason": reason} for key, reason in sorted(self.skipped.items())],
            "later": self.later,
        }


@dataclass(frozen=True, slots=True)
class _InMemory:
    data: bytes
    fetched: Fetched
    taken: int


@dataclass(frozen=True, slots=True)
class _Brought:
    item: Item
    changes: list[PathChange]
    bytes: int


class Stager:
    """Stages projects of one store into folders of this computer."""

    def __init__(
        self, store: Store, parsers: Parsers, journal: Journal, progress: Progress = lambda files, size: None
    ) -> None:
        self._store = store
        self._parsers = parsers
        self._journal = journal
        self._progress = progress

    def stage(self, found: FoundProject, source: S3Source, home: S3Uri, folder: Path, profile: Profile) -> StageReport:
        """Bring what the profile needs of a project into `folder`; what is there already and unchanged is kept."""
        began = time.monotonic()
        record = self._record(found, source, home, folder)
        report = StageReport(found.id, found.uri, folder)
        wanted = self._wanted(found, profile, report)
        run = _Staging(self._store, self._parsers, self._journal, record, found, source, report, self._progress)
        run.bring(wanted)
        report.seconds = time.monotonic() - began
        return report

    def rehearse(self, found: FoundProject, folder: Path, profile: Profile) -> StageReport:
        """What staging would bring, without bringing it."""
        report = StageReport(found.id, found.uri, folder)
        for path in self._wanted(found, profile, report):
            report.files += 1
            report.bytes += found.listing[path].size
        return report

    def _record(self, found: FoundProject, source: S3Source, home: S3Uri, folder: Path) -> ProjectRecord:
        known = self._journal.project(found.id)
        staged_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        fresh = ProjectRecord(
            found.id,
            found.uri,
            found.name,
            found.tool_id,
            found.marker,
            folder,
            str(home.child(f"projects/{found.id}/")),
            staged_at,
        )
        saved_state = source.manifests.get(found.id) if isinstance(source, HomeSource) else None
        if known is None or known.home != fresh.home:
            if saved_state is None:
                return fresh
            return replace(fresh, manifest_etag=saved_state[1], last_saved=saved_state[0].saved_at)
        if known.dir != folder:
            self._leave_behind(known)
        return replace(fresh, manifest_etag=known.manifest_etag, last_saved=known.last_saved)

    def _leave_behind(self, known: ProjectRecord) -> None:
        """The project moves to another folder; the old one may stay on disk, but must not hold work of its own."""
        items = self._journal.items(known.id)
        if known.dir.is_dir() and any(
            (item := items.get(path)) is None or item.stat != stat or not (item.is_as_staged or item.is_saved)
            for path, stat in local_files.scan(known.dir).files.items()
        ):
            raise errors.BadUsage(
                known.dir,
                title="This project is on this computer already, in another folder, with work that is not saved",
                hint="Go on there, or save it first, so that two copies do not drift apart.",
            )
        self._journal.put_items(
            known.id, [replace(item, stat=None, crc64nvme="", state=State.STAGING) for item in items.values()]
        )

    @staticmethod
    def _wanted(found: FoundProject, profile: Profile, report: StageReport) -> list[str]:
        refused = names.refusals(found.members)
        for path, reason in refused.items():
            report.skip(path, reason, errors.NamesRefused.exit_code)
        fit = [path for path in found.members if path not in refused]
        wanted, report.later = in_order(tool(found.tool_id), fit, profile, found.marker)
        return wanted


class _Staging:
    """One staging of one project, from the first look at the disk to the last line in the journal."""

    def __init__(
        self,
        store: Store,
        parsers: Parsers,
        journal: Journal,
        record: ProjectRecord,
        found: FoundProject,
        source: S3Source,
        report: StageReport,
        progress: Progress,
    ) -> None:
        self._store = store
        self._parsers = parsers
        self._journal = journal
        self._record = record
        self._found = found
        self._source = source
        self._report = report
        self._progress = progress
        self._tool = tool(record.tool_id)
        self._partials = record.dir / local_files.CORNER / "partial"
        self._originals = record.dir / local_files.CORNER / "original"
        self._here: dict[str, Stat] = {}
        self._folders = local_files.Folders(record.dir)
        self._budget = ByteBudget(IN_FLIGHT_BYTES)

    def bring(self, wanted: list[str]) -> None:
        """Decide for every file, check the space, write the intent down, then transfer."""
        known = self._journal.items(self._record.id) if self._record.dir.is_dir() else {}
        self._open_folder()
        self._here = local_files.scan(self._record.dir).files
        actions = {path: decide(known.get(path), self._here.get(path), self._listed(path).etag) for path in wanted}
        self._check_space(path for path, action in actions.items() if action is Action.FETCH)
        self._journal.put_project(self._record)
        intents = [self._intent(path, known.get(path)) for path, action in actions.items() if action is Action.FETCH]
        self._journal.put_items(self._record.id, intents)
        for path, action in actions.items():
            if action is Action.KEEP:
                self._count(known[path].stat)
        work = [path for path in wanted if actions[path] is not Action.KEEP]
        self._transfer(work, actions, known)
        shutil.rmtree(self._partials, ignore_errors=True)

    def _listed(self, path: str) -> ObjectRef:
        return self._source.ref(self._found.folder_path(path), self._found.listing[path])

    def _open_folder(self) -> None:
        try:
            self._record.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            for folder in (self._partials, self._originals):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            marker = self._record.dir / local_files.CORNER / local_files.MARKER
            draft = marker.with_suffix(".new")
            draft.write_text(json.dumps(self._record.to_json(), indent=1), encoding="utf-8")
            draft.replace(marker)
        except OSError as exc:
            raise disk_error(exc, self._record.dir) from exc

    def _check_space(self, paths: Iterable[str]) -> None:
        needed = 0
        for path in paths:
            ref = self._listed(path)
            present = len(self._journal.blocks(self._record.id, path, ref.etag)) if ref.size > BLOCKS_ABOVE else 0
            copies = 2 if self._tool.has_paths(path) else 1
            needed += max(0, ref.size * copies - present * BLOCK)
        check_space(needed, shutil.disk_usage(self._record.dir).free, self._record.dir)

    def _intent(self, path: str, known: Item | None) -> Item:
        ref = self._listed(path)
        origin = Origin(str(ref.where), ref.etag, size=ref.size)
        return Item(path, None, "", origin=origin, saved=known.saved if known else None, state=State.STAGING)

    def _transfer(self, work: list[str], actions: dict[str, Action], known: dict[str, Item]) -> None:
        """Many files on the way at once, few on the disk: 64 threads that write would mostly wait for each other."""
        done: list[Item] = []
        outcomes: SimpleQueue[tuple[str, Future[_Brought | None]]] = SimpleQueue()
        network, disk = ThreadPoolExecutor(FILES_AT_ONCE, "fetch"), ThreadPoolExecutor(WRITERS, "write")

        def on_arrival(path: str, arrival: Future[_InMemory | _Brought | None]) -> None:
            if (
                not arrival.cancelled()
                and arrival.exception() is None
                and isinstance(data := arrival.result(), _InMemory)
            ):
                landing: Future[_Brought | None] = disk.submit(self._land, path, data)
                landing.add_done_callback(lambda future: outcomes.put((path, future)))
            else:
                outcomes.put((path, cast("Future[_Brought | None]", arrival)))

        try:
            for path in work:
                arrival = network.submit(self._one, path, actions[path], known.get(path))
                arrival.add_done_callback(functools.partial(on_arrival, path))
            for _ in work:
                self._take(*outcomes.get(), done)
                if len(done) >= BATCH:
                    self._write_down(done)
        finally:
            network.shutdown(wait=True, cancel_futures=True)
            disk.shutdown(wait=True)
            self._write_down(done)

    def _take(self, path: str, future: Future[_Brought | None], done: list[Item]) -> None:
        """One file's outcome. A full disk or wrong keys stop the run; anything else is named, and the rest goes on."""
        try:
            brought = future.result()
        except errors.LocalDisk:
            raise
        except errors.LauncherError as exc:
            if exc.exit_code == errors.Unreachable.exit_code and exc.title == errors.Unreachable.title:
                raise
            self._report.skip(path, f"{exc.title}. {exc.hint}", exc.exit_code)
            return
        if brought is None:
            return
        self._report.repaired += [(path, change) for change in brought.changes]
        self._count(brought.item.stat)
        done.append(brought.item)

    def _count(self, stat: Stat | None) -> None:
        self._report.files += 1
        self._report.bytes += stat.size if stat else 0
        self._progress(self._report.files, self._report.bytes)

    def _write_down(self, done: list[Item]) -> None:
        for folder in {(self._record.dir / item.path).parent for item in done}:
            local_files.flush(folder)
        self._journal.put_items(self._record.id, done)
        done.clear()

    def _one(self, path: str, action: Action, known: Item | None) -> _InMemory | _Brought | None:
        try:
            if action is Action.COMPARE:
                return self._compare(path, known)
            ref = self._listed(path)
            if ref.size <= IN_MEMORY_BELOW and not self._tool.has_paths(path):
                return self._read(ref)
            return self._fetch(path)
        except OSError as exc:
            raise disk_error(exc, path) from exc

    def _read(self, ref: ObjectRef) -> _InMemory:
        taken = self._budget.take(ref.size)
        try:
            data, fetched = self._store.downloader.read(ref)
        except BaseException:
            self._budget.give(taken)
            raise
        return _InMemory(data, fetched, taken)

    def _land(self, path: str, arrived: _InMemory) -> _Brought:
        """A small proved file from memory to disk and to its name."""
        try:
            local_files.write_flushed(self._partial(path), arrived.data)
            stat = local_files.place(self._partial(path), self._folders.target(path), self._here.get(path))
        except OSError as exc:
            raise disk_error(exc, path) from exc
        finally:
            self._budget.give(arrived.taken)
        return self._item(path, stat, arrived.fetched, arrived.fetched.digest.crc64nvme, [])

    def _compare(self, path: str, known: Item | None) -> _Brought | None:
        """Something is there: taken over when it is what would be brought, kept and named when it is other work."""
        here = self._here[path]
        digest = digest_file(self._record.dir / path, sha256=False)
        if known is not None and known.crc64nvme and digest.crc64nvme == known.crc64nvme:
            return _Brought(replace(known, stat=here), [], here.size)  # touched, not changed
        if known is not None and known.crc64nvme:
            self._report.skip(path, "it was changed here and is kept as it is here", 0)
            return None
        fetched, changes, digest_there = self._to_partial(path)
        if digest_there == digest.crc64nvme:
            return self._item(path, here, fetched, digest_there, changes)
        self._partial(path).unlink(missing_ok=True)
        self._report.skip(path, "another file of this name is here already and is kept", errors.NotDone.exit_code)
        return None

    def _fetch(self, path: str) -> _Brought:
        fetched, changes, digest = self._to_partial(path)
        local_files.flush(self._partial(path))
        stat = local_files.place(self._partial(path), self._folders.target(path), self._here.get(path))
        self._forget_blocks(path, fetched)
        return self._item(path, stat, fetched, digest, changes)

    def _to_partial(self, path: str) -> tuple[Fetched, list[PathChange], str]:
        """The verified object as a partial file with its paths repaired; the digest is that of the repaired bytes."""
        ref, partial = self._listed(path), self._partial(path)
        if ref.size > BLOCKS_ABOVE:
            fetched = self._fetch_large(path, ref, partial)
        else:
            fetched = self._store.downloader.fetch(ref, partial, lambda _: None)
        if not self._tool.has_paths(path):
            return fetched, [], fetched.digest.crc64nvme
        return fetched, *self._repair(path, partial, fetched)

    def _fetch_large(self, path: str, ref: ObjectRef, partial: Path) -> Fetched:
        done = self._journal.blocks(self._record.id, path, ref.etag) if partial.exists() else set()
        if not done:
            self._journal.drop_blocks(self._record.id, path)
        try:
            return self._fetch_blocks(path, ref, partial, done)
        except errors.Damaged:
            self._journal.drop_blocks(self._record.id, path)  # which block it was, nobody can say
            return self._fetch_blocks(path, ref, partial, set())

    def _fetch_blocks(self, path: str, ref: ObjectRef, partial: Path, done: set[int]) -> Fetched:
        return self._store.downloader.fetch_blocks(
            ref,
            partial,
            done,
            lambda number: self._journal.add_block(self._record.id, path, ref.etag, number),
            lambda _: None,
        )

    def _forget_blocks(self, path: str, fetched: Fetched) -> None:
        if fetched.digest.size > BLOCKS_ABOVE:
            self._journal.drop_blocks(self._record.id, path)

    def _repair(self, path: str, partial: Path, fetched: Fetched) -> tuple[list[PathChange], str]:
        original = self._originals / hashlib.sha256(path.encode()).hexdigest()[:24]
        shutil.copyfile(partial, original)
        try:
            changes = repair.make_local(self._parsers, self._record, path, partial, self._found.members)
        except errors.Damaged as exc:
            shutil.copyfile(original, partial)  # the person gets the file as it is, and is told
            self._report.skip(
                path, f"it is here as it was, but its paths could not be adjusted: {exc.title}. {exc.hint}", 4
            )
            return [], fetched.digest.crc64nvme
        return list(changes), digest_file(partial, sha256=False).crc64nvme if changes else fetched.digest.crc64nvme

    def _item(self, path: str, stat: Stat, fetched: Fetched, local_crc: str, changes: list[PathChange]) -> _Brought:
        ref = self._listed(path)
        origin = Origin(
            str(ref.where), ref.etag, fetched.head.version, ref.size, fetched.digest.crc64nvme, local_crc, fetched.proof
        )
        item = Item(
            path, stat, local_crc, origin=origin, saved=self._saved(ref, fetched, local_crc), state=State.STAGED
        )
        return _Brought(item, changes, ref.size)

    def _saved(self, ref: ObjectRef, fetched: Fetched, local_crc: str) -> Saved | None:
        """A file that came from the project's own home prefix is saved already: this object is its saved form."""
        home = S3Uri.parse(self._record.home)
        if not home.holds(ref.where):
            return None
        digest = fetched.digest
        return Saved(ref.where.key, ref.etag, fetched.head.version, digest.size, digest.crc64nvme, "", local_crc)

    def _partial(self, path: str) -> Path:
        return self._partials / hashlib.sha256(path.encode()).hexdigest()[:24]


def disk_error(exc: OSError, subject: object) -> errors.LocalDisk:
    """What the local disk says, in words."""
    titles = {
        errno.ENOSPC: "The local disk is full",
        errno.EDQUOT: "Your quota on the local disk is used up",
        errno.EROFS: "The local disk is read-only",
        errno.EACCES: "This folder does not let us write",
        errno.EPERM: "This folder does not let us write",
        errno.ENAMETOOLONG: "This name is too long for the local disk",
    }
    title = titles.get(
        exc.errno or 0, f"The local disk reports an error ({os.strerror(exc.errno) if exc.errno else exc})"
    )
    return errors.LocalDisk(subject, title=title, detail=repr(exc))

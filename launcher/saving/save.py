"""Save a project to its home prefix. `docs/saving.md` tells the whole story; in short, per file:

stable snapshot → same content as saved? → sound? → neutral paths → journal → conditional put → journal.
The manifest goes last. Any of it can be killed at any moment; the next save sees by checksum what is already there.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord, Saved, Stat, State
from launcher.journal.manifest import Content, Manifest, Reference, SavedFile
from launcher.projects import local_files, repair
from launcher.projects.local_files import CORNER, MARKER, scan
from launcher.projects.parsing import Parsers
from launcher.projects.source import manifest_uri, read_manifest
from launcher.projects.stage import disk_error
from launcher.saving import soundness
from launcher.saving.intents import Intents
from launcher.saving.plan import Plan, plan_save
from launcher.saving.snapshot import hash_stable, read_stable
from launcher.storage.budget import ByteBudget
from launcher.storage.checksums import Digest, digest_of
from launcher.storage.store import Store
from launcher.storage.upload import PARTS_ABOVE, Stored
from launcher.storage.uri import S3Uri
from launcher.tools import tool

FILES_AT_ONCE = 96
BATCH = 256
#: Bytes of small files that may be in memory at once.
IN_FLIGHT_BYTES = 256 * 1024 * 1024

Progress = Callable[[int, int], None]
#: Sends some content to a key in place of the version with an ETag, or of none.
Put = Callable[[Digest, S3Uri, str | None], Stored]


@dataclass(slots=True)
class SaveReport:
    """What `save` says it did (contract)."""

    project: str
    home: str
    saved: list[Item] = field(default_factory=list)
    unchanged: int = 0
    by_reference: list[str] = field(default_factory=list)
    failed: list[Item] = field(default_factory=list)
    seconds: float = 0.0
    manifest: str | None = None
    codes: list[int] = field(default_factory=list)
    would_send: dict[str, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it; a rehearsal adds what would be sent."""
        rehearsed = [{"path": path, "bytes": size} for path, size in (self.would_send or {}).items()]
        more = {} if self.would_send is None else {"would_save": rehearsed}
        return {**self._done(), **more}

    def _done(self) -> dict[str, Any]:
        sent = [(item.path, item.saved) for item in self.saved if item.saved]
        return {
            "project": self.project,
            "home": self.home,
            "saved": [
                {
                    "path": path,
                    "key": saved.key,
                    "bytes": saved.size,
                    "checksum": f"crc64nvme:{saved.crc64nvme}",
                    "version": saved.version,
                }
                for path, saved in sent
            ],
            "unchanged": self.unchanged,
            "by_reference": sorted(self.by_reference),
            "conflicts": [],
            "failed": [{"path": item.path, "cause": item.cause, "next": item.next} for item in self.failed],
            "bytes": sum(saved.size for _, saved in sent),
            "seconds": round(self.seconds, 3),
            "manifest": self.manifest,
        }


class Saver:
    """Saves the projects of one store's home prefix."""

    def __init__(
        self,
        store: Store,
        parsers: Parsers,
        journal: Journal,
        *,
        home: S3Uri,
        session: str,
        exclude: tuple[str, ...] = (),
        progress: Progress = lambda files, size: None,
    ) -> None:
        self.store = store
        self.parsers = parsers
        self.journal = journal
        self.home = home
        self.session = session
        self.exclude = exclude
        self.progress = progress

    def plan(self, record: ProjectRecord) -> tuple[Plan, local_files.Scan, dict[str, Item]]:
        """What saving would do now; asks nobody but the disk and the journal."""
        if not (record.dir / CORNER / MARKER).is_file():
            raise errors.NotFound(
                record.dir,
                title="The project's folder is gone, or is not the one that was brought here",
                hint="Nothing was changed in the home bucket. Bring the project again.",
            )
        here, items = scan(record.dir), self.journal.items(record.id)
        return plan_save(items, here.files, tool(record.tool_id), self.exclude, str(self.home)), here, items

    def rehearse(self, record: ProjectRecord, report: SaveReport) -> None:
        """Fill the report with what a save would send, and send nothing."""
        plan, here, _ = self.plan(record)
        report.by_reference, report.unchanged = plan.by_reference, len(plan.unchanged)
        report.would_send = {path: here.files[path].size for path in plan.upload}

    def save(self, record: ProjectRecord, report: SaveReport) -> None:
        """Save everything that is not saved; the report holds what the server has confirmed, file by file."""
        began = time.monotonic()
        plan, here, items = self.plan(record)
        report.by_reference, report.unchanged = plan.by_reference, len(plan.unchanged)
        theirs: dict[str, SavedFile] = {}
        if record.manifest_etag is None:
            theirs, record = self._earlier_state(record)
        run = _Saving(self, record, items, here.files, theirs, report)
        run.send(plan.upload)
        for path, reason in here.left_out.items():
            run.fail(
                Item(path, None, "").failed(f"It was not saved: {reason}", "Copy it into the project as a plain file."),
                4,
            )
        if not self.journal.manifest_is_current(record):
            run.write_manifest(plan)
        report.seconds = time.monotonic() - began

    def _earlier_state(self, record: ProjectRecord) -> tuple[dict[str, SavedFile], ProjectRecord]:
        """What another computer saved of this project before: seen now, so that none of it is replaced unseen."""
        earlier = read_manifest(self.store, self.home, record.id)
        if earlier is None:
            return {}, record
        manifest, etag = earlier
        return dict(manifest.files), replace(record, manifest_etag=etag)


class _Saving:
    """One save of one project."""

    def __init__(
        self,
        saver: Saver,
        record: ProjectRecord,
        items: dict[str, Item],
        here: dict[str, Stat],
        theirs: dict[str, SavedFile],
        report: SaveReport,
    ) -> None:
        self._saver = saver
        self._record = record
        self._items = items
        self._here = here
        self._theirs = theirs
        self._report = report
        self._prefix = S3Uri.parse(record.home)
        self._tool = tool(record.tool_id)
        self._spool = record.dir / CORNER / "spool"
        self._intents = Intents(self._spool)
        self._budget = ByteBudget(IN_FLIGHT_BYTES)
        self._stop = threading.Event()
        self._bytes = 0

    def send(self, paths: list[str]) -> None:
        """Upload in parallel; outcomes are journalled in batches, each before it counts as saved."""
        if not paths:
            return
        self._spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        intents = [replace(self._known(path), state=State.SENDING, cause="", next="") for path in paths]
        self._saver.journal.begin_saving(self._record.id, intents)
        done: list[Item] = []
        pool = ThreadPoolExecutor(FILES_AT_ONCE, "save")
        try:
            futures = {pool.submit(self._one, path): path for path in paths}
            for future in as_completed(futures):
                self._take(futures[future], future, done)
                if len(done) >= BATCH:
                    self._write_down(done)
        finally:
            self._stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            self._intents.close()
            self._write_down(done)

    def fail(self, item: Item, code: int) -> None:
        """Name what could not be saved."""
        self._report.failed.append(item)
        self._report.codes.append(code)

    def _known(self, path: str) -> Item:
        return self._items.get(path) or Item(path, None, "")

    def _take(self, path: str, future: Future[tuple[Item, bool]], done: list[Item]) -> None:
        try:
            item, sent = future.result()
        except errors.LauncherError as exc:
            item = self._known(path).failed(exc.title, exc.hint)
            self._items[path] = item
            done.append(item)
            self.fail(item, exc.exit_code)
            if exc.exit_code in (errors.Unreachable.exit_code, errors.LocalDisk.exit_code) or is_sign_in(exc):
                raise
            return
        self._items[path] = item
        done.append(item)
        if sent:
            self._report.saved.append(item)
        else:
            self._report.unchanged += 1
        self._bytes += item.saved.size if sent and item.saved else 0
        self._saver.progress(len(self._report.saved), self._bytes)

    def _write_down(self, done: list[Item]) -> None:
        self._saver.journal.put_items(self._record.id, done)
        done.clear()

    # One file, on a thread of the pool

    def _one(self, path: str) -> tuple[Item, bool]:
        if self._stop.is_set():
            raise errors.NotDone(path, title="It was not tried after an earlier failure", hint="Save again.")
        file, size = self._record.dir / path, self._here[path].size
        try:
            if size > PARTS_ABOVE and not self._tool.has_paths(path):
                return self._large(path, file)
            with self._budget.holding(size):
                return self._small(path, file)
        except FileNotFoundError as exc:
            raise errors.ChangedMeanwhile(
                path, title="This file vanished while it was saved", hint="What was saved of it earlier is still there."
            ) from exc
        except OSError as exc:
            raise disk_error(exc, path) if exc.errno == 28 else unreadable(exc, path) from exc

    def _small(self, path: str, file: Path) -> tuple[Item, bool]:
        data, stat = read_stable(file)
        local = digest_of(data)
        item = replace(self._known(path), stat=stat, crc64nvme=local.crc64nvme, sha256=local.sha256)
        if item.is_saved:
            return replace(item, state=State.SAVED), False  # touched, not changed
        if not item.is_as_staged:
            soundness.check(self._saver.parsers, self._record.tool_id, path, data, self._spool)
        digest = local
        if self._tool.has_paths(path):
            data = self._neutral(path, data)
            digest = digest_of(data)
        return self._confirmed(item, path, digest, lambda digest, where, etag: self._put(where, data, digest, etag))

    def _put(self, where: S3Uri, data: bytes, digest: Digest, replaces: str | None) -> Stored:
        return self._saver.store.uploader.put(where, data, digest, replaces=replaces)

    def _large(self, path: str, file: Path) -> tuple[Item, bool]:
        digest, stat = hash_stable(file)
        item = replace(self._known(path), stat=stat, crc64nvme=digest.crc64nvme, sha256=digest.sha256)
        if item.is_saved:
            return replace(item, state=State.SAVED), False
        return self._confirmed(
            item, path, digest, lambda whole, where, etag: self._send_parts(path, file, whole, where, etag)
        )

    def _confirmed(self, item: Item, path: str, digest: Digest, put: Put) -> tuple[Item, bool]:
        """Put unless the server holds just these bytes; what it confirmed becomes part of the item."""
        where = self._prefix.child(path)
        theirs = self._theirs.get(path) if item.saved is None else None
        replaces = item.saved.etag if item.saved else None
        if theirs is not None:
            if theirs.saved.crc64nvme == digest.crc64nvme and theirs.saved.size == digest.size:
                return self._with_saved(item, where, digest, Stored(theirs.etag, theirs.version)), False
            if item.is_as_staged:  # an earlier session changed it, this one did not
                return replace(item, saved=_their_saved(theirs), state=State.STAGED), False
            raise changed_elsewhere(path)
        if item.saved is not None and item.saved.crc64nvme == digest.crc64nvme and item.saved.size == digest.size:
            return self._with_saved(item, where, digest, Stored(item.saved.etag, item.saved.version)), False
        try:
            stored = self._put_over_ours(digest, where, replaces, put)
        except errors.ChangedMeanwhile as exc:
            raise changed_elsewhere(path) from exc
        return self._with_saved(item, where, digest, stored), True

    def _put_over_ours(self, digest: Digest, where: S3Uri, replaces: str | None, put: Put) -> Stored:
        """Put; what a killed save of ours stored there, and could not write down, is not another session's work."""
        self._intents.add(where, digest)
        try:
            return put(digest, where, replaces)
        except errors.ChangedMeanwhile:
            head = self._saver.store.objects.head(where)
            if head is None or not self._intents.is_ours(where, head.size, head.crc64nvme):
                raise
            return put(digest, where, head.etag)

    @staticmethod
    def _with_saved(item: Item, where: S3Uri, digest: Digest, stored: Stored) -> Item:
        saved = Saved(
            where.key, stored.etag, stored.version, digest.size, digest.crc64nvme, digest.sha256, item.crc64nvme
        )
        return replace(item, saved=saved, state=State.SAVED, cause="", next="")

    def _neutral(self, path: str, data: bytes) -> bytes:
        """The same file with no path of this computer in it."""
        copy = self._spool / hashlib.sha256(path.encode()).hexdigest()[:24]
        copy.write_bytes(data)
        try:
            repair.make_neutral(self._saver.parsers, self._record, path, copy, self._here)
            return copy.read_bytes()
        finally:
            copy.unlink(missing_ok=True)

    def _send_parts(self, path: str, file: Path, digest: Digest, where: S3Uri, replaces: str | None) -> Stored:
        journal, upload = self._saver.journal, self._saver.store.multipart(where)
        begun = journal.upload(self._record.id, path)
        known = None
        if begun is not None:
            upload_id, _, checksum = begun
            if checksum == digest.crc64nvme:
                known = upload.known_parts(upload_id)
            else:
                upload.abort(upload_id)
        if known is None:
            upload_id, known = upload.begin(), {}
            journal.put_upload(self._record.id, path, upload_id, where.key, digest.crc64nvme)
        try:
            parts = upload.send(upload_id, file, digest.size, known, lambda _: None)
            stored = upload.complete(upload_id, parts, digest, replaces=replaces)
        except errors.ChangedMeanwhile:
            upload.abort(upload_id)
            journal.drop_upload(self._record.id, path)
            raise
        journal.drop_upload(self._record.id, path)
        return stored

    # The manifest

    def write_manifest(self, plan: Plan) -> None:
        """Write down, in S3 and last, what the home prefix now holds of the project."""
        manifest = self._manifest(plan)
        data = manifest.to_bytes()
        where = manifest_uri(self._saver.home, self._record.id)
        try:
            stored = self._put_over_ours(
                digest_of(data),
                where,
                self._record.manifest_etag,
                lambda digest, key, etag: self._put(key, data, digest, etag),
            )
        except errors.ChangedMeanwhile as exc:
            raise errors.ChangedMeanwhile(
                where,
                title="Another session saved this project at the same time",
                hint="What is named as saved is in the home bucket. Bring the project again to see the other's work.",
            ) from exc
        self._report.manifest = str(where)
        record = replace(self._record, manifest_etag=stored.etag, last_saved=manifest.saved_at)
        self._saver.journal.end_saving(record)
        self._intents.forget()

    def _manifest(self, plan: Plan) -> Manifest:
        files = dict(self._theirs)
        for path, item in self._items.items():
            if item.saved is not None:
                files[path] = _saved_file(item, item.saved)
        references = {path: _reference(self._items[path]) for path in plan.by_reference}
        return Manifest(
            id=self._record.id,
            name=self._record.name,
            tool=self._record.tool_id,
            marker=self._record.marker,
            source=self._record.uri,
            saved_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            session=self._saver.session,
            files=dict(sorted(files.items())),
            references=dict(sorted(references.items())),
        )


def _saved_file(item: Item, saved: Saved) -> SavedFile:
    return SavedFile(
        local=Content(size=item.stat.size if item.stat else 0, crc64nvme=saved.local_crc64nvme, sha256=item.sha256),
        saved=Content(size=saved.size, crc64nvme=saved.crc64nvme, sha256=saved.sha256),
        key=saved.key,
        etag=saved.etag,
        version=saved.version,
    )


def _their_saved(theirs: SavedFile) -> Saved:
    saved = theirs.saved
    return Saved(
        theirs.key, theirs.etag, theirs.version, saved.size, saved.crc64nvme, saved.sha256, theirs.local.crc64nvme
    )


def _reference(item: Item) -> Reference:
    assert item.origin is not None
    origin = item.origin
    return Reference(
        uri=origin.uri, etag=origin.etag, version=origin.version, size=origin.size, crc64nvme=origin.crc64nvme
    )


def changed_elsewhere(path: str) -> errors.ChangedMeanwhile:
    """Two sessions changed one file."""
    return errors.ChangedMeanwhile(
        path,
        title="Another session saved a different version of this file",
        hint="That version was not replaced, and yours is still here. Copy yours under another name, then save again.",
    )


def unreadable(exc: OSError, path: str) -> errors.NotDone:
    """The disk does not give the file away."""
    return errors.NotDone(
        path, title=f"This file cannot be read ({exc.strerror})", hint="Close the program that uses it and save again."
    )


def is_sign_in(exc: errors.LauncherError) -> bool:
    """Would every other file fail for the same reason?"""
    return exc.exit_code == errors.Refused.exit_code

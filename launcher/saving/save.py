"""Save a project to its home prefix. `docs/saving.md` tells the whole story.

Files first, each as `sending.py` does it, then the manifest. Any of it can be killed at any moment; the next save sees
by checksum what is already there.
"""

from __future__ import annotations

import time
from dataclasses import replace

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord, State
from launcher.journal.manifest import SavedFile
from launcher.projects.local_files import CORNER, MARKER, Scan, scan
from launcher.projects.parsing import Parsers
from launcher.projects.source import manifest_uri, read_manifest
from launcher.saving.intents import Intents
from launcher.saving.large import LargeUploads
from launcher.saving.manifest_writing import manifest_of, write_manifest
from launcher.saving.own_writes import OwnWrites
from launcher.saving.plan import Plan, plan_save
from launcher.saving.report import Progress, SaveReport
from launcher.saving.sending import Known, Sending, Sent
from launcher.storage.crew import Outcome, at_work
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools import tool

__all__ = ["SaveReport", "Saver"]

FILES_AT_ONCE = 96
#: Files whose outcome is written down together: one flush of the disk for all of them.
BATCH = 256


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

    def plan(self, record: ProjectRecord) -> tuple[Plan, Scan, dict[str, Item]]:
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
        run = _Saving(self, record, Known(items, here.files, theirs), report)
        run.send(plan.upload)
        for path, reason in here.left_out.items():
            cause = f"It was not saved: {reason}"
            report.fail(Item(path, None, "").failed(cause, "Copy it into the project as a plain file."), 4)
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
    """One save of one project: the intent first, then the files, then what is known of them, batch by batch."""

    def __init__(self, saver: Saver, record: ProjectRecord, known: Known, report: SaveReport) -> None:
        self._saver = saver
        self._journal = saver.journal
        self._record = record
        self._known = known
        self._report = report
        self._spool = record.dir / CORNER / "spool"
        self._intents = Intents(self._spool)
        self._writes = OwnWrites(saver.store.objects, self._intents)
        self._done: list[Item] = []
        self._bytes = 0

    def send(self, paths: list[str]) -> None:
        """Upload in parallel; outcomes are journalled in batches, each before it counts as saved."""
        if not paths:
            return
        self._spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        intents = [replace(self._known.item(path), state=State.SENDING, cause="", next="") for path in paths]
        self._journal.begin_saving(self._record.id, intents)
        try:
            with at_work(paths, self._sending().send, FILES_AT_ONCE, "save") as outcomes:
                for outcome in outcomes:
                    self._take(outcome)
        finally:
            self._intents.close()
            self._write_down()

    def _sending(self) -> Sending:
        saver, record = self._saver, self._record
        large = LargeUploads(saver.store.multipart, self._journal, record.id)
        return Sending(record, self._known, saver.parsers, saver.store.uploader, large, self._writes, self._spool)

    def _take(self, outcome: Outcome[str, Sent]) -> None:
        try:
            sent = outcome.result()
        except errors.LauncherError as exc:
            self._failed(outcome.job, exc)
            if concerns_all(exc):
                raise
        else:
            self._confirmed(sent)
        if len(self._done) >= BATCH:
            self._write_down()

    def _failed(self, path: str, exc: errors.LauncherError) -> None:
        item = self._known.item(path).failed(exc.title, exc.hint)
        self._remember(item)
        self._report.fail(item, exc.exit_code)

    def _confirmed(self, sent: Sent) -> None:
        self._remember(sent.item)
        if not sent.went:
            self._report.unchanged += 1
            return
        self._report.saved.append(sent.item)
        self._bytes += sent.item.saved.size if sent.item.saved else 0
        self._saver.progress(len(self._report.saved), self._bytes)

    def _remember(self, item: Item) -> None:
        self._known.items[item.path] = item
        self._done.append(item)

    def _write_down(self) -> None:
        self._journal.put_items(self._record.id, self._done)
        self._done.clear()

    def write_manifest(self, plan: Plan) -> None:
        """Write down, in S3 and last, what the home prefix now holds of the project."""
        manifest = manifest_of(self._record, self._known, plan.by_reference, self._saver.session)
        where = manifest_uri(self._saver.home, self._record.id)
        stored = write_manifest(manifest, where, self._record.manifest_etag, self._writes, self._saver.store.uploader)
        self._report.manifest = str(where)
        record = replace(self._record, manifest_etag=stored.etag, last_saved=manifest.saved_at)
        self._journal.end_saving(record)
        self._intents.forget()


def concerns_all(exc: errors.LauncherError) -> bool:
    """Would every other file fail for the same reason: no server, no disk, no sign-in?"""
    stops = (errors.Unreachable, errors.LocalDisk, errors.Refused)
    return exc.exit_code in [kind.exit_code for kind in stops]

"""Save a project to its home prefix. `docs/saving.md` tells the whole story.

Files first, each as `sending.py` does it, then the manifest. Any of it can be killed at any moment; the next save sees
by checksum what is already there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord, Stat
from launcher.journal.manifest import Manifest
from launcher.projects.local_files import CORNER, MARKER, Scan, scan
from launcher.projects.parsing import Parsers
from launcher.projects.source import read_manifest
from launcher.saving import gone, soundness
from launcher.saving.last_state import LastState
from launcher.saving.one_save import OneSave
from launcher.saving.plan import Plan, plan_save
from launcher.saving.report import Progress, SaveReport
from launcher.saving.sending import Known
from launcher.saving.stopped import emptied
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools import tool

__all__ = ["SaveReport", "Saver"]


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
        who: str = "someone",
        exclude: tuple[str, ...] = (),
        progress: Progress = lambda files, size: None,
    ) -> None:
        self.store = store
        self.parsers = parsers
        self.journal = journal
        self.home = home
        self.session = session
        self.who = who
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

    def save(
        self,
        record: ProjectRecord,
        report: SaveReport,
        only: Mapping[str, Stat] | None = None,
        permit: Callable[[], None] = lambda: None,
    ) -> None:
        """Save everything that is not saved; the report holds what the server has confirmed, file by file.

        With `only`, just these files, and only as long as they still have these fingerprints. `permit` is asked before
        the first request that writes.
        """
        began = time.monotonic()
        plan, here, items = self.plan(record)
        if only is None and not here.files and not here.left_out:
            raise emptied(record.dir)
        if only is not None:
            plan.upload = [path for path in plan.upload if only.get(path) == here.files[path]]
        report.by_reference, report.unchanged = plan.by_reference, len(plan.unchanged)
        earlier: Manifest | None = None
        for path in filter(soundness.needs_parser, plan.upload):
            self.parsers.start(path)  # it gets ready while we ask the server
        is_lost = bool(self.journal.fact(gone.look_again(record.id)))
        if plan.upload or is_lost or not self.journal.manifest_is_current(record):
            permit()
            earlier, record = self._earlier_state(record)
        files, references = (earlier.files, earlier.references) if earlier else ({}, {})
        run = OneSave(self, record, Known(items, here.files, files, references), report, earlier)
        run.send(plan.upload)
        for path, reason in here.left_out.items():
            cause = f"It was not saved: {reason}"
            report.fail(Item(path, None, "").failed(cause, "Copy it into the project as a plain file."), 4)
        if not self.journal.manifest_is_current(record):
            run.write_manifest(plan, asked_for=only is None)
        if run.has_lost_objects:
            run.send_lost()
            run.write_manifest(plan, asked_for=only is None)
        report.seconds = time.monotonic() - began

    def _earlier_state(self, record: ProjectRecord) -> tuple[Manifest | None, ProjectRecord]:
        """What is saved of this project until now, also by another computer: seen, so that nothing is replaced unseen.

        Of a state that we saw it is enough to read our own copy.
        """
        kept = LastState(record.dir).read()
        if kept is not None and kept[1] == record.manifest_etag:
            return kept[0], record
        earlier = read_manifest(self.store, self.home, record.id)
        if earlier is None:
            return None, record
        manifest, etag = earlier
        if record.manifest_etag is None:
            return manifest, replace(record, manifest_etag=etag)
        # Another state than the one we saw: the conditional write of ours finds it, and puts the two together.
        return manifest if etag == record.manifest_etag else None, record

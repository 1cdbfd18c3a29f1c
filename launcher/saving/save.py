"""Save a project to its home prefix. `docs/saving.md` tells the whole story.

Files first, each as `plain_sending.py` or `sending.py` does it, then the manifest. Any of it can be killed at any
moment; the next save sees by checksum what is already there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.config.plain import typed
from launcher.journal import Journal, ProjectRecord, Stat, once_more
from launcher.journal.interrupted import Interrupted
from launcher.projects.local_files import stat_of, walk
from launcher.projects.marker import mark_again
from launcher.projects.tree import Tree
from launcher.projects.whose import is_folder_of
from launcher.saving import gone, soundness
from launcher.saving.changes import Changes, FileKnown, changes_of, passing, side_by_side
from launcher.saving.last_look import file_of, forget
from launcher.saving.plan import Rules
from launcher.saving.report import Progress, SaveReport
from launcher.saving.settled import Settled
from launcher.saving.stopped import emptied, unsaved_fact
from launcher.tools import tool
from launcher.tools.protocol import Part

if TYPE_CHECKING:
    from launcher.journal.manifest import Manifest
    from launcher.projects.parsing import Parsers
    from launcher.storage.store import Store
    from launcher.storage.uri import S3Uri

__all__ = ["Earlier", "SaveReport", "Saver", "after"]

#: What is saved until now, and the project's record with the ETag of that state.
Earlier = tuple["Manifest | None", ProjectRecord]
#: Lets a save go on, or raises, and gives what the function it is given reads: read while nobody else may write.
Permit = Callable[[Callable[[], Earlier]], Earlier]


def after(check: Callable[[], object]) -> Permit:
    """First the check, then the reading."""

    def permit(read: Callable[[], Earlier]) -> Earlier:
        check()
        return read()

    return permit


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
        setting: str = "",
        trees: dict[Path, Tree] | None = None,
        progress: Progress = lambda files, size: None,
    ) -> None:
        self.store = store
        self.parsers = parsers
        self.journal = journal
        self.home = home
        self.session = session
        self.who = who
        self.exclude = exclude
        #: Stands for what `home` and `exclude` were made from.
        self.setting = setting
        #: Folders that were looked at a moment ago, for the look that follows.
        self.trees = {} if trees is None else trees
        #: To be called after a save, when nothing is left to be written down: the next one need not compare everything.
        self.settle: Callable[[], None] = lambda: None
        self.progress = progress

    def rules(self, record: ProjectRecord) -> Rules:
        """What decides how each of its files stands."""
        return Rules(tool(record.tool_id), self.exclude, str(self.home))

    def files(self, record: ProjectRecord, tree: Tree) -> Iterator[FileKnown]:
        """Every file of its folder with what the journal knows of it, in the order of their paths; none is kept.

        Raises `JournalDamaged` on the way; then it is to be asked again.
        """
        require_folder(record)
        return side_by_side(self.journal.each_stored(record.id), walk(tree))

    def changes(self, record: ProjectRecord) -> tuple[Changes, dict[str, str]]:
        """What saving would do now, and what cannot be saved, with the reason; asks the same two."""
        changes, tree = self._looked(record)
        return changes, tree.left_out

    def _looked(self, record: ProjectRecord) -> tuple[Changes, Tree]:
        require_folder(record)
        return once_more(partial(self._look, record))

    def _look(self, record: ProjectRecord) -> tuple[Changes, Tree]:
        settled, tree = self._settled(record), self.trees.pop(record.dir, None)
        if tree is None or not tree.is_fresh:
            tree = Tree(record.dir)
        changes = settled.known(tree)
        if changes is None:
            tree.look_ahead()  # so that it can be remembered
            before = self.journal.writes()
            changes = changes_of(self.journal.each_stored(record.id), walk(tree), self.rules(record))
            settled.remember(changes, tree, before)
        return changes, tree

    def _settled(self, record: ProjectRecord) -> Settled:
        return Settled(self.journal, record, self.rules(record), self.setting)

    def changes_among(self, record: ProjectRecord, only: Mapping[str, Stat]) -> Changes:
        """The same of just these files, if they still look so: of thousands nothing else is looked at but videos."""
        require_folder(record)
        return once_more(partial(self._look_at, record, only))

    def _look_at(self, record: ProjectRecord, only: Mapping[str, Stat]) -> Changes:
        kind, known = tool(record.tool_id), self.journal.stored_at(record.id, only)
        brought = self.journal.brought_alone(record.id)
        known |= {one.path: one for one in brought if kind.part_of(one.path) is Part.VIDEOS}
        paths = sorted({*only, *known})
        looked_at = ((path, stat_of(record.dir / path)) for path in paths)
        files = [(path, stat) for path, stat in looked_at if stat is not None]
        return changes_of([known[path] for path in paths if path in known], files, self.rules(record)).among(only)

    def rehearse(self, record: ProjectRecord, report: SaveReport) -> None:
        """Fill the report with what a save would send, and send nothing."""
        changes, _ = self.changes(record)
        report.by_reference, report.unchanged = list(changes.by_reference), changes.unchanged
        report.would_send = {path: changes.here.size(path) for path in changes.upload}

    def save(
        self,
        record: ProjectRecord,
        report: SaveReport,
        only: Mapping[str, Stat] | None = None,
        permit: Permit = lambda read: read(),
        release: Callable[[], None] = lambda: None,
    ) -> None:
        """Save everything that is not saved; the report holds what the server has confirmed, file by file.

        With `only`, just these files, and only as long as they still have these fingerprints; what cannot be saved is
        not looked for then. `permit` is asked before the first request that writes, `release` is called
        when the list in S3 names all that went: what is left then is written by no other session.
        """
        began, others = time.monotonic(), self.journal.writes_of_others()
        self._require_home(record)
        mark_again(record)
        self.settle = lambda: None
        changes, tree = self._found(record, only, report)
        report.leave_out(tree.left_out)
        self._start_parsers(record, changes)
        if self._has_work(record, changes, is_whole=not only):
            try:
                earlier, record = permit(partial(self._earlier_state, record, changes.here))
                if self._has_recovered(record):
                    changes, tree = self._found(record, only, report)
                    earlier, record = self._earlier_state(record, changes.here)  # what is not just ours is more now
                self._send(record, changes, report, earlier, release, asked_for=only is None)
            except errors.LauncherError as exc:
                self._note_unsaved(record, changes)
                if only is None:
                    self._name_rest(record, report, exc)
                raise
            if only is None:
                self.journal.come_to_rest()
                self.settle = partial(self._settle, record.id, changes, tree, report, others)
        if only is None:
            self.forget_unsaved(record)
        report.seconds = time.monotonic() - began

    def _require_home(self, record: ProjectRecord) -> None:
        """Raise if it was saved where this site has no home: its files would go there, and their list would not."""
        if record.home and not record.home.startswith(str(self.home)):
            self.store.lister.page(self.home, size=1)  # that this site's home does not exist comes first
            raise errors.BadUsage(
                record.name,
                title=f"This project is saved at {record.home}, which is not in the home prefix of this site",
                hint="Nothing was written. Use the site that it was saved with, or bring it again: "
                f"`pose-launcher stage {typed(record.uri)}`. What is here stays, and is saved in this home then.",
            )

    def _found(
        self, record: ProjectRecord, only: Mapping[str, Stat] | None, report: SaveReport
    ) -> tuple[Changes, Tree]:
        """What is to be saved, of everything or of just these files, and the tree, which knows what is left out."""
        if only is None:
            changes, tree = self._looked(record)
            if changes.upload:
                self._settled(record).note(tree)
            if changes.is_empty and not tree.left_out:
                raise emptied(record.dir)
        else:
            changes, tree = self.changes_among(record, only), Tree(record.dir)
        report.by_reference, report.unchanged = list(changes.by_reference), changes.unchanged
        return changes, tree

    def _has_recovered(self, record: ProjectRecord) -> bool:
        """Does the journal know more now, of what a save that was killed had stored?"""
        from launcher.saving.recovery import Recovery

        return Recovery(self.store.objects, self.journal, record).write_down()

    def _start_parsers(self, record: ProjectRecord, changes: Changes) -> None:
        """They get ready while we ask the server."""
        kind = tool(record.tool_id)
        for path in changes.upload:
            if soundness.may_need_parser(path, kind, is_as_brought=path in changes.as_brought):
                self.parsers.start(path)

    def _has_work(self, record: ProjectRecord, changes: Changes, *, is_whole: bool) -> bool:
        """Is there anything to send, to look for again, to end or to list?"""
        is_more = bool(self.journal.fact(gone.look_again(record.id))) or (is_whole and self.has_orphans(record))
        return bool(changes.upload) or is_more or not self.journal.manifest_is_current(record)

    def has_orphans(self, record: ProjectRecord) -> bool:
        """Was an upload begun, and not ended, of what went another way or is no more?"""
        if not Interrupted(self.journal).uploads(record.id):
            return False
        from launcher.saving.large import orphans

        return any(orphans(self.journal, record.id, record.dir))

    def _note_unsaved(self, record: ProjectRecord, changes: Changes) -> None:
        """There is work that nothing else tells of: without a word of it the folder might go, and nobody miss it."""
        with suppress(errors.LauncherError):  # the disk or the journal fails: that is what is told
            if changes.upload and not self.journal.fact(unsaved_fact(record.id)):
                self.journal.put_fact(unsaved_fact(record.id), "1")

    def forget_unsaved(self, record: ProjectRecord) -> None:
        """What a save that had to stop did not come to is saved by now, or has a row that tells of it."""
        with suppress(errors.LauncherError):  # told for too long it costs a question, and nothing else
            if self.journal.fact(unsaved_fact(record.id)):
                self.journal.put_fact(unsaved_fact(record.id), "")

    def _name_rest(self, record: ProjectRecord, report: SaveReport, exc: errors.LauncherError) -> None:
        """What a save that had to stop did not come to is not saved, and named like what failed by itself."""
        with suppress(errors.LauncherError):  # the disk or the journal fails: that is what is told
            report.stopped(self.changes(record)[0].upload, exc)

    def _send(
        self,
        record: ProjectRecord,
        changes: Changes,
        report: SaveReport,
        earlier: Manifest | None,
        release: Callable[[], None],
        *,
        asked_for: bool,
    ) -> None:
        """What takes a server is imported here: most saves find nothing to send, and are over in a moment."""
        from launcher.saving.one_save import OneSave

        forget(file_of(self.journal.folder, record.dir))  # to take a checksum of what changes now would be in vain
        run = OneSave(self, record, changes, report, earlier, release)
        run.send(changes.upload)
        run.end_orphans()
        if not self.journal.manifest_is_current(record):
            run.write_manifest(asked_for=asked_for)
        if run.has_lost_objects:
            run.send_lost()
            run.write_manifest(asked_for=asked_for)

    def _settle(self, project_id: str, found: Changes, tree: Tree, report: SaveReport, others: int) -> None:
        """Remember, where all of it went as it was looked at, that this was all there is."""
        record = self.journal.project(project_id)
        if record is not None and not tree.left_out and all_went(found, report):
            self._settled(record).after_save(found, tree, others)

    def _earlier_state(self, record: ProjectRecord, changed: Collection[str]) -> Earlier:
        """What is saved of this project until now, also by another computer: seen, so that nothing is replaced unseen.

        Of a state that we saw it is enough to read our own copy, and of that what is not just what the journal says.
        """
        from launcher.projects.source import last_readable
        from launcher.saving.last_state import LastState

        is_ours = passing(self.journal.saved_paths(record.id))
        kept = LastState(record.dir).read(lambda path: path in changed or not is_ours(path))
        if kept is not None and kept[1] == record.manifest_etag:
            return kept[0], record
        earlier = last_readable(self.store, self.home, record.id)
        if earlier is None:
            return None, record
        manifest, etag = earlier
        if record.manifest_etag is None:
            return manifest, replace(record, manifest_etag=etag)
        # Another state than the one we saw: the conditional write of ours finds it, and puts the two together.
        return manifest if etag == record.manifest_etag else None, record


def all_went(found: Changes, report: SaveReport) -> bool:
    """Was everything saved that was found, and nothing of it changed on the way?"""
    if report.failed or report.conflicts or not report.saved.are_as_found:
        return False
    as_found = sum(file.path in found.here for file in report.saved)
    return as_found == len(report.saved) == len(found.here) == len(found.upload)


def require_folder(record: ProjectRecord) -> None:
    """Raise if what lies there is not the project that was brought."""
    if not is_folder_of(record.dir, record.id):
        raise errors.NotFound(
            record.dir,
            title="The project's folder is gone, or is not the one that was brought here",
            hint="Nothing was changed in the home bucket. Put the folder back, or bring the project again.",
        )

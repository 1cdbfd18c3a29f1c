"""Files that two sessions changed: what there is to decide, and doing what a person decided.

Both contents are in a kept state before anything takes the place of anything, and nothing is deleted: whatever is
decided can be undone by bringing that state back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.config.plain import typed
from launcher.desk import keeping
from launcher.desk.desk import Desk
from launcher.journal import Item, ProjectRecord, Saved
from launcher.journal.manifest import Manifest
from launcher.projects import repair
from launcher.projects.local_files import Folders, place, write_flushed
from launcher.projects.source import last_readable
from launcher.projects.states import States
from launcher.projects.whose import CORNER
from launcher.saving.conflict_list import ConflictList
from launcher.saving.gone import look_again, no_more_in_s3
from launcher.saving.history import History, is_kept_by_bucket
from launcher.saving.manifest_writing import moment_after, saved_file
from launcher.saving.report import SaveReport
from launcher.saving.resolving import (
    Keep,
    OpenConflict,
    as_theirs,
    author_of,
    beside,
    fetch_theirs,
    in_place_of_theirs,
    open_conflicts,
    with_both,
)
from launcher.saving.snapshot import hash_stable, read_stable
from launcher.saving.turns import turn
from launcher.storage.copying import LARGEST_COPY
from launcher.storage.uri import S3Uri

Progress = Callable[[int, int], None]
_CORNER = f"{CORNER}/decide"


class Conflicts:
    """The conflicts of one project that is on this computer."""

    def __init__(self, desk: Desk, record: ProjectRecord) -> None:
        self._desk = desk
        self._record = record
        self._prefix = S3Uri.parse(record.home)
        self._list = ConflictList(desk.store, desk.home, record.id)
        self._history = History(desk.store, desk.home, record.id)
        self._states = States(desk.store, desk.home, record.id)
        self._folders = Folders(record.dir)

    # Looking

    def rows(self) -> list[dict[str, Any]]:
        """Each with both versions: where they are, who saved them, and when."""
        undecided = self._undecided()
        paths = {path for one in undecided for path in (one.path, one.copy)}
        states = self._states.naming(paths) if undecided else []
        return [self._row(one, states) for one in undecided]

    def _undecided(self) -> list[OpenConflict]:
        return open_conflicts(self._desk.journal.items(self._record.id).values(), self._prefix, self._list.rows())

    def _row(self, one: OpenConflict, states: list[Manifest]) -> dict[str, Any]:
        named = self._version(one.path, states)
        beside_it = self._version(one.copy, states) | {"who": one.who, "at": one.at}
        mine, theirs = (beside_it, named) if one.is_copy_mine else (named, beside_it)
        return {
            "project": self._record.id,
            "dir": str(self._record.dir),
            "path": one.path,
            "copy": one.copy,
            "both_here": not one.is_copy_mine,
            "mine": mine,
            "theirs": theirs,
        }

    def _version(self, path: str, states: list[Manifest]) -> dict[str, Any]:
        where = self._prefix.child(path)
        head = self._desk.store.objects.head(where)
        if head is None:
            return {"uri": str(where), "bytes": None, "who": "", "at": ""}
        author = author_of(states, path, head.etag, head.modified)
        return {"uri": str(where), "bytes": head.size, "who": author.who, "at": author.at}

    # Deciding

    def decide(self, path: str, keep: Keep, progress: Progress) -> SaveReport:
        """Do it; the report is of the save that follows."""
        one = next((one for one in self._undecided() if path in (one.path, one.copy)), None)
        if one is None:
            raise errors.NotFound(path, title="There is nothing to decide about this file", hint="Nothing was changed.")
        if keeping.has_runs(self._desk, self._record) and keep is not Keep.MINE:
            raise errors.NotDone(
                self._record.name,
                title="A pose tool has this project open",
                hint="Nothing was changed. Close it first.",
            )
        self._save(one, progress)  # what is here now is in S3 before it makes room
        keeping.require_free(self._desk, self._record)
        with turn(self._desk.setup.state.path, self._record.id):
            self._decide_own(one, keep) if one.is_copy_mine else self._decide_brought(one, keep)
        report = self._save(one, progress)
        self._list.decide(self._prefix.child(one.copy).key, keep.value, self._desk.person)
        return report

    def _save(self, one: OpenConflict, progress: Progress) -> SaveReport:
        """Save what is here; what cannot be saved of other files, such as a link, bars no decision about this one."""
        record = self._desk.journal.project(self._record.id) or self._record
        report = SaveReport(record.id, record.home)
        self._desk.save(record, report, progress)
        if failed := next((item for item in report.failed if item.path in (one.path, one.copy)), None):
            raise errors.NotDone(failed.path, title=f"It could not be saved ({failed.cause})", hint=failed.next)
        return report

    def _decide_own(self, one: OpenConflict, keep: Keep) -> None:
        """Our version is the copy in S3, and the file on this computer."""
        item = self._desk.journal.items(self._record.id)[one.path]
        if item.copy is None or not item.is_kept_beside:
            raise errors.ChangedMeanwhile(one.path, hint="Nothing was changed. Look at the conflict again.")
        with self._arriving() as arrived:
            try:
                theirs = fetch_theirs(self._desk.store, self._prefix.child(one.path), arrived)
            except errors.NotFound:
                if keep is not Keep.MINE:
                    raise
                # Somebody deleted it: the save that follows finds nothing to replace, and makes the file anew.
                self._note([in_place_of_theirs(item, self._as_listed(one.path))])
                return
            self._keep_both(one, item, theirs)
            if keep is Keep.MINE:
                self._note([in_place_of_theirs(item, theirs)])
                return
            copied = [self._put_beside(one, item)] if keep is Keep.BOTH else []
            self._note([*copied, self._put_theirs(one, item, theirs, arrived)])

    def _as_listed(self, path: str) -> Saved | None:
        """What the last list names under a file's own name, whatever became of it."""
        known = last_readable(self._desk.store, self._desk.home, self._record.id)
        manifest = known[0] if known is not None else None
        named = manifest.files.get(path) if manifest is not None else None
        return named.as_saved if named is not None else None

    def _keep_both(self, one: OpenConflict, item: Item, theirs: Saved) -> None:
        if not is_kept_by_bucket(theirs.version) and theirs.size > LARGEST_COPY:
            raise errors.NotDone(
                one.path,
                title="This file is too large to be kept twice",
                hint="Nothing was changed: both versions stay as they are in the home bucket.",
            )
        known = last_readable(self._desk.store, self._desk.home, self._record.id)
        manifest = known[0] if known is not None else None
        if manifest is None or item.copy is None:
            raise errors.ChangedMeanwhile(one.path)
        self._desk.check_strength()
        self._history.keep(self._prefix.child(one.path), theirs)
        self._keep_ours(one.path, self._prefix.child(one.copy), item.copy)  # a later save may write to the copy
        journal, now = self._desk.journal, self._desk.store.http.server_time.now()
        record = journal.project(self._record.id) or self._record
        at = moment_after(now, manifest.saved_at, record.last_saved)
        both = with_both(manifest, one.path, theirs, one.copy, saved_file(item, item.copy), at)
        self._states.keep_made(at, both.to_bytes())
        journal.put_project(replace(record, last_saved=at))  # what is saved next is a later state

    def _keep_ours(self, path: str, where: S3Uri, saved: Saved) -> None:
        self._history.keep(where, saved)
        if not self._history.has(where, saved):
            raise no_more_in_s3(self._desk.journal, self._record.id, path)

    def _put_beside(self, one: OpenConflict, item: Item) -> Item:
        """Ours, under the name of the copy."""
        data, stat = read_stable(self._record.dir / one.path)
        if stat != item.stat:
            raise errors.ChangedMeanwhile(one.path, hint="Nothing was changed. Decide again.")
        partial = self._folders.target(f"{_CORNER}/mine")
        partial.unlink(missing_ok=True)
        write_flushed(partial, data)
        return beside(item, one.copy, place(partial, self._folders.target(one.copy), None))

    def _put_theirs(self, one: OpenConflict, item: Item, theirs: Saved, arrived: Path) -> Item:
        """Theirs, in the place of ours, if ours is still what was saved."""
        self._make_local(one.path, arrived)
        digest = hash_stable(arrived)[0]
        stat = place(arrived, self._folders.target(one.path), item.stat)
        return as_theirs(item, theirs, stat, digest.crc64nvme, digest.sha256)

    def _decide_brought(self, one: OpenConflict, keep: Keep) -> None:
        """This computer has both as plain files: only the name has to be given to the other."""
        items = self._desk.journal.items(self._record.id)
        item, copy = items[one.path], items[one.copy]
        self._check_lies_there(item, keep)
        if keep is not Keep.THEIRS:
            return
        if item.saved is None or copy.stat is None:
            raise errors.ChangedMeanwhile(one.path, hint="Nothing was changed. Save, then decide again.")
        self._keep_ours(one.path, self._prefix.child(one.path), item.saved)
        with self._arriving() as arrived:
            write_flushed(arrived, read_stable(self._record.dir / one.copy)[0])
            self._make_local(one.path, arrived)
            place(arrived, self._folders.target(one.path), item.stat)

    def _check_lies_there(self, item: Item, keep: Keep) -> None:
        """Is what is here just what is saved under the file's name? Else nobody has seen here what would be replaced.

        It may be older than what another session saved, as it was brought from the lab or saved from here, or be gone.
        """
        if item.copy is not None:
            raise errors.NotDone(
                item.path,
                title="What is here is itself a version beside another session's",
                hint=f"Nothing was changed. Decide about {item.copy.key.removeprefix(self._prefix.key)} first.",
            )
        where = self._prefix.child(item.path)
        head = self._desk.store.objects.head(where)
        if item.is_saved and item.saved is not None and head is not None and head.etag == item.saved.etag:
            return
        if head is None:
            gone = no_more_in_s3(self._desk.journal, self._record.id, item.path)
            if keep is not Keep.THEIRS and item.is_saved:
                return  # the save that follows puts it there again
            raise gone
        # It may be another program's, which no list names: the next save looks.
        self._desk.journal.put_fact(look_again(self._record.id), "1")
        newest = next((f" --at {row.at}" for row in self._states.rows()), "")
        raise errors.NotDone(
            item.path,
            title="Another session saved a version of this file under its name that has not been here",
            hint=f"Nothing was changed. Bring that one with `restore {typed(where)}{newest}`, then decide again.",
        )

    def _make_local(self, path: str, working_copy: Path) -> None:
        if repair.has_paths(self._record, path):
            members = self._desk.journal.items(self._record.id)
            repair.make_local(self._desk.parsers, self._record, path, working_copy, members)

    def _note(self, items: list[Item]) -> None:
        """The manifest is behind from now on, so that the save that follows writes it."""
        self._desk.journal.begin_saving(self._record.id, items)

    @contextmanager
    def _arriving(self) -> Iterator[Path]:
        arrived = self._folders.target(f"{_CORNER}/theirs")
        arrived.unlink(missing_ok=True)
        try:
            yield arrived
        finally:
            arrived.unlink(missing_ok=True)

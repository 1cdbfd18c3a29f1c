"""What the journal knows of projects and their files."""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from launcher import errors
from launcher.journal.beside import Beside
from launcher.journal.database import PATIENCE_S, Database, is_no_text, put_fact_row
from launcher.journal.opening import aside
from launcher.journal.records import Item, ProjectRecord
from launcher.journal.rows import (
    ITEM_COLUMNS,
    PROJECT_COLUMNS,
    StoredItem,
    is_sealed,
    item_row,
    project_of,
    project_row,
    seal,
)

T = TypeVar("T")

_WRITER = "writer"
#: The form of `marshal` without references between values: equal rows have equal bytes.
_VALUES_ALONE = 0
#: Rows in memory at once where all of a project's are gone through.
_PAGE = 1000
#: Rows that are asked for by name in one question.
_TOGETHER = 500


class DamagedRow(Exception):
    """A row does not say what was written into it."""


class JournalDamaged(errors.NotDone):
    """It was found out in the middle of something."""

    title = "The launcher's memory of this project was damaged, and was made again"
    hint = "Nothing of your work is lost. Do it again."


def once_more(look: Callable[[], T]) -> T:
    """What a look at the journal finds; where that found it damaged, what the second one does.

    By then it has been made again from the project's folder.
    """
    try:
        return look()
    except JournalDamaged:
        return look()


def _raw(value: object) -> bytes:
    """As it is stored, also when it is no text any more."""
    return str(value).encode(errors="surrogateescape")


class Journal(Database):
    """One per state dir.

    `when_damaged` is called when it found a damaged row, and has forgotten the project that the row was about.
    """

    def __init__(self, file: Path, patience_s: float = PATIENCE_S) -> None:
        super().__init__(file, patience_s)
        self.when_damaged: Callable[[], None] = lambda: None
        self._beside = Beside.of(file)
        if self.is_new and self._beside.writer:
            self.settled_fact(_WRITER, self._beside.writer)

    def writer(self, anew: str) -> str:
        """What tells this state dir from any other; it outlives the journal."""
        writer = self.settled_fact(_WRITER, anew)
        with suppress(OSError):
            self._beside.put_writer(writer)
        return writer

    # Projects

    def put_project(self, record: ProjectRecord, items: Iterable[Item] = ()) -> None:
        """Remember a project, or what changed about it, and the rows that change with it: all of that or nothing."""
        with self.transaction() as db:
            _put_project(db, record)
            _put_rows(db, _rows_of(record.id, items))
        self._name_folder(record)

    def projects(self) -> list[ProjectRecord]:
        """Every project staged on this computer."""
        rows = self._rows(f"SELECT {PROJECT_COLUMNS}, seal FROM project ORDER BY id")  # noqa: S608
        damaged = [row for row in rows if not is_sealed(row)]
        if damaged:
            self._forget(damaged[0][0])
            return self.projects()
        records = [project_of(row[:-1]) for row in rows]
        for record in records:  # what lies beside may have been damaged; the journal, as long as it is sound, says it
            self._name_folder(record)
        return records

    def _name_folder(self, record: ProjectRecord) -> None:
        with suppress(OSError):  # a full disk: it is of use only where the journal is lost, too
            self._beside.put_folder(record.id, str(record.dir))

    def project(self, project_id: str) -> ProjectRecord | None:
        """One of them by its id."""
        return next((record for record in self.projects() if record.id == project_id), None)

    # Files

    def items(self, project_id: str) -> dict[str, Item]:
        """Every file known of a project, by path."""
        found = self._sound_items(project_id)
        if found is None:
            self._forget(project_id)
            return self.items(project_id)
        return found

    def _sound_items(self, project_id: str) -> dict[str, Item] | None:
        """The same row by row, so that no second copy of thousands is in memory; None if one of them is damaged."""
        try:
            return {stored.path: stored.item for stored in self._read("WHERE project=?", project_id)}
        except DamagedRow:
            return None

    def each_item(self, project_id: str) -> Iterator[Item]:
        """The same in the order of their paths, a page of them in memory.

        Raises `JournalDamaged`; it has forgotten the project then, as `items` does.
        """
        return (stored.item for stored in self.each_stored(project_id))

    def each_stored(self, project_id: str) -> Iterator[StoredItem]:
        """The same as rows, in half the time where few of them are needed whole."""
        return self._paged(project_id)

    def brought_alone(self, project_id: str) -> Iterator[StoredItem]:
        """In the same way those that were brought here, and never saved."""
        return self._paged(project_id, "origin IS NOT NULL AND saved IS NULL")

    def _paged(self, project_id: str, which: str = "TRUE") -> Iterator[StoredItem]:
        page, after = [StoredItem([""])], ""
        while page:
            page = self._sound(project_id, f"AND {which} AND path>? ORDER BY path LIMIT {_PAGE}", after)
            yield from page
            after = page[-1].path if page else ""

    def items_at(self, project_id: str, paths: Iterable[str]) -> dict[str, Item]:
        """Those of some files, by path."""
        return {path: one.item for path, one in self.stored_at(project_id, paths).items()}

    def stored_at(self, project_id: str, paths: Iterable[str]) -> dict[str, StoredItem]:
        """The same as rows."""
        asked, found = iter(paths), dict[str, StoredItem]()
        while some := list(islice(asked, _TOGETHER)):
            marks = ",".join("?" * len(some))
            found |= {one.path: one for one in self._sound(project_id, f"AND path IN ({marks})", *some)}
        return found

    def items_with_copies(self, project_id: str) -> list[Item]:
        """Those of which our version lies beside another session's."""
        return [stored.item for stored in self._sound(project_id, "AND copy IS NOT NULL ORDER BY path")]

    def saved_paths(self, project_id: str) -> Iterator[str]:
        """The files that lie in the home prefix under their own names as we saved them, in order."""
        where = "project=? AND path>? AND saved IS NOT NULL AND copy IS NULL"
        query = f"SELECT path FROM item WHERE {where} ORDER BY path LIMIT {_PAGE}"  # noqa: S608
        page, after = [("",)], ""
        while page:
            page = self._rows(query, project_id, after)
            yield from (row[0] for row in page)
            after = page[-1][0] if page else ""

    def digest_of_items(self, project_id: str) -> str:
        """Of every bit in a project's rows, for a quarter of what reading them costs; empty if one is no text."""
        digest = blake2b()
        query = f"SELECT {ITEM_COLUMNS}, seal FROM item WHERE project=? ORDER BY path"  # noqa: S608
        with self._lock:
            try:
                rows = self._db.execute(query, (project_id,))
                while page := rows.fetchmany(_PAGE):
                    digest.update(marshal.dumps(page, _VALUES_ALONE))
            except sqlite3.OperationalError as exc:
                if not is_no_text(exc):
                    raise
                return ""
        return digest.hexdigest()

    def _sound(self, project_id: str, where: str, *values: str) -> list[StoredItem]:
        try:
            return list(self._read(f"WHERE project=? {where}", project_id, *values))
        except DamagedRow as exc:
            self._forget(project_id)
            raise JournalDamaged(self._file) from exc

    def _read(self, where: str, *values: str) -> Iterator[StoredItem]:
        with self._lock:
            try:
                for row in self._db.execute(f"SELECT {ITEM_COLUMNS}, seal FROM item {where}", values):  # noqa: S608
                    if not is_sealed(row):
                        raise DamagedRow
                    yield StoredItem(row[:-1])
            except sqlite3.OperationalError as exc:
                if not is_no_text(exc):
                    raise
                raise DamagedRow from exc

    def _forget(self, project_id: object) -> None:
        """A row was damaged, so no row of its project is believed: the folder and S3 know it all."""
        with self._lock:
            with suppress(sqlite3.Error):  # a copy for whoever wants to know why; none fits on a full disk
                self._db.execute("VACUUM INTO ?", (str(aside(self._file)),))
            with self.transaction() as db:
                db.execute("DELETE FROM item WHERE project=CAST(? AS TEXT)", (_raw(project_id),))
                db.execute("DELETE FROM project WHERE id=CAST(? AS TEXT)", (_raw(project_id),))
            self.when_damaged()

    def forget_project(self, project_id: str) -> None:
        """No longer know a project; what lies on disk and in S3 stays as it is."""
        with suppress(OSError):  # first: what only lies beside counts as lost
            self._beside.drop_folder(project_id)
        with self.transaction() as db:
            db.execute("DELETE FROM item WHERE project=?", (project_id,))
            db.execute("DELETE FROM project WHERE id=?", (project_id,))
            db.execute("DELETE FROM unlisted WHERE project=?", (project_id,))
            db.execute("DELETE FROM fact WHERE name=?", (_manifest(project_id),))

    def lost(self) -> dict[str, Path]:
        """Where projects lie that it does not know, by their ids.

        It was damaged as a whole, is gone, or whoever made it again was killed on the way.
        """
        known = {record.id for record in self.projects()}
        return {name: Path(folder) for name, folder in self._beside.folders.items() if name not in known}

    def folders(self) -> list[Path]:
        """Where projects lie, as it is written beside the journal."""
        return [Path(folder) for folder in self._beside.folders.values()]

    def put_items(self, project_id: str, items: Iterable[Item]) -> None:
        """Remember many files in one transaction: a transaction each would cost a disk flush each."""
        rows = _rows_of(project_id, items)
        first = next(rows, None)
        if first is None:
            return
        with self.transaction() as db:
            _put_rows(db, chain([first], rows))

    def begin_saving(self, project_id: str, items: Iterable[Item] = ()) -> None:
        """Write the intent of a save down: from now on the manifest in S3 is behind."""
        self.put_fact(f"manifest due {project_id}", "yes")
        self.put_items(project_id, items)

    def begin_listing(self, project_id: str) -> int:
        """Before rows are read for a manifest: whoever writes one from now on notes that, with a larger number."""
        if self.fact(_manifest(project_id)) is None:
            self.put_fact(_manifest(project_id), "")
        return int(self._rows("SELECT coalesce(max(number), 0) FROM unlisted")[0][0])

    def unlisted(self, project_id: str) -> set[str]:
        """The files whose rows were written since the last manifest was made."""
        return {path for (path,) in self._rows("SELECT path FROM unlisted WHERE project=?", project_id)}

    def is_listed(self, record: ProjectRecord) -> bool:
        """Does the manifest in S3, which is the one that we wrote last, hold what every row says?"""
        is_last = self.manifest_is_current(record) and self.fact(_manifest(record.id)) == record.manifest_etag
        return is_last and not self._rows("SELECT 1 FROM unlisted WHERE project=? LIMIT 1", record.id)

    def end_saving(self, record: ProjectRecord, listed: int) -> None:
        """The manifest in S3 holds what every row said when its listing began."""
        with self.transaction() as db:
            _put_project(db, record)
            put_fact_row(db, f"manifest due {record.id}", "")
            put_fact_row(db, _manifest(record.id), record.manifest_etag or "")
            db.execute("DELETE FROM unlisted WHERE project=? AND number<=?", (record.id, listed))

    def manifest_is_current(self, record: ProjectRecord) -> bool:
        """Does the manifest in S3 hold the outcome of every save?"""
        return record.manifest_etag is not None and not self.is_saving(record.id)

    def is_saving(self, project_id: str) -> bool:
        """Has a save begun that has not come to its end, here or in another process, or before it was killed?"""
        due = self._fact_row(f"manifest due {project_id}")
        return due is not None and not (is_sealed(due) and not due[1])


def _manifest(project_id: str) -> str:
    """Under this name the journal knows the ETag of our last manifest; the trigger `note_unlisted` asks for it."""
    return f"manifest {project_id}"


def _rows_of(project_id: str, items: Iterable[Item]) -> Iterator[tuple[object, ...]]:
    return ((project_id, *(row := item_row(item)), seal(row)) for item in items)


def _put_rows(db: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
    db.executemany(
        f"INSERT OR REPLACE INTO item (project, {ITEM_COLUMNS}, seal)"  # noqa: S608
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        rows,
    )


def _put_project(db: sqlite3.Connection, record: ProjectRecord) -> None:
    row = project_row(record)
    db.execute(
        f"INSERT OR REPLACE INTO project ({PROJECT_COLUMNS}, seal) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
        (*row, seal(row)),
    )

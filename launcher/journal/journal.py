"""The journal's file: SQLite with a write-ahead log, every transaction forced to disk before the next network step."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher import errors
from launcher.journal.records import Item, Origin, ProjectRecord, Saved, Stat, State

SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS project (
  id TEXT PRIMARY KEY, uri TEXT NOT NULL, name TEXT NOT NULL, tool_id TEXT NOT NULL, marker TEXT NOT NULL,
  dir TEXT NOT NULL, home TEXT NOT NULL, staged_at TEXT NOT NULL, manifest_etag TEXT, last_saved TEXT);
CREATE TABLE IF NOT EXISTS item (
  project TEXT NOT NULL, path TEXT NOT NULL, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, file_id TEXT,
  crc64nvme TEXT NOT NULL, sha256 TEXT NOT NULL, origin TEXT, saved TEXT, state TEXT NOT NULL, cause TEXT NOT NULL,
  next TEXT NOT NULL, copy TEXT, PRIMARY KEY (project, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS block (
  project TEXT NOT NULL, path TEXT NOT NULL, etag TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (project, path, etag, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload (
  project TEXT NOT NULL, path TEXT NOT NULL, upload_id TEXT NOT NULL, key TEXT NOT NULL, crc64nvme TEXT NOT NULL,
  PRIMARY KEY (project, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS probe (server TEXT PRIMARY KEY, session TEXT NOT NULL, found TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_ITEM_COLUMNS = "path, size, mtime_ns, ctime_ns, file_id, crc64nvme, sha256, origin, saved, state, cause, next, copy"


class Journal:
    """One per state dir; safe to use from many threads and processes."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.RLock()
        self._file = file
        try:
            self._db = self._open(file)
        except sqlite3.OperationalError as exc:
            raise _disk_refuses(exc, file) from exc  # full, read-only or busy: that is no damage
        except sqlite3.DatabaseError:
            # It only repeats what S3 and the disk know, so a damaged one is put aside and made anew.
            file.replace(file.with_name(f"{file.name}.damaged-{int(time.time())}"))
            for tail in ("-wal", "-shm"):
                file.with_name(file.name + tail).unlink(missing_ok=True)
            self._db = self._open(file)

    @staticmethod
    def _open(file: Path) -> sqlite3.Connection:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        db = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            _check(db, file)
            db.executescript(_TABLES)
            if "copy" not in {row[1] for row in db.execute("PRAGMA table_info(item)")}:
                db.execute("ALTER TABLE item ADD COLUMN copy TEXT")  # a journal from before conflict copies
            db.execute(f"PRAGMA user_version={SCHEMA}")
        except BaseException:
            db.close()
            raise
        return db

    def close(self) -> None:
        """Finish; what was committed stays."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on disk when it ends; for the tables of this room."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.OperationalError as exc:
                self._undo()
                raise _disk_refuses(exc, self._file) from exc
            except BaseException:
                self._undo()
                raise

    def _undo(self) -> None:
        if self._db.in_transaction:  # a full disk has ended it already
            self._db.execute("ROLLBACK")

    # Projects

    def put_project(self, record: ProjectRecord) -> None:
        """Remember a project, or what changed about it."""
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO project VALUES (?,?,?,?,?,?,?,?,?,?)",
                (record.id, record.uri, record.name, record.tool_id, record.marker, str(record.dir), record.home,
                 record.staged_at, record.manifest_etag, record.last_saved),
            )  # fmt: skip

    def projects(self) -> list[ProjectRecord]:
        """Every project staged on this computer."""
        with self._lock:
            rows = self._db.execute("SELECT * FROM project ORDER BY id").fetchall()
        return [_record(row) for row in rows]

    def project(self, project_id: str) -> ProjectRecord | None:
        """One of them by its id."""
        return next((record for record in self.projects() if record.id == project_id), None)

    # Files

    def items(self, project_id: str) -> dict[str, Item]:
        """Every file known of a project, by path."""
        with self._lock:
            rows = self._db.execute(f"SELECT {_ITEM_COLUMNS} FROM item WHERE project=?", (project_id,)).fetchall()  # noqa: S608
        return {row[0]: _item(row) for row in rows}

    def put_items(self, project_id: str, items: Iterable[Item]) -> None:
        """Remember many files in one transaction: a transaction each would cost a disk flush each."""
        rows = [(project_id, *_row(item)) for item in items]
        if rows:
            with self.transaction() as db:
                db.executemany("INSERT OR REPLACE INTO item VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)

    def begin_saving(self, project_id: str, items: Iterable[Item]) -> None:
        """Write the intent of a save down: from now on the manifest in S3 is behind."""
        self.put_fact(f"manifest due {project_id}", "yes")
        self.put_items(project_id, items)

    def end_saving(self, record: ProjectRecord) -> None:
        """The manifest in S3 says what the journal says."""
        self.put_project(record)
        self.put_fact(f"manifest due {record.id}", "")

    def manifest_is_current(self, record: ProjectRecord) -> bool:
        """Does the manifest in S3 hold the outcome of every save?"""
        return record.manifest_etag is not None and not self.fact(f"manifest due {record.id}")

    # What a kill interrupts

    def blocks(self, project_id: str, path: str, etag: str) -> set[int]:
        """Blocks of a large file that are already on disk; those of another version are forgotten."""
        with self.transaction() as db:
            db.execute("DELETE FROM block WHERE project=? AND path=? AND etag<>?", (project_id, path, etag))
            rows = db.execute(
                "SELECT number FROM block WHERE project=? AND path=? AND etag=?", (project_id, path, etag)
            )
            return {row[0] for row in rows}

    def add_block(self, project_id: str, path: str, etag: str, number: int) -> None:
        """One more block is on disk."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO block VALUES (?,?,?,?)", (project_id, path, etag, number))

    def drop_blocks(self, project_id: str, path: str) -> None:
        """The file is complete, or starts again."""
        with self.transaction() as db:
            db.execute("DELETE FROM block WHERE project=? AND path=?", (project_id, path))

    def upload(self, project_id: str, path: str) -> tuple[str, str, str] | None:
        """An unfinished upload in parts: its id, key and the checksum of the content it is for."""
        with self._lock:
            query = "SELECT upload_id, key, crc64nvme FROM upload WHERE project=? AND path=?"
            row = self._db.execute(query, (project_id, path)).fetchone()
        return tuple(row) if row else None

    def put_upload(self, project_id: str, path: str, upload_id: str, key: str, crc64nvme: str) -> None:
        """Written before the first part goes."""
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO upload VALUES (?,?,?,?,?)", (project_id, path, upload_id, key, crc64nvme)
            )

    def drop_upload(self, project_id: str, path: str) -> None:
        """It is complete, or was aborted."""
        with self.transaction() as db:
            db.execute("DELETE FROM upload WHERE project=? AND path=?", (project_id, path))

    # Facts about servers and this computer

    def probe(self, server: str, session: str) -> list[str] | None:
        """What this session found the server not to do; None if it has not looked yet."""
        with self._lock:
            row = self._db.execute("SELECT found FROM probe WHERE server=? AND session=?", (server, session)).fetchone()
        return json.loads(row[0]) if row else None

    def put_probe(self, server: str, session: str, found: list[str]) -> None:
        """Remember it for the rest of the session."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO probe VALUES (?,?,?)", (server, session, json.dumps(found)))

    def fact(self, name: str) -> str | None:
        """A single remembered value, such as the scratch root that was chosen."""
        with self._lock:
            row = self._db.execute("SELECT value FROM fact WHERE name=?", (name,)).fetchone()
        return str(row[0]) if row else None

    def settled_fact(self, name: str, value: str) -> str:
        """The remembered value, or else this one from now on: of several processes the first one settles it."""
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO fact VALUES (?,?)", (name, value))
            return str(db.execute("SELECT value FROM fact WHERE name=?", (name,)).fetchone()[0])

    def put_fact(self, name: str, value: str) -> None:
        """Remember a single value."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO fact VALUES (?,?)", (name, value))


def _disk_refuses(exc: sqlite3.OperationalError, file: Path) -> errors.LocalDisk:
    """Full, read-only, or held by another program for too long; the journal itself is sound."""
    return errors.LocalDisk(
        file.parent,
        title=f"The launcher cannot write down what it does ({exc})",
        hint="Your files are unchanged. Free some space or choose another --state-dir, then try again.",
    )


def _check(db: sqlite3.Connection, file: Path) -> None:
    """Raise if the file is damaged, or is not for this program."""
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("quick_check")
    if db.execute("PRAGMA user_version").fetchone()[0] > SCHEMA:
        raise errors.BadUsage(file, title="This journal was written by a newer Pose Launcher", hint="Use that one.")


def _record(row: tuple[str, ...]) -> ProjectRecord:
    project_id, uri, name, tool_id, marker, folder, home, staged_at, manifest_etag, last_saved = row
    return ProjectRecord(
        project_id, uri, name, tool_id, marker, Path(folder), home, staged_at, manifest_etag, last_saved
    )


def _row(item: Item) -> tuple[object, ...]:
    stat = item.stat
    # A file id can use all 64 bits, which SQLite's signed integers do not hold.
    numbers = (stat.size, stat.mtime_ns, stat.ctime_ns, str(stat.file_id)) if stat else (None, None, None, None)
    origin = json.dumps(_fields(item.origin)) if item.origin else None
    saved, copy = (json.dumps(_fields(one)) if one else None for one in (item.saved, item.copy))
    words = (item.state.value, item.cause, item.next)
    return (item.path, *numbers, item.crc64nvme, item.sha256, origin, saved, *words, copy)


def _fields(value: Origin | Saved) -> dict[str, object]:
    """Flat values; `asdict` would copy each of them deeply, which was half the cost of remembering a file."""
    return {name: getattr(value, name) for name in value.__slots__}


def _item(row: tuple[object, ...]) -> Item:
    path, size, mtime_ns, ctime_ns, file_id, crc, sha, origin, saved, state, cause, next_step, copy = row
    stat = None if size is None else Stat(int(str(size)), int(str(mtime_ns)), int(str(ctime_ns)), int(str(file_id)))
    return Item(
        path=str(path),
        stat=stat,
        crc64nvme=str(crc),
        sha256=str(sha),
        origin=Origin(**json.loads(str(origin))) if origin else None,
        saved=Saved(**json.loads(str(saved))) if saved else None,
        state=State(str(state)),
        cause=str(cause),
        next=str(next_step),
        copy=Saved(**json.loads(str(copy))) if copy else None,
    )

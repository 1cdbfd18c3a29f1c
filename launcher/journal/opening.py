"""Open the journal's file: checked first, put aside when it is damaged, made when it is not there."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from launcher import errors
from launcher.journal import reserve

SCHEMA = 1
_MADE_WITHIN_S, _LOOK_EVERY_S = 5.0, 0.01
_TABLES = """
CREATE TABLE IF NOT EXISTS project (
  id TEXT PRIMARY KEY, uri TEXT NOT NULL, name TEXT NOT NULL, tool_id TEXT NOT NULL, marker TEXT NOT NULL,
  dir TEXT NOT NULL, home TEXT NOT NULL, staged_at TEXT NOT NULL, manifest_etag TEXT, last_saved TEXT);
CREATE TABLE IF NOT EXISTS item (
  project TEXT NOT NULL, path TEXT NOT NULL, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, file_id TEXT,
  crc64nvme TEXT NOT NULL, sha256 TEXT NOT NULL, origin TEXT, saved TEXT, state TEXT NOT NULL, cause TEXT NOT NULL,
  next TEXT NOT NULL, PRIMARY KEY (project, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS block (
  project TEXT NOT NULL, path TEXT NOT NULL, etag TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (project, path, etag, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload (
  project TEXT NOT NULL, path TEXT NOT NULL, upload_id TEXT NOT NULL, key TEXT NOT NULL, crc64nvme TEXT NOT NULL,
  PRIMARY KEY (project, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS probe (server TEXT PRIMARY KEY, session TEXT NOT NULL, found TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS unlisted (
  number INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, path TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS note_unlisted AFTER INSERT ON item
  WHEN EXISTS (SELECT 1 FROM fact WHERE name='manifest ' || NEW.project)
  BEGIN INSERT INTO unlisted (project, path) VALUES (NEW.project, NEW.path); END;
"""
#: Columns that came later; a journal from before gets them.
_ADDED = (
    ("item", "copy", "TEXT"),
    ("item", "seal", "INTEGER"),
    ("upload", "fingerprint", "TEXT"),
    ("project", "seal", "INTEGER"),
    ("fact", "seal", "INTEGER"),
)

_OF_THE_DISK = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def open_sound(file: Path, patience_s: float) -> tuple[sqlite3.Connection, bool]:
    """The database, and whether it is a new one: it was not there, or it was damaged.

    It only repeats what S3 and the disk know, so a damaged one is put aside, and is made anew from those.
    """
    is_new = not file.exists()
    reserve.look_after(file.parent)
    try:
        return _open_at_any_cost(file, patience_s), is_new
    except (sqlite3.DatabaseError, UnicodeDecodeError) as exc:  # the latter in the words for the former
        if isinstance(exc, sqlite3.OperationalError) and _is_no_damage(exc):
            raise disk_refuses(exc, file) from exc
        file.replace(aside(file))
        for tail in ("-wal", "-shm"):
            file.with_name(file.name + tail).unlink(missing_ok=True)
        return _open(file, patience_s), True


def _open_at_any_cost(file: Path, patience_s: float) -> sqlite3.Connection:
    """On a full disk, with the space that was set aside for this."""
    try:
        return _open(file, patience_s)
    except sqlite3.OperationalError as exc:
        if is_full(exc) and reserve.give_up(file.parent):
            return _open(file, patience_s)
        raise


def is_full(exc: sqlite3.OperationalError) -> bool:
    """Can it be that the disk is full? The log's index says no more than that it cannot be written."""
    return getattr(exc, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


def _is_no_damage(exc: sqlite3.OperationalError) -> bool:
    """Is it busy, full, read-only, or refused by the disk? Then what is written there may well be sound."""
    return getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _OF_THE_DISK


def aside(file: Path) -> Path:
    """Where a damaged one is kept for whoever wants to know why."""
    return file.with_name(f"{file.name}.damaged-{time.time_ns()}")


def _open(file: Path, patience_s: float) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        file.touch(mode=0o600, exist_ok=False)  # one that is there keeps its time: see `identity.py`
    db = sqlite3.connect(file, timeout=patience_s, isolation_level=None, check_same_thread=False)
    try:
        _log_ahead(db)
        db.execute("PRAGMA synchronous=FULL")
        _check(db, file)
        db.executescript(_TABLES)
        _add_columns(db)
        _check_columns(db)
        _say_schema(db)
    except BaseException:
        db.close()
        raise
    return db


def _say_schema(db: sqlite3.Connection) -> None:
    """Where it is not said yet: to say it again would be a write like any other, forced to disk at every start."""
    if db.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:
        db.execute(f"PRAGMA user_version={SCHEMA}")


def _log_ahead(db: sqlite3.Connection) -> None:
    """Two that make the journal at the same moment refuse each other here at once, whatever their patience."""
    until = time.monotonic() + _MADE_WITHIN_S
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_LOOK_EVERY_S)
        else:
            return


def _add_columns(db: sqlite3.Connection) -> None:
    missing = [added for added in _ADDED if added[1] not in _columns(db, added[0])]
    if not missing:
        return
    db.execute("BEGIN IMMEDIATE")  # another process may add them at this moment
    for table, column, kind in _ADDED:
        if column not in _columns(db, table):
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    db.execute("COMMIT")


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in db.execute(f"PRAGMA table_info({table})")}


def _check_columns(db: sqlite3.Connection) -> None:
    """The words of the schema are text, too, in which a bit can flip."""
    with sqlite3.connect(":memory:") as model:
        model.executescript(_TABLES)
        _add_columns(model)
        tables = [row[0] for row in model.execute("SELECT name FROM sqlite_master")]
        if any(_columns(model, table) - _columns(db, table) for table in tables):
            raise sqlite3.DatabaseError("schema")
    model.close()


def _check(db: sqlite3.Connection, file: Path) -> None:
    """Raise if the file is damaged, or is not for this program."""
    if db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("integrity_check")
    if db.execute("PRAGMA user_version").fetchone()[0] > SCHEMA:
        raise errors.BadUsage(file, title="This journal was written by a newer Pose Launcher", hint="Use that one.")


def disk_refuses(exc: sqlite3.OperationalError, file: Path) -> errors.LocalDisk:
    """Full, read-only, or held by another program for too long; the journal itself is sound."""
    return errors.LocalDisk(
        file.parent,
        title=f"The launcher cannot write down what it does ({exc})",
        hint="Your files are unchanged. Free some space or choose another --state-dir, then try again.",
    )

"""The journal's file: SQLite with a write-ahead log, every transaction forced to disk before the next network step."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from launcher.journal import reserve
from launcher.journal.identity import identity_of
from launcher.journal.opening import disk_refuses, is_full, open_sound
from launcher.journal.rows import is_sealed, seal

#: Another process holds it for the length of a transaction.
PATIENCE_S = 30.0


class Database:
    """Safe to use from many threads and processes; `is_new` where there was none, or a damaged one was put aside."""

    def __init__(self, file: Path, patience_s: float = PATIENCE_S) -> None:
        self._lock = threading.RLock()
        self._file = file
        self._patience_s = patience_s
        self._db, self.is_new = open_sound(file, patience_s)
        self._file_id = file.stat().st_ino

    @property
    def is_in_place(self) -> bool:
        """Is this still the file that others find? Another process may have put it aside as damaged."""
        with suppress(OSError):
            return self._file.stat().st_ino == self._file_id
        return False

    @property
    def folder(self) -> Path:
        """The state dir in which it lies."""
        return self._file.parent

    def identity(self) -> str:
        """Differs from what it was before if anybody has written since, also once it was closed; empty if not sure."""
        return identity_of(self._file)

    def close(self) -> None:
        """Finish; what was committed stays."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
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
                if is_full(exc):
                    reserve.give_up(self._file.parent)  # whoever tries again has room
                raise disk_refuses(exc, self._file) from exc
            except BaseException:
                self._undo()
                raise

    def _undo(self) -> None:
        if self._db.in_transaction:  # a full disk has ended it already
            self._db.execute("ROLLBACK")

    def writes(self) -> tuple[int, int]:
        """Differs from what it was before if anybody, here or in another process, has written meanwhile."""
        with self._lock:
            return self._db.execute("PRAGMA data_version").fetchone()[0], self._db.total_changes

    def writes_of_others(self) -> int:
        """The same for other connections alone."""
        return self.writes()[0]

    def come_to_rest(self) -> None:
        """Put into the file what is in the log, as the last one who closes it does, so that its identity outlives us.

        Where another process has it open, that may not be possible, and is not needed.
        """
        with self._lock, suppress(sqlite3.OperationalError):
            self._db.execute("PRAGMA busy_timeout=0")
            try:
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                self._db.execute(f"PRAGMA busy_timeout={round(self._patience_s * 1000)}")

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
        """A single remembered value, such as the scratch root that was chosen; a damaged one is not remembered."""
        row = self._fact_row(name)
        return str(row[1]) if row is not None and is_sealed(row) else None

    def _fact_row(self, name: str) -> tuple[object, ...] | None:
        rows = self._rows("SELECT name, value, seal FROM fact WHERE name=?", name)
        return rows[0] if rows else None

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """What is stored; a text that is none any more comes as something that no seal fits."""
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.OperationalError as exc:
                if not is_no_text(exc):
                    raise
            decode, self._db.text_factory = self._db.text_factory, _any_text
            try:
                return self._db.execute(query, values).fetchall()
            finally:
                self._db.text_factory = decode

    def settled_fact(self, name: str, value: str) -> str:
        """The remembered value, or else this one from now on: of several processes the first one settles it."""
        with self.transaction() as db:
            row = (name, value)
            db.execute("INSERT OR IGNORE INTO fact (name, value, seal) VALUES (?,?,?)", (*row, seal(row)))
            return str(db.execute("SELECT value FROM fact WHERE name=?", (name,)).fetchone()[0])

    def put_fact(self, name: str, value: str) -> None:
        """Remember a single value."""
        with self.transaction() as db:
            put_fact_row(db, name, value)


def is_no_text(exc: sqlite3.OperationalError) -> bool:
    """Was a text so damaged that it cannot be decoded? SQLite's module says that in words alone."""
    return "decode" in str(exc)


def _any_text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


def put_fact_row(db: sqlite3.Connection, name: str, value: str) -> None:
    """In a transaction that is open already."""
    row = (name, value)
    db.execute("INSERT OR REPLACE INTO fact (name, value, seal) VALUES (?,?,?)", (*row, seal(row)))

"""The runs of pose tools that this computer remembers: who claimed a project, since when, and how it ended."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass, fields, replace
from typing import Any

from launcher.journal.journal import Journal

_TABLE = """
CREATE TABLE IF NOT EXISTS run (
  run TEXT PRIMARY KEY, tool_id TEXT NOT NULL, project TEXT NOT NULL, marker TEXT NOT NULL, dir TEXT NOT NULL,
  started TEXT NOT NULL, opener TEXT NOT NULL, window TEXT NOT NULL, seconds_to_window REAL,
  stop_asked INTEGER NOT NULL, state TEXT NOT NULL, ended TEXT, exit_code INTEGER)
"""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One started tool. `marker` is the project's file with its full path: a project is open at most once.

    `opener` is the process that claims the project until the tool itself runs. `state` is empty until the run ended.
    """

    run: str
    tool_id: str
    project: str
    marker: str
    dir: str
    started: str
    opener: str
    window: str = ""
    seconds_to_window: float | None = None
    stop_asked: bool = False
    state: str = ""
    ended: str | None = None
    exit_code: int | None = None


_COLUMNS = ", ".join(field.name for field in fields(RunRecord))
_PLACES = ", ".join("?" for _ in fields(RunRecord))


class RunRecords:
    """The runs in a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        with journal.transaction() as db:
            db.execute(_TABLE)

    def claim(self, record: RunRecord) -> RunRecord:
        """Write a run down unless its project has one that has not ended: of two claims at once, one wins.

        Returns the run that holds the project, which is `record` for the winner.
        """
        with self._journal.transaction() as db:
            held = _read(db, "WHERE marker=? AND state=''", record.marker)
            if held:
                return held[0]
            db.execute(f"INSERT INTO run ({_COLUMNS}) VALUES ({_PLACES})", astuple(record))  # noqa: S608
            return record

    def listed(self) -> list[RunRecord]:
        """Every run, the newest first."""
        with self._journal.transaction() as db:
            return _read(db, "ORDER BY started DESC, run DESC")

    def find(self, run: str) -> RunRecord | None:
        """One of them."""
        with self._journal.transaction() as db:
            return next(iter(_read(db, "WHERE run=?", run)), None)

    def window_is_up(self, run: str, window: str, seconds: float) -> None:
        """The project's window was seen for the first time."""
        self._change("window=?, seconds_to_window=?", window, seconds, run=run)

    def ask_to_stop(self, run: str) -> None:
        """Written before the tool is told, so that its end is never taken for a crash."""
        self._change("stop_asked=1", run=run)

    def end(self, run: str, state: str, ended: str, exit_code: int | None) -> None:
        """It is over, once and for all."""
        self._change("state=?, ended=?, exit_code=?", state, ended, exit_code, run=run)

    def forget(self, run: str) -> None:
        """Nobody asks for it any more."""
        with self._journal.transaction() as db:
            db.execute("DELETE FROM run WHERE run=?", (run,))

    def _change(self, what: str, *values: object, run: str) -> None:
        with self._journal.transaction() as db:
            db.execute(f"UPDATE run SET {what} WHERE run=? AND state=''", (*values, run))  # noqa: S608


def _read(db: sqlite3.Connection, where: str, *values: str) -> list[RunRecord]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM run {where}", values).fetchall()  # noqa: S608
    return [_record(row) for row in rows]


def _record(row: tuple[Any, ...]) -> RunRecord:
    record = RunRecord(*row)
    return replace(record, stop_asked=bool(record.stop_asked))  # SQLite knows numbers only

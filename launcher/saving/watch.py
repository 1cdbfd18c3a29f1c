"""Save continuously, until stopped: what goes quiet is saved, whatever happens to window, network or folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

from launcher.journal import ProjectRecord
from launcher.saving.signs import note_changed
from launcher.saving.watch_project import SCAN_EVERY_S, Engine, Watched
from launcher.saving.watching import FolderEvents


class Watch:
    """The saver's loop, on the thread that calls `run`."""

    def __init__(self, engine: Engine, records: Callable[[], list[ProjectRecord]]) -> None:
        self._engine = engine
        self._records = records
        # A queue, because its `put` may be called from a signal handler that interrupts its own `get`.
        self._news: SimpleQueue[list[Path]] = SimpleQueue()
        self._events = FolderEvents(self._heard)
        self._watched: dict[str, Watched] = {}
        self._is_stopping = False

    def stop(self) -> None:
        """End after the batch in hand; safe to call from a signal handler."""
        self._is_stopping = True
        self._news.put([])

    @property
    def is_hanging(self) -> bool:
        """Is a large upload still under way after the end? It goes on at the next start, and nobody waits for it."""
        return any(watched.is_hanging for watched in self._watched.values())

    def run(self) -> None:
        """Until `stop`, or until what we remember is gone: nobody could find, ask or end us any more."""
        changed: list[Path] = []
        try:
            while not self._is_stopping and self._engine.state.is_dir() and self._engine.saver.journal.is_in_place:
                self._round(changed)
                changed = self._wait()
        finally:
            self._events.close()
            for watched in self._watched.values():
                watched.end()

    def _heard(self, changed: list[Path]) -> None:
        """By the thread that listens: a batch in hand may take minutes, and whoever shows "saved" is not to wait."""
        note_changed(self._engine.state)
        self._news.put(changed)

    def _round(self, changed: list[Path]) -> None:
        records = {record.id: record for record in self._records()}
        for project_id, record in records.items():
            if project_id not in self._watched:
                self._watched[project_id] = Watched(self._engine, record, lambda: self._news.put([]))
        self._events.follow(record.dir for record in records.values())
        for project_id, watched in self._watched.items():
            watched.look(records.get(project_id, watched.record), changed)
        for watched in self._watched.values():
            if not self._is_stopping:
                watched.work()

    def _wait(self) -> list[Path]:
        """Until something changed, or there is something to do; what changed."""
        now = self._engine.clock()
        pause = min((watched.next_at() - now for watched in self._watched.values()), default=SCAN_EVERY_S)
        changed: list[Path] = []
        try:
            changed += self._news.get(timeout=min(max(pause, 0.0), SCAN_EVERY_S))
            while True:
                changed += self._news.get_nowait()
        except Empty:
            return changed

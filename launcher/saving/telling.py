"""What the saver tells about one project: each thing once, and what stands in its way kept for `status`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord
from launcher.projects.stage_plan import in_files
from launcher.saving.report import SaveReport
from launcher.saving.stopped import problem_fact, told


class Telling:
    """Remembers what was told, so that the same is not told again as long as it is so."""

    def __init__(self, record: ProjectRecord, journal: Journal, tell: Callable[[str], None]) -> None:
        self._record = record
        self._journal = journal
        self._tell = tell
        self._problem = journal.fact(problem_fact(record.id)) or ""
        self._named: dict[str, str] = {}

    def problem(self, exc: errors.LauncherError | None) -> None:
        """What stands in the way of the whole project; None when nothing does any more."""
        words = json.dumps(told(exc)) if exc else ""
        if words == self._problem:
            return
        self._problem = words
        with suppress(errors.LauncherError):  # a full disk: it is told all the same
            self._journal.put_fact(problem_fact(self._record.id), words)
        self.say(str(exc) if exc else "saving goes on")

    def saved(self, report: SaveReport) -> None:
        """What has gone, and what is kept twice."""
        for file in report.saved:
            self._named.pop(file.path, None)
        if report.saved:
            self.say(f"{in_files(len(report.saved))} saved")
        for path, why in report.odd_names.items():
            self.say(f"{path} is saved, but cannot be brought to a computer: its name {why}. Rename it")
        for kept in report.conflicts:
            self.say(f"another session changed {kept.path} too; both versions are kept")

    def failures(self, failed: Iterable[Item]) -> None:
        """Each file once, as long as its cause is the same."""
        for item in failed:
            if self._named.get(item.path) != item.cause:
                self.say(f"{item.path} is not saved: {item.cause}. {item.next}")
            self._named[item.path] = item.cause

    def say(self, words: str) -> None:
        """One line, with the project's name in front."""
        self._tell(f"{self._record.name}: {words}")

"""What is still missing in the home bucket, from the journal and the disk alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord, State
from launcher.projects.left_folders import left_with_work
from launcher.projects.marker import silent
from launcher.projects.whose import may_be_its
from launcher.saving.changes import Changes
from launcher.saving.leaving import Unsaved
from launcher.saving.quiet import is_label
from launcher.saving.save import Saver, SaveReport
from launcher.saving.session_file import MissingFile
from launcher.saving.stopped import emptied, unsaved_fact
from launcher.tools import tool

NO_TIME = "There was no time left to save it"
CHANGED_SINCE = "It was changed again after it had been saved"


def no_time(_project: str, _path: str) -> str:
    """Why a file is missing of which nothing else is known."""
    return NO_TIME


class Shortfall:
    """The files of all projects whose present content nobody has confirmed."""

    def __init__(self, saver: Saver) -> None:
        self._saver = saver
        self.records = {record.id: record for record in saver.journal.projects()}
        #: Projects of which nobody can tell any more what is saved, by their ids.
        self.silent = silent(saver.journal)
        #: What the last look for what is missing has found.
        self._found: dict[str, Changes] = {}
        #: How long such a look takes, of 200,000 files seconds.
        self.look_s = 0.0

    def known_ids(self) -> set[str]:
        """Of all projects that are, or were, this state dir's to speak of, also of what the journal has lost."""
        return {*self.records, *self._saver.journal.lost()}

    def missing(
        self, problems: Mapping[str, errors.LauncherError], why: Callable[[str, str], str] = no_time
    ) -> list[MissingFile]:
        """By name and cause; `problems` are those that concern whole projects, `why` knows of single files."""
        began = time.monotonic()
        found = (self._missing_of(record, problems.get(record.id), why) for record in self.records.values())
        rows = [row for of_one in found for row in of_one]
        rows += [MissingFile(project_id, "", 0, in_words(exc)) for project_id, exc in self.silent.items()]
        self.look_s = max(self.look_s, time.monotonic() - began)
        return rows

    def _missing_of(
        self, record: ProjectRecord, problem: errors.LauncherError | None, why: Callable[[str, str], str]
    ) -> list[MissingFile]:
        try:
            changes, left_out = self._looked(record)
        except errors.LauncherError as exc:
            self._found.pop(record.id, None)
            return [] if was_put_away(self._saver.journal, record) else [MissingFile(record.id, "", 0, in_words(exc))]
        self._found[record.id] = changes
        rows = [MissingFile(record.id, path, 0, reason) for path, reason in left_out.items()]
        for path in changes.upload:
            item = changes.failed.get(path)
            known = f"{item.cause}. {item.next}" if item else ""
            cause = known or (in_words(problem) if problem else why(record.id, path))
            rows.append(MissingFile(record.id, path, changes.here.size(path), cause))
        left = left_with_work(self._saver.journal, record)
        return rows + [MissingFile(record.id, str(exc.subject), 0, in_words(exc)) for exc in left]

    def _looked(self, record: ProjectRecord) -> tuple[Changes, dict[str, str]]:
        """Raises where nothing is left of what was there: that was hardly meant, and is asked about."""
        changes, left_out = self._saver.changes(record)
        if changes.is_empty and not left_out and was_brought(self._saver.journal, record):
            raise emptied(record.dir)
        return changes, left_out

    def found(self) -> list[Unsaved]:
        """What of it can be sent."""
        known = [(self.records[project_id], changes) for project_id, changes in self._found.items()]
        return [one for record, changes in known for one in self._unsaved_of(record, changes)]

    def unsaved(self) -> list[Unsaved]:
        """The same, looked at anew."""
        self.missing({})
        return self.found()

    @staticmethod
    def _unsaved_of(record: ProjectRecord, changes: Changes) -> list[Unsaved]:
        kind = tool(record.tool_id)
        found = [(rank, path, changes.here[path]) for rank, path in enumerate(changes.upload)]
        return [Unsaved(record, path, stat, is_label(kind, path, stat.size), rank) for rank, path, stat in found]

    def unlisted(self) -> set[str]:
        """Projects of which something is saved, as `missing` has found it, and whose list does not say so yet."""
        journal = self._saver.journal
        return {one for one, changes in self._found.items() if changes.unchanged and journal.is_saving(one)}

    def describe(self, reports: Mapping[str, SaveReport]) -> None:
        """Fill in what needed nothing, as `missing` has found it."""
        for project_id, changes in self._found.items():
            report = reports[project_id]
            report.by_reference = list(changes.by_reference)
            report.unchanged = changes.unchanged - len(report.saved) - len(report.conflicts)

    def is_behind(self, record: ProjectRecord) -> bool:
        """Is everything sent, and only the manifest does not say so yet?"""
        try:
            return not self._saver.journal.manifest_is_current(record) and self._saver.changes(record)[0].unchanged > 0
        except errors.LauncherError:
            return False


def in_words(exc: errors.LauncherError) -> str:
    """What happened and what next, in one line."""
    return f"{exc.title}. {exc.hint}"


def was_brought(journal: Journal, record: ProjectRecord) -> bool:
    """Has anything of it ever been here?"""
    return any(not item.is_elsewhere for item in journal.each_item(record.id))


def was_put_away(journal: Journal, record: ProjectRecord) -> bool:
    """Is its folder not here any more, and everything that was in it saved?"""
    if may_be_its(record.dir, record.id) or journal.is_saving(record.id) or journal.fact(unsaved_fact(record.id)):
        return False
    return not any(map(_was_unsaved, journal.each_item(record.id)))


def _was_unsaved(item: Item) -> bool:
    """When the journal last heard of it, did it hold work that was nowhere else?"""
    if item.state in (State.SENDING, State.FAILED):
        return True
    return not item.is_elsewhere and item.is_nowhere_else

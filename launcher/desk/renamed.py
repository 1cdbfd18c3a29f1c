"""A project's folder to which a person gave another name: it is found beside where it was, by its very files."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from launcher.journal import Journal, ProjectRecord
from launcher.projects.listed import Unreadable, has_marker
from launcher.projects.marker import marked


class Renamed:
    """Follows the folders of one journal's projects; a place is looked into again when something changed in it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._looked: dict[str, int] = {}

    def projects(self) -> list[ProjectRecord]:
        """Every project, where it lies now. Without this, work in a renamed folder would be nobody's to save."""
        gone = [record for record in self._journal.projects() if _is_gone(record.dir)]
        for record in gone:
            with suppress(OSError):  # what cannot be looked at stays gone
                self._follow(record)
        return self._journal.projects()

    def _follow(self, record: ProjectRecord) -> None:
        place = record.dir.parent
        changed = place.stat().st_mtime_ns
        if self._looked.get(record.id) == changed:
            return
        self._looked[record.id] = changed
        with os.scandir(place) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        for name in names:
            if self._is_it(record, place / name):
                self._journal.put_project(replace(record, dir=place / name))
                return

    def _is_it(self, record: ProjectRecord, folder: Path) -> bool:
        """A copy says of itself what the folder says; only the folder has the files that were here."""
        found = marked(folder)
        if found is None or found.id != record.id:
            return False
        known = self._journal.items(record.id).values()
        return any(_is_same(folder / item.path, item.stat.file_id) for item in known if item.stat is not None)


def _is_gone(folder: Path) -> bool:
    """Is it not there, or another one that has its name now? What nobody may look into may be there."""
    try:
        return not has_marker(folder)
    except Unreadable:
        return False


def _is_same(file: Path, file_id: int) -> bool:
    try:
        return bool(file_id) and os.lstat(file).st_ino == file_id
    except OSError:
        return False

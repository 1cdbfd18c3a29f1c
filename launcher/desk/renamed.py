"""A project's folder that a person renamed, or moved to another place that programs offer: found by its very files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from launcher.journal import Item, Journal, ProjectRecord, Stat
from launcher.projects.local_files import stat_of
from launcher.projects.marker import marked
from launcher.projects.whose import Unreadable, is_folder_of
from launcher.session.mount_points import system_mounts
from launcher.session.survival import offered_and_lost

#: File systems tell times in steps of up to two seconds.
_SAME_TIME_NS = 2_000_000_000


class Renamed:
    """Follows the folders of one journal's projects; a place is looked into again when something changed in it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._looked: dict[tuple[str, Path], int] = {}

    def projects(self) -> list[ProjectRecord]:
        """Every project, where it lies now. Without this, work in a renamed folder would be nobody's to save."""
        gone = [record for record in self._journal.projects() if _is_gone(record)]
        for record in gone:
            folder = next((found for place in _places(record) if (found := self._found(record, place))), None)
            if folder is not None:
                self._journal.put_project(replace(record, dir=folder))
        return self._journal.projects()

    def _found(self, record: ProjectRecord, place: Path) -> Path | None:
        with suppress(OSError):  # what cannot be looked at stays gone
            changed = place.stat().st_mtime_ns
            if self._looked.get((record.id, place)) != changed:
                found = [folder for folder in _folders(place) if self._is_it(record, folder)]
                if len(found) == 1:
                    return found[0]  # again, where a save that was under way has written the old name back
                self._looked[record.id, place] = changed  # nobody can tell in which of several the work goes on
        return None

    def _is_it(self, record: ProjectRecord, folder: Path) -> bool:
        """A copy says of itself what the folder says; only the folder has the files that were here.

        Of a project that is made here no file is known before its first save: there is only what it says. To another
        disk a folder is moved by a copy, after which the first one goes.
        """
        found = marked(folder)
        if found is None or found.id != record.id:
            return False
        known = self._journal.items(record.id).values()
        if not known or any(_is_same(folder / item.path, item.stat) for item in known if item.stat is not None):
            return True
        return _is_on_another_disk(folder, record.dir) and _was_moved(folder, known)


def _places(record: ProjectRecord) -> Iterable[Path]:
    """Where a folder goes that is dragged away, beside where it was first of all; not a bin."""
    home = Path.home()
    return dict.fromkeys((record.dir.parent, home, *map(Path, offered_and_lost(home))))


def _folders(place: Path) -> list[Path]:
    """Mounts are not looked into: a frozen one would hold us, and no file there is one of this disk's."""
    mounts = system_mounts()
    with os.scandir(place) as entries:
        names = sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
    return [Path(name) for name in names if name not in mounts]


def _is_gone(record: ProjectRecord) -> bool:
    """Is its folder not there, or another one that has its name now? What nobody may look into may be there."""
    try:
        return not is_folder_of(record.dir, record.id)
    except Unreadable:
        return False


def _is_same(file: Path, was: Stat) -> bool:
    now = _now(file)
    return now is not None and was.file_id != 0 and now.file_id == was.file_id


def _was_moved(folder: Path, known: Iterable[Item]) -> bool:
    """Is something as it was here, and nothing older? An older copy would bring earlier contents back as new ones."""
    is_as_it_was = False
    for item in known:
        if item.stat is None or (now := _now(folder / item.path)) is None:
            continue
        later_ns = now.mtime_ns - item.stat.mtime_ns
        if later_ns < -_SAME_TIME_NS:
            return False
        is_as_it_was = is_as_it_was or (later_ns < _SAME_TIME_NS and now.size == item.stat.size)
    return is_as_it_was


def _is_on_another_disk(folder: Path, gone: Path) -> bool:
    there = next((parent for parent in gone.parents if parent.exists()), folder)
    return folder.stat().st_dev != there.stat().st_dev


def _now(file: Path) -> Stat | None:
    """None also where nobody may look: the others tell enough."""
    with suppress(OSError):
        return stat_of(file)
    return None

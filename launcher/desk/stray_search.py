"""Looks for pose projects that would go with the machine: a folder on the Desktop, a `.slp` file in it, a copy."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from fnmatch import translate
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import launcher
from launcher import errors
from launcher.desk import local_project, mounts_seen
from launcher.desk.copied import is_copy_with_work
from launcher.desk.new_folder import is_unfinished
from launcher.desk.renamed import Renamed
from launcher.desk.scratch import scratch_root
from launcher.desk.stray import Stray, is_taken
from launcher.projects.local_files import scan
from launcher.projects.source import LocalSource
from launcher.projects.whose import Unreadable, has_marker
from launcher.session import survival
from launcher.session.mount_points import system_mounts
from launcher.tools import TOOLS

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.projects.find import FoundProject
    from launcher.tools.protocol import Listed, PoseTool

#: Where this program lies, with its sample.
_PROGRAM = Path(launcher.__file__).parents[1]
#: As many entries are looked at in one folder: a file among thousands of pictures may be a project.
_ENTRIES = 5_000
#: Programs keep things of their own there, thousands of folders deep in the profile of Windows.
_OF_PROGRAMS = "AppData"
#: How deep people nest what belongs together, and how many folders of a place there is time for, the nearest first.
_DEPTH, _FOLDERS = 4, 2_000
#: Beside a file that is a project, as many files are looked at: all that is in a home would take a minute.
_BESIDE = 5_000


def _named_like(tools: Iterable[PoseTool]) -> Callable[[str], object]:
    """Tells of a file's name whether one of the tools may know a project by it."""
    return re.compile("|".join(translate(pattern) for kind in tools for pattern in kind.markers)).match


_ANY = _named_like(TOOLS)
_FOLDER, _FILE = (_named_like(kind for kind in TOOLS if kind.is_one_file is is_file) for is_file in (False, True))


def strays(desk: Desk) -> list[Stray]:
    """What would be lost with the session and is not saved from where it is; nothing outside a stream."""
    if not desk.facts.is_in_a_stream:
        return []
    return sorted(_Search(desk).found(), key=lambda stray: stray.dir)


def mount_points(desk: Desk) -> set[str]:
    """Nobody looks into them: a frozen one would hold us."""
    seen = [row["path"] for row in mounts_seen.seen(desk.setup.state.path) if row["path"]]
    return {*system_mounts(), *seen}


class _Search:
    """One look at all places."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._home = Path.home()
        self._mounts = mount_points(desk)
        self._ours = {record.dir for record in Renamed(desk.journal).projects()} | set(map(Path, self._mounts))
        self._places = [place for place in _places(desk) if place not in self._ours]
        # Nobody wants the whole Desktop moved for a file on it, or the sample that this program brings.
        self._no_projects = self._ours.union(self._places, {_PROGRAM})

    def found(self) -> Iterator[Stray]:
        """Place by place."""
        for place in self._places:
            inside = _Inside.of(place)
            yield from self._files(inside)
            yield from self._below(inside)

    def _below(self, place: _Inside) -> Iterator[Stray]:
        """In folders of folders, as deep as one that is a project by itself."""
        level, left = [place], _FOLDERS
        for _ in range(_DEPTH):
            below = (folder for parent in level for folder in parent.folders if self._may_lose(folder))
            folders = [_Inside.of(folder) for folder in islice(below, left)]
            level, left = [], left - len(folders)
            for folder in folders:
                if (stray := self._folder(folder)) is not None:
                    yield stray
                else:
                    yield from self._files(folder)
                    level.append(folder)

    def _may_lose(self, folder: Path) -> bool:
        """Goes with the machine what lies there, and does nobody look after it?"""
        is_kept = survival.of_path(folder, self._desk.facts, self._home) == survival.KEPT
        return folder not in self._no_projects and not is_kept and not self._is_settled(folder)

    def _is_settled(self, folder: Path) -> bool:
        """Is it a project of ours, or was? Saving names what happens there, but not what happens in a copy."""
        try:
            return is_unfinished(folder) or (has_marker(folder) and not is_copy_with_work(self._desk, folder))
        except (Unreadable, OSError):
            return True

    def _folder(self, inside: _Inside) -> Stray | None:
        """None where it is no project after all, where several of its files are, or where ours lie beside one."""
        is_around_ours = holds_any(inside.folder, self._ours) and not inside.has(_FOLDER)
        if is_around_ours or not inside.has(_ANY):
            return None
        try:
            record = local_project.found_here(self._desk.parsers, inside.folder)
        except errors.LauncherError:
            return None
        sizes = [stat.size for stat in scan(inside.folder).files.values()]
        return Stray(inside.folder, record.name, record.tool_id, len(sizes), sum(sizes))

    def _files(self, inside: _Inside) -> Iterator[Stray]:
        """Single files that are projects; most folders need no second look."""
        if inside.has(_FILE):
            for one in self._projects_in(inside.folder):
                if not is_taken(self._desk.journal, file := inside.folder / one.marker):
                    yield Stray(file, one.name, one.tool_id, len(one.members), one.size)

    def _projects_in(self, folder: Path) -> list[FoundProject]:
        """Those that are one file in it; none where it cannot be looked into."""
        from launcher.projects.find import Finder

        try:
            return list(Finder(_Beside(folder, self._mounts), self._desk.parsers).files_at_root())
        except (OSError, errors.LauncherError):
            return []


class _Inside(NamedTuple):
    """What lies in a folder, looked at once; nothing where it cannot be looked into."""

    folder: Path
    names: list[str]
    folders: list[Path]

    @classmethod
    def of(cls, folder: Path) -> Self:
        """As it is now."""
        try:
            with os.scandir(folder) as entries:
                seen = [entry for entry in islice(entries, _ENTRIES) if not entry.name.startswith(".")]
                folders = [folder / one.name for one in seen if one.is_dir(follow_symlinks=False)]
        except OSError:
            return cls(folder, [], [])
        return cls(folder, [entry.name for entry in seen], [one for one in folders if one.name != _OF_PROGRAMS])

    def has(self, is_named: Callable[[str], object]) -> bool:
        """Is there a file whose name says so?"""
        return any(map(is_named, self.names))


def _places(desk: Desk) -> list[Path]:
    """What tools offer, the home itself, and beside the projects that are open: where *Save as* is one click away."""
    home = Path.home()
    places = (
        home,
        *map(Path, survival.offered_and_lost(home)),
        scratch_root(desk.site, desk.setup.state, desk.journal),
    )
    return list(dict.fromkeys(places))


def holds_any(folder: Path, projects: Collection[Path]) -> bool:
    """Does any of these folders lie somewhere in it?"""
    return any(folder in project.parents for project in projects)


class _Beside(LocalSource):
    """A folder's own files first, and not more of what lies deeper than there is time for."""

    def files(self) -> Iterator[Listed]:
        return islice(super().files(), _BESIDE)

"""Pose projects that lie where nothing survives the session: a folder on the Desktop, or a `.slp` file in it."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.desk import local_project, mounts_seen
from launcher.desk.new_folder import is_unfinished
from launcher.desk.scratch import scratch_root
from launcher.projects.listed import Unreadable, has_marker
from launcher.projects.local_files import scan, stat_of
from launcher.projects.source import LocalSource
from launcher.session import survival
from launcher.session.mount_points import system_mounts
from launcher.tools import TOOLS

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.journal import Journal
    from launcher.projects.find import FoundProject
    from launcher.tools.protocol import Listed, PoseTool

#: Under this name the journal keeps those of which the person said that they may be lost.
_LEFT = "strays left there"
#: And those that were taken along although they had to stay, with what they looked like.
_TAKEN = "strays taken along"
#: As many are looked at in one folder; nobody's Desktop has more.
_ENTRIES = 500
#: Beside a file that is a project, as many files are looked at: all that is in a home would take a minute.
_BESIDE = 5_000


@dataclass(frozen=True, slots=True)
class Stray:
    """A project that a tool made by itself, say on the Desktop; it would go with the machine.

    `dir` is its folder, or its file where the project is one file among others.
    """

    dir: Path
    name: str
    tool: str
    files: int
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """As `stray` prints it."""
        return {
            "dir": str(self.dir),
            "name": self.name,
            "tool": self.tool,
            "files": self.files,
            "bytes": self.bytes,
            "durability": survival.LOST,
            "message": f"{self.name} lies where nothing survives the session.",
            "hint": f"Keep it: pose-launcher stray keep {self.dir}",
        }


def strays(desk: Desk) -> list[Stray]:
    """What would be lost with the session and is not saved from where it is; nothing outside a stream."""
    if not desk.facts.is_in_a_stream:
        return []
    mounts = mount_points(desk)
    ours = {record.dir for record in desk.journal.projects()} | set(map(Path, mounts))
    places = _with_those_around_ours([place for place in _places(desk) if place not in ours], ours)
    no_projects = ours.union(places)  # nobody wants the whole Desktop moved for a file on it
    found = [_of_folder(desk, folder) for place in places for folder in _folders(place, no_projects)]
    files = [_of_file(place, one) for place in places if _has_files(place) for one in _projects_in(desk, place, mounts)]
    taken = _taken(desk.journal)
    new = [one for one in files if str(one.dir) not in taken or taken[str(one.dir)] != _signs(one.dir)]
    return sorted(filter(None, [*found, *new]), key=lambda stray: stray.dir)


def leave(journal: Journal, path: str) -> None:
    """The person wants one of them left where it is: then it goes with the machine."""
    journal.put_fact(_LEFT, json.dumps(sorted({*left_there(journal), path})))


def left_there(journal: Journal) -> set[str]:
    """Those that the person wants left where they are."""
    return set(json.loads(journal.fact(_LEFT) or "[]"))


def note_taken(journal: Journal, file: Path) -> None:
    """It has come along as it is now, and stays where it is, since a program has it open."""
    journal.put_fact(_TAKEN, json.dumps({**_taken(journal), str(file): _signs(file)}))


def _taken(journal: Journal) -> dict[str, list[int]]:
    found: dict[str, list[int]] = json.loads(journal.fact(_TAKEN) or "{}")
    return found


def _signs(file: Path) -> list[int]:
    """By which it is known to be the same; another name of it changes its change time."""
    stat = stat_of(file)
    return [stat.size, stat.mtime_ns, stat.file_id] if stat is not None else []


def mount_points(desk: Desk) -> set[str]:
    """Nobody looks into them: a frozen one would hold us."""
    seen = [row["path"] for row in mounts_seen.seen(desk.setup.state.path) if row["path"]]
    return {*system_mounts(), *seen}


def _places(desk: Desk) -> list[Path]:
    """What tools offer, the home itself, and beside the projects that are open: where *Save as* is one click away."""
    home = Path.home()
    places = (
        home,
        *map(Path, survival.offered_and_lost(home)),
        scratch_root(desk.site, desk.setup.state, desk.journal),
    )
    return list(dict.fromkeys(places))


def _with_those_around_ours(places: list[Path], ours: set[Path]) -> list[Path]:
    """And the folders in them that are no project's, but a place where projects of ours lie beside files."""
    found = list(places)
    for place in found:  # which grows: one may lie in another one
        found += [
            folder
            for folder in _folders(place, ours.union(found))
            if holds_any(folder, ours) and not _may_be_folder_project(folder)
        ]
    return found


def holds_any(folder: Path, projects: Collection[Path]) -> bool:
    """Does any of these folders lie somewhere in it?"""
    return any(folder in project.parents for project in projects)


def _folders(place: Path, known: set[Path]) -> list[Path]:
    """Those that may be a project nobody knows of."""
    folders = [Path(entry.path) for entry in _entries(place) if entry.is_dir(follow_symlinks=False)]
    return [folder for folder in folders if folder not in known and _may_be_project(folder)]


def _may_be_project(folder: Path) -> bool:
    try:
        return (
            any(_may_reveal(entry.name, TOOLS) for entry in _entries(folder))
            and not has_marker(folder)  # it is ours, or was: saving names what happens there
            and not is_unfinished(folder)
        )
    except Unreadable:
        return False


def _has_files(place: Path) -> bool:
    """Most places need no second look."""
    tools = [kind for kind in TOOLS if kind.is_one_file]
    return any(_may_reveal(entry.name, tools) for entry in _entries(place))


def _may_be_folder_project(folder: Path) -> bool:
    tools = [kind for kind in TOOLS if not kind.is_one_file]
    return any(_may_reveal(entry.name, tools) for entry in _entries(folder))


def _may_reveal(name: str, tools: Iterable[PoseTool]) -> bool:
    return any(fnmatchcase(name, pattern) for kind in tools for pattern in kind.markers)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in islice(entries, _ENTRIES) if not entry.name.startswith(".")]
    except OSError:
        return []


def _of_folder(desk: Desk, folder: Path) -> Stray | None:
    try:
        record = local_project.found_here(desk.parsers, folder)
    except errors.LauncherError:
        return None  # no project after all, or several in one folder, which a person has to name
    sizes = [stat.size for stat in scan(folder).files.values()]
    return Stray(folder, record.name, record.tool_id, len(sizes), sum(sizes))


def _projects_in(desk: Desk, place: Path, mounts: set[str]) -> list[FoundProject]:
    """Those that are one file in it; none where it cannot be looked into."""
    from launcher.projects.find import Finder

    try:
        return list(Finder(_Beside(place, mounts), desk.parsers).files_at_root())
    except (OSError, errors.LauncherError):
        return []


def _of_file(place: Path, found: FoundProject) -> Stray:
    return Stray(place / found.marker, found.name, found.tool_id, len(found.members), found.size)


class _Beside(LocalSource):
    """A folder's own files first, and not more of what lies deeper than there is time for."""

    def files(self) -> Iterator[Listed]:
        return islice(super().files(), _BESIDE)

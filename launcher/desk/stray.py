"""Pose projects that lie where nothing survives the session, and bringing them among those that are kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.desk import local_project, mount_process, mounts_seen
from launcher.desk.scratch import scratch_root
from launcher.projects.disk_errors import disk_error
from launcher.projects.local_files import scan
from launcher.projects.staging.folder import ArrivalFolder
from launcher.session import survival

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.journal import ProjectRecord

#: As many are looked at in one folder; nobody's Desktop has more.
_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Stray:
    """A project that a tool made by itself, say on the Desktop; it would go with the machine."""

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
    ours = {record.dir for record in desk.journal.projects()} | _mount_points(desk)
    found = (_look(desk, folder) for folder in _candidates(Path.home(), ours))
    return [stray for stray in found if stray is not None]


def _mount_points(desk: Desk) -> set[Path]:
    """Nobody looks into them: a frozen one would hold us."""
    seen = [row["path"] for row in mounts_seen.seen(desk.setup.state.path) if row["path"]]
    return {Path(point) for point in (*mount_process.system_mounts(), *seen)}


def _candidates(home: Path, known: set[Path]) -> Iterator[Path]:
    """Folders that may be a project, in the places that tools offer, and in the home itself."""
    places = (home, *map(Path, survival.offered_and_lost(home)))
    for place in (one for one in places if one not in known):
        try:
            with os.scandir(place) as entries:
                names = [entry.path for entry, _ in zip(entries, range(_ENTRIES), strict=False) if _is_folder(entry)]
        except OSError:
            continue
        folders = (Path(name) for name in sorted(names))
        yield from (folder for folder in folders if folder not in known and _may_be_project(folder))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")


def _may_be_project(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(
                entry.name == "config.yaml" or entry.name.endswith(".slp")
                for entry, _ in zip(entries, range(_ENTRIES), strict=False)
            )
    except OSError:
        return False


def _look(desk: Desk, folder: Path) -> Stray | None:
    try:
        record = local_project.found_here(desk.parsers, folder)
    except errors.LauncherError:
        return None  # no project after all, or several in one folder, which a person has to name
    sizes = [stat.size for stat in scan(folder).files.values()]
    return Stray(folder, record.name, record.tool_id, len(sizes), sum(sizes))


def keep(desk: Desk, folder: Path) -> ProjectRecord:
    """One click: the project is one of ours from now on, and saved like all of them.

    It moves to where projects lie; where a tool has it open, or the move would cross disks, it stays where it is: what
    counts is that it is saved.
    """
    found = local_project.found_here(desk.parsers, folder)
    known = desk.journal.project(found.id)
    if known is not None and known.dir.is_dir():
        return known
    record = replace(found, home=str(desk.home.child(f"projects/{found.id}/")), dir=folder)
    target = scratch_root(desk.site, desk.setup.state, desk.journal) / found.id
    if not _is_in_use(folder) and not target.exists():
        try:
            folder.rename(target)
            record = replace(record, dir=target)
        except OSError as exc:
            if not folder.is_dir():
                raise disk_error(exc, folder) from exc
    ArrivalFolder(record)  # writes the marker, without which nothing is saved
    desk.journal.put_project(record)
    return record


def _is_in_use(folder: Path) -> bool:
    """Does any program of this account work in there, or have a file of it open?"""
    import psutil

    inside = f"{folder}{os.sep}"
    for process in psutil.process_iter():
        try:
            places = [process.cwd(), *(file.path for file in process.open_files()), *process.cmdline()]
        except (psutil.Error, OSError):
            continue
        if any(place == str(folder) or place.startswith(inside) for place in places):
            return process.pid != os.getpid()
    return False

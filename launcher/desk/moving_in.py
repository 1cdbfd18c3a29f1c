"""A stray project moves in among those that are kept: one click, and it is saved like all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk import local_project
from launcher.desk.new_folder import new_folder, take_over
from launcher.desk.new_home import keep, new_home
from launcher.desk.stray import note_taken
from launcher.desk.stray_search import holds_any, mount_points
from launcher.projects.disk_errors import disk_error
from launcher.projects.local_files import stat_of
from launcher.projects.whose import CORNER, is_of_another

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.journal import ProjectRecord, Stat
    from launcher.projects.find import FoundProject


def move_in(desk: Desk, target: Path, *, is_last_chance: bool = False) -> ProjectRecord:
    """The project of a folder or of a file is one of ours from now on; one that is already stays as it is.

    Where it is the last chance, a file that a program has open comes as it is now, and stays where it was, too.
    """
    if (known := local_project.staged(desk.journal, target)) is not None:
        return known
    return _file(desk, target, is_last_chance=is_last_chance) if target.is_file() else _folder(desk, target)


def _folder(desk: Desk, folder: Path) -> ProjectRecord:
    """It moves to where projects lie.

    Where a tool has it open, the move would cross disks, or a project of ours lies in it, it stays where it is: what
    counts is that it is saved.
    """
    found = local_project.found_here(desk.parsers, folder)
    record = new_home(desk, found.name).record(found.name, found.tool_id, found.marker)
    try:
        if _is_used(folder) or holds_any(folder, [one.dir for one in desk.journal.projects()]):
            record = replace(record, dir=folder)
        else:
            folder.rename(record.dir)
    except OSError as exc:
        if not folder.is_dir():
            raise disk_error(exc, folder) from exc
        record = replace(record, dir=folder)
    _forget_first(record)
    keep(desk, record)
    return record


def _forget_first(record: ProjectRecord) -> None:
    """A copy of a project is one by itself from now on: what we knew of the first one is not true of it.

    Nor is it any more what somebody who made it was ended in the middle of.
    """
    with suppress(OSError):
        take_over(record.dir)
    if is_of_another(record.dir, record.id):
        shutil.rmtree(record.dir / CORNER, ignore_errors=True)


def _file(desk: Desk, file: Path, *, is_last_chance: bool) -> ProjectRecord:
    """What belongs to it comes along; the folder that it lies in is not the project's, and stays."""
    found = local_project.look(desk.parsers, file.parent, file.name, mount_points(desk))
    if found is None:
        raise errors.NotFound(file, title="There is no pose project here", hint="Name a project's folder or file.")
    is_used = _is_used(file)
    if is_used and not is_last_chance:
        raise errors.NotDone(
            file,
            title="A program has this project open",
            hint="Nothing was changed. Save it there and close it, then keep it.",
        )
    record = new_home(desk, found.name).record(found.name, found.tool_id, found.marker)
    with new_folder(record.dir):
        moved = {path: _place(file.parent / path, record.dir / path) for path in found.members}
    keep(desk, record)
    if is_used:
        note_taken(desk.journal, file)
        return record
    for path in moved.keys() - _shared(desk, found, file.parent):
        if _is_same(stat_of(file.parent / path), moved[path]):
            with suppress(OSError):  # then it is here and there
                (file.parent / path).unlink()
    return record


def _place(file: Path, target: Path) -> Stat:
    """The same file under another name, or where the disk has no such thing a copy; what it looked like."""
    before = stat_of(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except OSError:
        shutil.copy2(file, target)
        if not _is_same(stat_of(file), before):
            raise errors.NotDone(
                file, title="This file was changed while it was copied", hint="Nothing was moved. Keep it once more."
            ) from None
    if before is None:
        raise errors.NotFound(file)
    return before


def _is_same(now: Stat | None, before: Stat | None) -> bool:
    """Another name of a file changes its change time."""
    return now is not None and before is not None and now._replace(ctime_ns=before.ctime_ns) == before


def _shared(desk: Desk, found: FoundProject, folder: Path) -> Collection[str]:
    """What belongs to another file of this folder that is a project, too."""
    from launcher.projects.find import Finder
    from launcher.projects.source import LocalSource

    others = Finder(LocalSource(folder, mount_points(desk)), desk.parsers).files_at_root()
    return {path for other in others if other.uri != found.uri for path in other.members}


def _is_used(place: Path) -> bool:
    """Does any program of this account work in this folder, or have this file or one in it open?"""
    import psutil

    inside, us = f"{place}{os.sep}", psutil.Process()
    own = {us.pid, *(one.pid for one in us.parents())}  # their command lines may name it only for us to move it in
    for process in (one for one in psutil.process_iter() if one.pid not in own):
        try:
            places = [process.cwd(), *(file.path for file in process.open_files()), *process.cmdline()]
        except (psutil.Error, OSError):
            continue
        if any(one == str(place) or one.startswith(inside) for one in places):
            return True
    return False

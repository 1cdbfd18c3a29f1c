"""A copy of a project's folder that a person made to work in: it says of itself that it is the project.

What is saved is the project in its own folder, so that work in the copy would be lost with the machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from launcher.projects.left_folders import is_left
from launcher.projects.local_files import scan
from launcher.projects.marker import marked
from launcher.projects.staging.folder import may_be_arriving
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.journal import Item, Stat


def is_copy_with_work(desk: Desk, folder: Path) -> bool:
    """Is it another folder than its project's own, and does it hold what that one does not?

    By sizes and times: a copy that was made without its times may be asked about although it holds nothing else. Of a
    project that is not on this computer any more nobody knows what was saved from here.
    """
    said = marked(folder)
    if said is None or is_left(desk.journal, said.id, folder):
        return False
    known = desk.journal.project(said.id)
    if known is None:
        return desk.home.holds(S3Uri.parse(said.home)) and not may_be_arriving(folder)
    if _are_same(known.dir, folder):
        return False
    rules, items = desk.saver().rules(known), desk.journal.items(known.id)
    here = scan(folder).files
    return any(_is_work(items.get(path), stat) for path, stat in here.items() if not rules.leave_out(path))


def _are_same(folder: Path, other: Path) -> bool:
    """Is it the folder itself, by another way?"""
    try:
        return folder.samefile(other)
    except OSError:
        return False


def _is_work(item: Item | None, here: Stat) -> bool:
    was = item.stat if item is not None else None
    return was is None or (was.size, was.mtime_ns) != (here.size, here.mtime_ns)

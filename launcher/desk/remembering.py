"""A journal that was lost or damaged is made again, without a question, from the projects' folders.

Each folder says what it is (its marker) and what S3 last confirmed of it (`saving/last_state.py`); the next save
compares the rest by content.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Journal, ProjectRecord
from launcher.journal.beside import Beside
from launcher.projects.listed import may_hold_files
from launcher.projects.marker import marked
from launcher.projects.whose import Unreadable, has_marker
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.desk.parts import Parts

#: Under this name the journal knows that it has once looked where projects are brought to.
_LOOKED = "looked for projects"
_SAID = (
    "The launcher's memory of this computer was damaged or lost. It was made again from the projects' folders; "
    "nothing of your work is lost."
)
_SAID_IN_PART = (
    "The launcher's memory of this computer was damaged or lost. Most of it was made again from the projects' folders. "
    "What project lies in {folders} cannot be read any more, so that nothing there is saved: bring it again to the "
    "same folder with `pose-launcher stage`. What is in it stays."
)


def look_for_lost(desk: Parts, journal: Journal) -> None:
    """A journal that does not know all that it should is made again; a new one looks where projects are brought to."""
    is_new = journal.fact(_LOOKED) is None
    if is_new or journal.lost():
        remember_again(desk, journal, _in_scratch(desk) if is_new else [])
    if is_new:
        with suppress(errors.LocalDisk):
            journal.put_fact(_LOOKED, "yes")


def remember_again(desk: Parts, journal: Journal, more: Iterable[Path] = ()) -> None:
    """Every project that lies where one is known to have lain, or in `more`, and that the journal does not know."""
    known = {record.id for record in journal.projects()}
    again, unread = [], []
    for folder in dict.fromkeys([*journal.folders(), *more]):
        record = marked(folder)
        if record is None:
            unread += [str(folder)] if may_hold_files(folder) else []
        elif record.id not in known:
            known.add(record.id)
            again.append(_remember(journal, record))
    said = _SAID_IN_PART.format(folders=", ".join(unread)) if unread else _SAID
    if (again or unread) and said not in desk.notices:
        desk.notices.append(said)


def _in_scratch(desk: Parts) -> list[Path]:
    """What lies beside the journal may be lost with it: this person's projects where they are brought to."""
    from launcher.desk.scratch import chosen

    try:
        home = desk.home
        with os.scandir(chosen(desk.loaded.site, desk.setup.state)) as entries:
            places = sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))
        others = _of_others(desk)
    except (OSError, errors.LauncherError):
        return []
    return [folder for folder in places if folder not in others and _may_be_ours(folder, home)]


def _of_others(desk: Parts) -> set[Path]:
    """In a stream all have the same account, and each person's memory lies beside ours: what it names is theirs."""
    from launcher.desk.parts import JOURNAL

    if desk.setup.state.source != "default":
        return set()
    ours = desk.setup.state.path
    people = [place for place in ours.parent.iterdir() if place != ours]
    return {Path(folder) for place in people for folder in Beside.of(place / JOURNAL).folders.values()}


def _may_be_ours(folder: Path, home: S3Uri) -> bool:
    """What another person of this account brought there is saved in another home."""
    try:
        if not has_marker(folder):
            return False
    except Unreadable:
        return False
    record = marked(folder)
    return record is None or home.holds(S3Uri.parse(record.home))


def remember_folder(journal: Journal, folder: Path) -> ProjectRecord | None:
    """The project of one folder; None if none was brought there. Raises for a copy of one that is here already."""
    record = marked(folder)
    if record is None:
        return None
    known = journal.project(record.id)
    there = marked(known.dir) if known is not None else None
    if known is None or there is None or there.id != record.id:
        return _remember(journal, record)
    if folder.samefile(known.dir):
        return known
    # Were it taken for the project, nobody would see any more what is not saved in the other.
    raise errors.BadUsage(
        folder,
        title=f"This is a copy of a project that is on this computer already, at {known.dir}",
        hint="Nothing was changed. Go on there, so that two copies do not drift apart. To go on with this one, save "
        "the other first, and put it away; or make this one a project of its own with `pose-launcher stray keep`.",
    )


def _remember(journal: Journal, found: ProjectRecord) -> ProjectRecord:
    from launcher.saving.last_state import rebuilt

    record, items = rebuilt(found)
    journal.put_project(record)
    journal.begin_saving(record.id, items)  # what went since the last manifest is compared, and then written into one
    return record

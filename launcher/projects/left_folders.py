"""Where a project lay before it was brought into another folder: a tool may go on there, and nobody saves that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from launcher import errors
from launcher.journal import Journal, ProjectRecord, Stat
from launcher.projects.local_files import scan
from launcher.projects.whose import CORNER, MARKER, may_be_there, said_by


def left_fact(project_id: str) -> str:
    """Under which name the journal keeps the folders that a project has left, and what each looked like then."""
    return f"left folders {project_id}"


def note_left(journal: Journal, record: ProjectRecord, files: Mapping[str, Stat]) -> None:
    """`record` leaves its folder, which holds nothing that is not saved."""
    left = {folder: looks for folder, looks in _left(journal, record.id).items() if may_be_there(Path(folder))}
    journal.put_fact(left_fact(record.id), json.dumps({**left, str(record.dir): _looks(files)}))


def is_left(journal: Journal, project_id: str, folder: Path) -> bool:
    """Did the project lie there before it was brought into another folder?"""
    return str(folder) in _left(journal, project_id)


def left_with_work(journal: Journal, record: ProjectRecord) -> list[errors.LauncherError]:
    """Of each left folder that is there still, and not as it was then: what to tell the person."""
    left = {Path(folder): looks for folder, looks in _left(journal, record.id).items() if folder != str(record.dir)}
    now = {folder: _look(folder) for folder in left if _is_of(folder, record)}
    return [_told(folder, record, is_seen=bool(look)) for folder, look in now.items() if look != left[folder]]


def _left(journal: Journal, project_id: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(journal.fact(left_fact(project_id)) or "{}")
    return found


def _is_of(folder: Path, record: ProjectRecord) -> bool:
    try:
        return bool(said_by(folder)["id"] == record.id) and not folder.samefile(record.dir)
    except PermissionError:
        return True  # nobody can tell that it is not, or that it is as it was
    except FileNotFoundError:
        return (folder / CORNER / MARKER).exists()  # then it is the new folder that is gone
    except (OSError, ValueError):
        return False


def _look(folder: Path) -> str:
    """What it looks like; nothing where it cannot be looked into."""
    try:
        return _looks(scan(folder).files)
    except (OSError, errors.LauncherError):
        return ""


def _looks(files: Mapping[str, Stat]) -> str:
    """Without the change time, which also a tool changes that only makes a copy."""
    known = hashlib.sha256()
    for path, stat in sorted(files.items()):
        known.update(f"{path}\0{stat.size} {stat.mtime_ns} {stat.file_id}\n".encode(errors="surrogateescape"))
    return known.hexdigest()


def _told(folder: Path, record: ProjectRecord, *, is_seen: bool) -> errors.NotDone:
    since = "was worked on since" if is_seen else "cannot be read now: it may have been worked on since"
    # Told in the row of the project, too, which names the folder where it lies now: each one is named here.
    return errors.NotDone(
        folder,
        title=f"The earlier folder, left when the project was brought into another one, {since}",
        hint=f"That work is not saved. Copy what you need of it into {record.dir}, then delete {folder}.",
    )

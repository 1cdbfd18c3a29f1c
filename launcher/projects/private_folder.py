"""Folders that are this account's alone, on a computer that others use too. On Windows the profile's rights do it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from launcher import errors
from launcher.projects.disk_errors import disk_error

#: What lies in a folder that is ours already.
_SIGNS = ("journal.sqlite", "saver.lock", "window")


def make_private(folder: Path) -> None:
    """Make it, or see to it that nobody else reads or writes there; one of somebody else's is refused."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if sys.platform == "win32" or not (mode := _mode_of_own(folder)) & 0o077:
            return
        if _is_ours_already(folder):
            folder.chmod(0o700)
        elif mode & 0o022:
            raise _refused(folder, "Others may write into this folder")
    except OSError as exc:
        raise disk_error(exc, folder) from exc


def _mode_of_own(folder: Path) -> int:
    found = folder.stat()
    if sys.platform != "win32" and found.st_uid != os.geteuid():
        raise _refused(folder, "This folder belongs to another account of this computer")
    return stat.S_IMODE(found.st_mode)


def _is_ours_already(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        names = {entry.name for entry in entries}
    return not names or bool(names.intersection(_SIGNS))


def _refused(folder: Path, title: str) -> errors.LocalDisk:
    return errors.LocalDisk(
        folder, title=title, hint="Nothing was written there. Choose a folder of your own with --state-dir."
    )


def is_open_to_us(folder: Path) -> bool:
    """Is it our own and nobody else's, or can it still become that? Links are somebody's trick."""
    if not os.path.lexists(folder):
        there = next((parent for parent in folder.parents if parent.exists()), None)
        return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    if sys.platform == "win32":
        return folder.is_dir()
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def is_out_of_reach(path: Path) -> bool:
    """Can nobody else put something of theirs in its place: is every folder on the way ours or the system's?

    In a folder that everybody may write to, such as `/tmp`, only a sticky one keeps what is ours from being moved away.
    """
    there = [one for one in (path, *path.parents) if os.path.lexists(one)]
    return all(is_trusted(one) and _keeps_names(one) for one in there)


def is_trusted(folder: Path) -> bool:
    """Does it belong to us, or to the system?"""
    return sys.platform == "win32" or folder.lstat().st_uid in (os.geteuid(), 0)


def _keeps_names(folder: Path) -> bool:
    """May only the owner of something in it move that away?"""
    mode = folder.lstat().st_mode
    return stat.S_ISLNK(mode) or not mode & stat.S_IWOTH or bool(mode & stat.S_ISVTX)


def own_places(wanted: Path, account: str) -> Iterator[Path]:
    """Where this account's part of a folder may be that others use too, the wanted place first."""
    yield wanted
    yield wanted / f"of-{account}"
    yield wanted.with_name(f"{wanted.name}-{account}")
    # Somebody may have made those on purpose.
    yield from (wanted.with_name(f"{wanted.name}-{account}-{number}") for number in range(2, 10))
    yield Path.home() / "pose-launcher"

"""What lies in a project's folder, as the system tells it: the least that can be asked of each of thousands of files.

Apart from `local_files.py`, because a save that finds nothing to do needs only this.
"""

from __future__ import annotations

import os
import stat as stat_flags
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from launcher import errors
from launcher.projects.whose import CORNER, Unreadable, may_be_there

#: Why a file is left out that no key can stand for.
NOT_TEXT = "its name is not valid text"
#: How a reason begins that the system gives.
UNREADABLE = "it cannot be read"

#: A regular file: its name, size, time of modification and of change in nanoseconds, and file id.
FileRow = tuple[str, int, int, int, int]
#: Of one folder: its files and its folders, both in the order of their paths, for which a folder ends in `/`.
Rows = tuple[list[FileRow], list[str]]

#: On Windows a folder tells sizes that may be old, and no file ids, so that there each file is asked by its path.
_BY_FOLDER = os.scandir in os.supports_fd
_READ = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def look_into(root: str, prefix: str, left_out: dict[str, str]) -> Rows:
    """One folder of a project; what is neither file nor folder goes to `left_out`, with the reason.

    Raises `NotFound` if the root itself is not there, and `Unreadable` if it cannot be read.
    """
    files: list[FileRow] = []
    others: list[tuple[str, int]] = []
    try:
        with _entries(root, prefix) as entries:
            for entry in entries:
                try:
                    found = entry.stat(follow_symlinks=False) if _BY_FOLDER else os.lstat(entry.path)
                except FileNotFoundError:
                    continue
                except OSError as exc:
                    left_out[_shown(prefix + entry.name)] = f"{UNREADABLE} ({exc.strerror})"
                    continue
                if stat_flags.S_ISREG(found.st_mode):
                    files.append((entry.name, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino))
                else:
                    others.append((entry.name, found.st_mode))
    except OSError as exc:
        if not prefix and isinstance(exc, PermissionError):
            raise Unreadable(root, exc) from exc
        if not prefix:
            raise errors.NotFound(root, title="The project's folder is not there", detail=repr(exc)) from exc
        if not isinstance(exc, FileNotFoundError):  # it went while we looked, as files do
            left_out[prefix.rstrip("/")] = f"{UNREADABLE} ({exc.strerror})"
        return [], []
    if not prefix:
        files, others = [one for one in files if one[0] != CORNER], [one for one in others if one[0] != CORNER]
    return sorted(_with_names(files, prefix, left_out)), sorted(_folders(others, prefix, left_out))


def paths_of(root: Path) -> Iterator[str]:
    """The regular files of a project, in no order: what its folders tell of them, and no question to any file."""
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with suppress(OSError), _entries(str(root), prefix) as entries:
            for entry in entries:
                path = prefix + entry.name
                if path == CORNER or not _is_text(path, "", {}):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")
                elif entry.is_file(follow_symlinks=False):
                    yield path


def may_hold_files(folder: Path) -> bool:
    """Are there files of a project in it, or is it hidden from us whether there are?"""
    if not os.access(folder, os.R_OK | os.X_OK):
        return may_be_there(folder)
    return next(paths_of(folder), None) is not None


@contextmanager
def _entries(root: str, prefix: str) -> Iterator[Iterator[os.DirEntry[str]]]:
    """By an open folder where the system can do that: a file's path is then looked up from there, and not from `/`."""
    place = os.path.join(root, prefix)  # noqa: PTH118 - thousands of folders
    if not _BY_FOLDER:
        with os.scandir(place) as entries:
            yield entries
        return
    folder = os.open(place.rstrip("/") or "/", _READ | (_NO_LINK if prefix else 0))
    try:
        with os.scandir(folder) as entries:
            yield entries
    finally:
        os.close(folder)


def _with_names(files: list[FileRow], prefix: str, left_out: dict[str, str]) -> list[FileRow]:
    """Without those whose name is no text, of which there are hardly ever any: all names are tried at once."""
    try:
        "".join([file[0] for file in files]).encode()
    except UnicodeEncodeError:
        return [file for file in files if _is_text(file[0], prefix, left_out)]
    return files


def _folders(others: list[tuple[str, int]], prefix: str, left_out: dict[str, str]) -> Iterator[str]:
    for name, mode in others:
        if not _is_text(name, prefix, left_out):
            continue
        if stat_flags.S_ISDIR(mode):
            yield f"{name}/"
        else:
            what = "a link" if stat_flags.S_ISLNK(mode) else "a device or pipe"
            left_out[prefix + name] = f"it is {what}, not a file"


def _is_text(name: str, prefix: str, left_out: dict[str, str]) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        left_out[_shown(prefix + name)] = NOT_TEXT
        return False
    return True


def _shown(path: str) -> str:
    return path.encode(errors="surrogateescape").decode(errors="replace")

"""What lies in a project's folder, as the system tells it: the least that can be asked of each of thousands of files.

Apart from `local_files.py`, because a save that finds nothing to do needs only this.
"""

from __future__ import annotations

import marshal
import os
import re
import stat as stat_flags
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.storage.json_text import json_of

#: Our own corner of a project's folder: partial files, unmodified copies, the marker. Never staged, never saved.
CORNER = ".pose-launcher"
#: What a marker says, at least.
_SAID = {"id", "uri", "name", "tool_id", "marker", "home"}
#: `<name>-<first 8 hex of the SHA-256 of the uri>` (contract); files here have that name, too.
_ID = re.compile(r"[^/\\\x00-\x1f]+-[0-9a-f]{8}")
MARKER = "project.json"
#: Why a file is left out that no key can stand for.
NOT_TEXT = "its name is not valid text"
#: How a reason begins that the system gives.
UNREADABLE = "it cannot be read"

#: A regular file: its name, size, time of modification and of change in nanoseconds, and file id.
FileRow = tuple[str, int, int, int, int]
#: Of one folder: its files and its folders, both in the order of their paths, for which a folder ends in `/`.
Rows = tuple[list[FileRow], list[str]]

#: What a look at other times found of one file, by its path.
PathRow = tuple[str, int, int, int, int]

#: The form of `marshal` without references between values: equal rows have equal bytes.
_VALUES_ALONE = 0
_FRESH_S = 2.0
#: On Windows a folder tells sizes that may be old, and no file ids, so that there each file is asked by its path.
_BY_FOLDER = os.scandir in os.supports_fd
_READ = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Unreadable(errors.LocalDisk):
    """A folder is there, and the system does not let us look into it."""

    def __init__(self, folder: str | Path, exc: OSError) -> None:
        super().__init__(
            folder,
            title=f"This folder cannot be read ({exc.strerror})",
            hint="Nothing was changed, and what lies in it is not saved. Let it be read, then try again.",
            detail=repr(exc),
        )


def has_marker(folder: Path) -> bool:
    """Is this the folder of a project? Raises `Unreadable` where nobody can tell, so that others go on without it."""
    try:
        return stat_flags.S_ISREG(os.stat(folder / CORNER / MARKER).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as exc:
        raise Unreadable(folder, exc) from exc


def is_folder_of(folder: Path, project_id: str) -> bool:
    """Is this the folder of just that project, and not of another one that has its name now? Raises `Unreadable`.

    One whose marker is damaged is its own: nothing says that it is another's, and the marker is written again.
    """
    return has_marker(folder) and not _says_another(folder, project_id)


def is_of_another(folder: Path, project_id: str) -> bool:
    """Does another project lie there, as far as anybody can tell?"""
    with suppress(Unreadable):
        return has_marker(folder) and _says_another(folder, project_id)
    return False


def is_here(folder: Path, project_id: str) -> bool:
    """Is the project's folder there, and not another one that has its name now?"""
    return folder.is_dir() and not is_of_another(folder, project_id)


def may_be_its(folder: Path, project_id: str) -> bool:
    """Is the project's folder there, or hidden from us? It is gone, too, where another one has its name now."""
    return may_be_there(folder) and not is_of_another(folder, project_id)


def _says_another(folder: Path, project_id: str) -> bool:
    try:
        return bool(said_by(folder)["id"] != project_id)
    except (OSError, ValueError):
        return False


def said_by(folder: Path) -> dict[str, Any]:
    """What its marker says of it; raises `ValueError` for what none of ours says.

    Anybody may have written it, and one folder must not keep every other project from being saved.
    """
    said = json_of((folder / CORNER / MARKER).read_bytes())
    if not isinstance(said, dict) or not all(isinstance(said.get(word), str) for word in _SAID):
        raise ValueError(folder)
    has_place = said["home"].startswith("s3://") and said["home"].endswith(f"/projects/{said['id']}/")
    if not has_place or not _ID.fullmatch(said["id"]) or not isinstance(said.get("staged_at", ""), str):
        raise ValueError(folder)
    return said


def may_be_there(folder: Path) -> bool:
    """Is it there, or hidden from us? Only what the system says is gone is gone."""
    try:
        os.stat(folder)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


class Tree:
    """A project's folder, each of its folders looked into once.

    What was looked at ahead is kept packed, for a fifth of what the rows take, until its text is taken.
    """

    def __init__(self, root: Path) -> None:
        self.left_out: dict[str, str] = {}
        self._root = str(root)
        self._digest = blake2b()
        self._ahead: dict[str, bytes] = {}
        self._began = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Was it looked at so shortly ago that a look by now would be no better?"""
        return time.monotonic() - self._began < _FRESH_S

    def look_ahead(self) -> str:
        """At everything, if that was not done yet, and tell its checksum."""
        waiting = [] if self._ahead else [""]
        while waiting:
            prefix = waiting.pop()
            rows = look_into(self._root, prefix, self.left_out)
            self._ahead[prefix] = self._add(prefix, rows)
            waiting += [prefix + name for name in reversed(rows[1])]
        return self.digest()

    def look_into(self, prefix: str) -> Rows:
        """One folder by its path, which is empty or ends in `/`; to be asked for in the order of their paths."""
        if prefix in self._ahead:
            return _unpacked(self._ahead[prefix])
        rows = look_into(self._root, prefix, self.left_out)
        self._add(prefix, rows)
        return rows

    def _add(self, prefix: str, rows: Rows) -> bytes:
        packed = marshal.dumps(rows, _VALUES_ALONE)
        self._digest.update(_head(prefix, packed))
        self._digest.update(packed)
        return packed

    @property
    def has_files(self) -> bool:
        """Was there any file, when it was looked at ahead?"""
        return any(_unpacked(packed)[0] for packed in self._ahead.values())

    def taken_text(self) -> Iterator[bytes]:
        """All that was found when it was looked at ahead, as the bytes that `digest` is of; none of it is kept."""
        ahead, self._ahead = self._ahead, {}
        for prefix in list(ahead):
            packed = ahead.pop(prefix)
            yield _head(prefix, packed) + packed

    def differing(self, text: bytes) -> tuple[list[PathRow], list[PathRow]]:
        """The files that are not as in an earlier `text`: as they were then, and as they are, each in their order."""
        now, were, are = dict(self._ahead), list[PathRow](), list[PathRow]()
        for prefix, packed in _folders_of(text):
            mine = now.pop(prefix, _NOTHING)
            if mine != packed:
                before, after = set(_unpacked(packed)[0]), set(_unpacked(mine)[0])
                were += _at(prefix, before - after)
                are += _at(prefix, after - before)
        for prefix, packed in now.items():
            are += _at(prefix, _unpacked(packed)[0])
        return sorted(were), sorted(are)

    def digest(self) -> str:
        """A checksum of all paths and fingerprints that were looked at until now."""
        return self._digest.hexdigest()


_NOTHING = marshal.dumps(([], []), _VALUES_ALONE)


def digest_of(text: bytes) -> str:
    """What `Tree.digest` was of the tree with this text."""
    return blake2b(text).hexdigest()


def _head(prefix: str, packed: bytes) -> bytes:
    """What stands before a folder's rows: how long they are, and its path."""
    return f"{len(packed)} {prefix}\0".encode()


def _folders_of(text: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at < len(text):
        end = text.index(b"\0", at)
        size, prefix = text[at:end].decode().split(" ", 1)
        at = end + 1 + int(size)
        yield prefix, text[end + 1 : at]


def _unpacked(packed: bytes) -> Rows:
    """Our own rows: of this very process, or of a text with the right checksum."""
    rows: Rows = marshal.loads(packed)  # noqa: S302
    return rows


def _at(prefix: str, files: Iterable[FileRow]) -> Iterator[PathRow]:
    return ((prefix + name, size, modified, changed, file_id) for name, size, modified, changed, file_id in files)


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

"""The project's folder on this computer: look at it, and put verified files in without ever leaving it."""

from __future__ import annotations

import errno
import io
import os
import stat as stat_flags
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path, PurePosixPath

from launcher import errors
from launcher.journal import Stat
from launcher.projects.listed import FileRow
from launcher.projects.open_elsewhere import is_open_for_writing
from launcher.projects.tree import Tree

_WINDOWS_BUSY_S = 10.0


@dataclass(frozen=True, slots=True)
class Scan:
    """Every regular file of a folder by relative path with `/`, and what was left out, with the reason."""

    files: dict[str, Stat] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def scan(root: Path) -> Scan:
    """Look at a whole project's folder; 20,000 files take a tenth of a second."""
    tree = Tree(root)
    return Scan(dict(walk(tree)), tree.left_out)


def walk(tree: Tree) -> Iterator[tuple[str, Stat]]:
    """The regular files in the order of their paths, as the journal has them."""
    waiting: list[tuple[str, FileRow | None]] = [("", None)]
    while waiting:
        path, row = waiting.pop()
        if row is not None:
            yield path, Stat.of_numbers(*row[1:])
            continue
        files, folders = tree.look_into(path)
        found = [(path + file[0], file) for file in files] + [(path + name, None) for name in folders]
        waiting += sorted(found, key=itemgetter(0), reverse=True)


def stat_of(file: Path | str) -> Stat | None:
    """The fingerprint of a regular file; None when there is none."""
    try:
        result = os.stat(file, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    return Stat.of(result) if stat_flags.S_ISREG(result.st_mode) else None


class Folders:
    """The folders of one project on disk, made when first needed; a link on the way is never followed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = {""}

    def target(self, path: str) -> Path:
        """Where a file of the project belongs."""
        self.make_for(path)
        return self._root / path

    def make_for(self, path: str) -> None:
        """What a file of the project lies in."""
        folder = path.rpartition("/")[0]
        if folder not in self._known:
            self._make(folder)

    def _make(self, folder: str) -> None:
        place = self._root
        for part in PurePosixPath(folder).parts:
            place = place / part
            try:
                place.mkdir(mode=0o700)
            except FileExistsError:
                if place.is_symlink() or not place.is_dir():
                    raise errors.PlaceClosed(
                        place,
                        title="A link or a file is in the way",
                        hint="Nothing was written through it. Move it away and try again.",
                    ) from None
        self._known.add(folder)


def place(partial: Path | str, target: Path | str, seen: Stat | None) -> Stat:
    """Give a verified file its final name, if what is there is still what we saw; returns its fingerprint.

    Raises `ChangedMeanwhile` when somebody wrote the target since, or has it open to do so.
    """
    if not _is_still(target, seen):
        if os.path.isdir(target) and not os.path.islink(target):  # noqa: PTH112, PTH114 - it may be a text
            raise errors.ChangedMeanwhile(
                target, title="A folder is in the place of this file", hint="The folder here was kept. Rename it first."
            )
        raise errors.ChangedMeanwhile(
            target, title="This file was changed here while it was brought", hint="The file here was kept."
        )
    if seen is not None and is_open_for_writing(target):
        raise errors.ChangedMeanwhile(
            target,
            title="A program has this file open and may write into it",
            hint="The file here was kept, or what it writes next would be lost. Close it there, then try again.",
        )
    patiently(lambda: os.replace(partial, target))  # noqa: PTH105 - a `Path` of each of thousands of files costs
    placed = stat_of(target)
    if placed is None:
        raise errors.ChangedMeanwhile(target)
    return placed


def _is_still(target: Path | str, seen: Stat | None) -> bool:
    """Is there what was seen: that very file, or nothing at all? A link of the person's own is something."""
    try:
        result = os.stat(target, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return seen is None
    return seen is not None and stat_flags.S_ISREG(result.st_mode) and Stat.of(result) == seen


def patiently(act: Callable[[], object]) -> None:
    """Do it; on Windows a file that another program has open refuses for a moment."""
    until = time.monotonic() + _WINDOWS_BUSY_S
    while True:
        try:
            act()
        except PermissionError:
            if os.name != "nt" or time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def write_flushed(partial: Path, data: bytes) -> None:
    """A small partial file, forced to disk."""
    with written(partial, data) as file:
        os.fsync(file.fileno())


def written(partial: Path | str, data: bytes) -> io.FileIO:
    """A small partial file, still open; the disk begins with it, so that to force many of them is one wait for all."""
    from launcher.storage.download import create, write_whole  # looking at a folder needs no AWS library

    file = create(partial)
    try:
        write_whole(file, data)
        if hasattr(os, "posix_fadvise"):  # not on Windows, where it takes as long as it takes
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    except BaseException:
        file.close()
        raise
    return file


def flush(path: Path) -> None:
    """Force a file, or a folder's list of names, to disk, where the system can do that."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, PermissionError):  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    except OSError as exc:
        if exc.errno not in (errno.EINVAL, errno.EROFS, errno.EBADF):
            raise
    finally:
        os.close(handle)

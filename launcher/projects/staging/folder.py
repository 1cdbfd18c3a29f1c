"""A project's folder while files arrive in it: partial files in our corner first, then their names."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from launcher.journal import ProjectRecord, Stat
from launcher.projects import local_files
from launcher.projects.disk_errors import disk_error
from launcher.projects.marker import mark
from launcher.projects.whose import CORNER

_PARTIALS = "partial"


class ArrivalFolder:
    """Opened once a staging; from then on it knows what was there, so that nothing else is ever replaced."""

    def __init__(self, record: ProjectRecord) -> None:
        self.root = record.dir
        self._corner = record.dir / CORNER
        self._partials, self._originals = self._corner / _PARTIALS, self._corner / "original"
        self._folders = local_files.Folders(record.dir)
        #: A `Path` of each of thousands of files would cost more than all else about its name.
        self._root_text, self._partials_text = f"{self.root}{os.sep}", f"{self._partials}{os.sep}"
        self._had_root, self._had_corner = self.root.exists(), self._corner.exists()
        self._open(record)
        self.here = local_files.scan(record.dir).files

    def _open(self, record: ProjectRecord) -> None:
        try:
            for folder in (self.root, self._partials, self._originals):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            mark(record)
        except OSError as exc:
            raise disk_error(exc, self.root) from exc

    def partial(self, path: str) -> Path:
        """Where a file lies until it is proved."""
        return self._partials / _name(path)

    def original(self, path: str) -> Path:
        """Where a file's bytes as they came are kept, when paths in it are repaired."""
        return self._originals / _name(path)

    def written(self, path: str, data: bytes) -> io.FileIO:
        """The partial file of some bytes, still open."""
        return local_files.written(self._partials_text + _name(path), data)

    def place(self, path: str) -> Stat:
        """Give a proved partial file its name, over nothing but what was seen here."""
        self._folders.make_for(path)
        target = self._root_text + path.replace("/", os.sep)
        return local_files.place(self._partials_text + _name(path), target, self.here.get(path))

    def flush(self, paths: Iterable[str]) -> None:
        """Force the new names to disk, each folder's once."""
        for folder in {path.rpartition("/")[0] for path in paths}:
            local_files.flush(self.root / folder)

    def take_back(self) -> None:
        """Nothing is to arrive after all: what was made here for it goes."""
        if not self._had_corner:
            shutil.rmtree(self._corner, ignore_errors=True)
        if not self._had_root:
            with suppress(OSError):
                self.root.rmdir()

    def close(self) -> None:
        """Everything arrived, or was named: what is left of partial files is of no use."""
        shutil.rmtree(self._partials, ignore_errors=True)


def may_be_arriving(folder: Path) -> bool:
    """Is a project being brought there, or was that broken off?"""
    return (folder / CORNER / _PARTIALS).exists()


def _name(path: str) -> str:
    """A name that is short and harmless on every system."""
    return hashlib.sha256(path.encode()).hexdigest()[:24]

"""Lists of what was kept before runs: one folder for each run, its list written last, the newest few per project."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from launcher.storage.json_text import json_of
from launcher.tools.paths import path_parts

#: So many states of one project stay, the newest.
KEPT = 5
FILES = "files"
_LIST = "kept.json"
#: A folder without a list is still being written, or was left by a kill; after a day it is the latter.
_UNFINISHED_S = 24 * 3600.0
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """What one file was."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept before a run, by relative path, and what could not be, with the reason."""

    run: str
    folder: Path
    at: float
    files: Mapping[str, KeptFile] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptStates:
    """All of them, of every project."""

    store: Path

    def read(self, run: str) -> Kept | None:
        """The list of one run; None if there is none, or one that leads out of its folders."""
        if not _RUN.fullmatch(run):
            return None
        try:
            told = json_of((self.store / run / _LIST).read_bytes())
            files = {path: KeptFile(**was) for path, was in told["files"].items()}
            kept = Kept(told["run"], Path(told["folder"]), float(told["at"]), files, told["left_out"])
        except (AttributeError, KeyError, OSError, TypeError, ValueError):
            return None
        return kept if kept.run == run and all(map(stays_inside, files)) else None

    def write(self, kept: Kept) -> None:
        """Say that all of it is there."""
        draft = self.store / kept.run / f"{_LIST}.new"
        draft.write_text(json.dumps({**asdict(kept), "folder": str(kept.folder)}), encoding="utf-8")
        draft.replace(self.store / kept.run / _LIST)

    def forget_old(self, folder: Path) -> None:
        """Of one project only the newest states stay; what a kill left unfinished goes too."""
        states = sorted((kept for kept in self._all() if kept.folder == folder), key=lambda kept: kept.at, reverse=True)
        for kept in states[KEPT:]:
            shutil.rmtree(self.store / kept.run, ignore_errors=True)
        for place in list(self.store.iterdir()):
            if not (place / _LIST).exists() and _is_old(place):
                shutil.rmtree(place, ignore_errors=True)

    def _all(self) -> Iterator[Kept]:
        for place in self.store.iterdir():
            kept = self.read(place.name)
            if kept is not None:
                yield kept


def _is_old(place: Path) -> bool:
    """Not either, where another launcher has just removed it."""
    try:
        return place.stat().st_mtime < time.time() - _UNFINISHED_S
    except OSError:
        return False


def stays_inside(path: str) -> bool:
    """Is this a relative path that leads nowhere but down, on Windows and on Linux?"""
    parts = path_parts(path)
    is_plain = bool(parts) and "/".join(parts) == path.replace("\\", "/")
    return is_plain and ".." not in parts and not re.match(r"[A-Za-z]:", path)

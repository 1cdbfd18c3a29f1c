"""A folder of ours that is there whole afterwards, or not at all."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from launcher import errors
from launcher.projects.disk_errors import disk_error
from launcher.runs.keeper import birth
from launcher.runs.process import is_alive

_UNFINISHED = ".pose-launcher-unfinished"
#: The maker says so often that it still works there; what changes this long after its last word is somebody else's.
_SIGN_EVERY_S, _AFTER_S = 0.5, 2.0


@contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """A folder that is there whole afterwards, or not at all; one that holds something of somebody is refused."""
    _clear(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise errors.NotDone(
            folder, title="This folder holds something already", hint="Nothing was made. Name a new one."
        )
    unfinished = folder / _UNFINISHED
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(f"{os.getpid()} {birth(os.getpid())}", encoding="utf-8")
        with _signing(unfinished):
            yield
        unfinished.unlink()
    except BaseException as exc:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(exc, OSError):
            raise disk_error(exc, folder) from exc
        raise


def remove_unfinished(root: Path) -> None:
    """Away with the folders below `root` whose maker was ended in the middle."""
    for unfinished in root.glob(f"*/{_UNFINISHED}"):
        with suppress(OSError):
            _clear(unfinished.parent)


def is_unfinished(folder: Path) -> bool:
    """Is it being made just now, or as its maker, who was ended in the middle, left it?"""
    unfinished = folder / _UNFINISHED
    return unfinished.exists() and (_is_being_made(unfinished) or not _was_worked_in(folder))


def take_over(folder: Path) -> None:
    """It is somebody's, whole or not, and is not removed any more."""
    (folder / _UNFINISHED).unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """Remove what an ended maker left, and nothing that anybody has worked in since."""
    unfinished = folder / _UNFINISHED
    if not unfinished.is_file() or _is_being_made(unfinished):
        return
    if _was_worked_in(folder):
        take_over(folder)
    else:
        shutil.rmtree(folder)


@contextmanager
def _signing(unfinished: Path) -> Iterator[None]:
    """For as long as the block lasts, the time of the file says that its maker is at work."""
    over = threading.Event()

    def sign() -> None:
        while not over.wait(_SIGN_EVERY_S):
            with suppress(OSError):
                os.utime(unfinished)

    thread = threading.Thread(target=sign, name="a new folder", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _was_worked_in(folder: Path) -> bool:
    """Did anything change there after the maker's last word? So it may have, where the clock was set back since."""
    last = (folder / _UNFINISHED).stat().st_mtime
    if time.time() < last:
        return True
    return any(
        max(stat.st_mtime, stat.st_ctime) > last + _AFTER_S
        for place, _, names in os.walk(folder)
        for name in names
        if name != _UNFINISHED
        for stat in (os.lstat(os.path.join(place, name)),)  # noqa: PTH118 - thousands of names
    )


def _is_being_made(unfinished: Path) -> bool:
    """Does the process still run that wrote its number into it?"""
    try:
        told = unfinished.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    pid, _, its_birth = told.partition(" ")
    return pid.isdecimal() and is_alive(int(pid), its_birth)


def plain_name(name: str) -> str:
    """A name that is a file's on every system."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name).strip(".") or "project"

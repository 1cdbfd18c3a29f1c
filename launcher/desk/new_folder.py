"""A folder of ours that is there whole afterwards, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher import errors
from launcher.projects.disk_errors import disk_error
from launcher.runs.keeper import birth
from launcher.runs.process import is_alive

_UNFINISHED = ".pose-launcher-unfinished"


@contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """A folder that is there whole afterwards, or not at all; one that holds something of somebody is refused."""
    unfinished = folder / _UNFINISHED
    if unfinished.is_file() and not _is_being_made(unfinished):
        shutil.rmtree(folder)  # ours, from a time when this was ended in the middle
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise errors.NotDone(
            folder, title="This folder holds something already", hint="Nothing was made. Name a new one."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(f"{os.getpid()} {birth(os.getpid())}", encoding="utf-8")
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
        if not _is_being_made(unfinished):
            shutil.rmtree(unfinished.parent, ignore_errors=True)


def is_unfinished(folder: Path) -> bool:
    """Is it being made just now, or was its maker ended in the middle?"""
    return (folder / _UNFINISHED).exists()


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

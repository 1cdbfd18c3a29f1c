"""A folder of ours that is there whole afterwards, or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher import errors
from launcher.projects.disk_errors import disk_error

_UNFINISHED = ".pose-launcher-unfinished"


@contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """A folder that is there whole afterwards, or not at all; one that holds something of somebody is refused."""
    unfinished = folder / _UNFINISHED
    if unfinished.is_file():
        shutil.rmtree(folder)  # ours, from a time when this was ended in the middle
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise errors.NotDone(
            folder, title="This folder holds something already", hint="Nothing was made. Name a new one."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        yield
        unfinished.unlink()
    except BaseException as exc:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(exc, OSError):
            raise disk_error(exc, folder) from exc
        raise


def plain_name(name: str) -> str:
    """A name that is a file's on every system."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name).strip(".") or "project"

"""Whose a folder is: where a project was brought lies a marker, in a corner of our own, that says of which one.

Apart from `marker.py`, because a save that finds nothing to do needs only this.
"""

from __future__ import annotations

import os
import re
import stat as stat_flags
from contextlib import suppress
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.storage.json_text import json_of
from launcher.storage.uri import S3Uri

#: Our own corner of a project's folder: partial files, unmodified copies, the marker. Never staged, never saved.
CORNER = ".pose-launcher"
MARKER = "project.json"
#: More than any marker of ours has, whatever its project and its folder are called.
_LONGEST = 256 * 1024
#: What a marker says, at least.
_SAID = {"id", "uri", "name", "tool_id", "marker", "home"}
#: `<name>-<first 8 hex of the SHA-256 of the uri>` (contract); files here have that name, too.
_ID = re.compile(r"[^/\\\x00-\x1f]+-[0-9a-f]{8}")


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


def may_be_there(folder: Path) -> bool:
    """Is it there, or hidden from us? Only what the system says is gone is gone."""
    try:
        os.stat(folder)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def said_by(folder: Path) -> dict[str, Any]:
    """What its marker says of it; raises `ValueError` for what none of ours says.

    Anybody may have written it, and one folder must not keep every other project from being saved.
    """
    said = json_of(_bytes_of(folder / CORNER / MARKER))
    if not isinstance(said, dict) or not all(isinstance(said.get(word), str) for word in _SAID):
        raise ValueError(folder)
    has_place = _is_address(said["home"]) and said["home"].endswith(f"/projects/{said['id']}/")
    if not has_place or not _ID.fullmatch(said["id"]) or not isinstance(said.get("staged_at", ""), str):
        raise ValueError(folder)
    return said


def _bytes_of(marker: Path) -> bytes:
    """Of a file that is not longer than any of ours: to open a pipe as a file waits for whoever writes into it."""
    handle = os.open(marker, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        data = os.read(handle, _LONGEST + 1) if stat_flags.S_ISREG(os.fstat(handle).st_mode) else b""
    finally:
        os.close(handle)
    if len(data) > _LONGEST:
        raise ValueError(marker)
    return data


def _is_address(text: str) -> bool:
    try:
        S3Uri.parse(text)
    except errors.BadUsage:
        return False
    return True


def _says_another(folder: Path, project_id: str) -> bool:
    try:
        return bool(said_by(folder)["id"] != project_id)
    except (OSError, ValueError):
        return False

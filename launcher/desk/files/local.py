"""Folders of this computer, as pages like those of a bucket: the stream may offer no file explorer."""

from __future__ import annotations

import os
import stat as stat_flags
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.projects.disk_errors import disk_error
from launcher.projects.whose import CORNER

PAGE = 1000


def list_folder(folder: Path, *, recursive: bool = False) -> Iterator[dict[str, Any]]:
    """Folders and files, links and devices left out; paths with `/` on every system, folders ending in it.

    Everything below comes without its folders, as a bucket lists it.
    """
    for page in _level(folder):
        yield {**page, "prefixes": []} if recursive else page
        for below in page["prefixes"] if recursive else ():
            with suppress(errors.LauncherError):  # one that cannot be read, or went away, hides no other
                yield from list_folder(Path(below), recursive=True)


def _level(folder: Path) -> Iterator[dict[str, Any]]:
    try:
        entries = [entry for entry in os.scandir(folder) if entry.name != CORNER]
    except FileNotFoundError as exc:
        raise errors.NotFound(folder, title="There is no such folder on this computer") from exc
    except OSError as exc:
        raise disk_error(exc, folder) from exc
    entries.sort(key=lambda entry: (not entry.is_dir(follow_symlinks=False), entry.name.casefold()))
    for start in range(0, len(entries), PAGE):
        yield _page(entries[start : start + PAGE])


def _page(entries: list[os.DirEntry[str]]) -> dict[str, Any]:
    page: dict[str, Any] = {"prefixes": [], "objects": [], "truncated": False}
    for entry in entries:
        try:
            result = entry.stat(follow_symlinks=False)
            path = Path(entry.path).as_posix()
            path.encode()
        except (OSError, UnicodeEncodeError):
            continue
        if stat_flags.S_ISDIR(result.st_mode):
            page["prefixes"].append(f"{path}/")
        elif stat_flags.S_ISREG(result.st_mode):
            changed = datetime.fromtimestamp(result.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            page["objects"].append([path, result.st_size, changed, "", ""])
    return page

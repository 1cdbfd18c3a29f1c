"""Names that are two here and one elsewhere, by case or by the way accents are written: `stage` refuses both."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from launcher.storage.names import twins


class Twins:
    """Those in one project's folder; each folder that is asked about is looked into once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._crowded: dict[str, dict[str, str]] = {}
        self._folders: dict[str, str] = {"": ""}

    def why(self, path: str) -> str:
        """What keeps this file from lying beside the others on every system, in the words of `stage`; else nothing."""
        folder, _, name = path.rpartition("/")
        if other := self._of(folder).get(name):
            return f'is the same name as "{_in(folder, other)}" on some systems'
        return self._why_folder(folder)

    def _why_folder(self, folder: str) -> str:
        if folder not in self._folders:
            parent, _, name = folder.rpartition("/")
            other = self._of(parent).get(name)
            same = f'lies in "{folder}/", the same folder as "{_in(parent, other)}/" on some systems' if other else ""
            self._folders[folder] = same or self._why_folder(parent)
        return self._folders[folder]

    def _of(self, folder: str) -> dict[str, str]:
        if folder not in self._crowded:
            self._crowded[folder] = {}
            with suppress(OSError):  # it went meanwhile
                self._crowded[folder] = twins(os.listdir(self._root / folder))
        return self._crowded[folder]


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name

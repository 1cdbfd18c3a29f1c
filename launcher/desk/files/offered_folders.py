"""Where a person begins to look for files of their own: the stream may show no desktop and no file explorer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher.session import home_folder, survival

if TYPE_CHECKING:
    from launcher.desk.desk import Desk


def offered_folders(desk: Desk) -> list[dict[str, Any]]:
    """Folders of this account that are there, and what becomes of things in them (`durability`)."""
    home = Path.home()
    folders = [home, *map(Path, survival.offered_and_lost(home))]
    found = home_folder.look(desk.facts, home)
    if found is not None and found.state is home_folder.State.READY:
        folders.insert(1, found.path)
    return [
        {
            "name": folder.name or str(folder),
            "path": str(folder),
            "durability": survival.of_path(folder, desk.facts, home),
        }
        for folder in folders
        if folder.is_dir()
    ]

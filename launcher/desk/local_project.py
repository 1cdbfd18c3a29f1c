"""Which project a folder or a file of this computer is, staged or not."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Journal, ProjectRecord, State
from launcher.projects.local_files import stat_of
from launcher.projects.parsing import Parsers
from launcher.projects.whose import is_here, is_of_another
from launcher.tools import TOOLS, tool
from launcher.tools.protocol import Listed, Listing

if TYPE_CHECKING:
    from launcher.projects.find import FoundProject


def staged(journal: Journal, target: Path) -> ProjectRecord | None:
    """The project that was brought into this folder, or whose file this is."""
    for record in journal.projects():
        if target in (record.dir, record.dir / record.marker) and not is_of_another(record.dir, record.id):
            return record
    return None


def already_here(journal: Journal, uri: str) -> ProjectRecord | None:
    """The project of an address, if all of it that was asked for is on this computer."""
    for record in journal.projects():
        is_it = record.uri.rstrip("/") == uri.rstrip("/") and is_here(record.dir, record.id)
        if is_it and stat_of(record.dir / record.marker) is not None:
            return record if is_whole(journal, record) else None
    return None


def is_whole(journal: Journal, record: ProjectRecord) -> bool:
    """Did everything arrive that was to be brought here?"""
    return not any(item.state is State.STAGING for item in journal.items(record.id).values())


def found_here(parsers: Parsers, target: Path) -> ProjectRecord:
    """The project of a folder that was never staged, recognised as staging does."""
    folder, marker = (target.parent, target.name) if target.is_file() else (target, "")
    found = look(parsers, folder, marker)
    if found is None and not marker and (only := _only_file(folder)):
        found = look(parsers, folder, only)
    if found is None:
        raise errors.NotFound(
            target, title="There is no pose project here", hint="Name a project's folder, or a .slp file."
        )
    return ProjectRecord(found.id, found.uri, found.name, found.tool_id, found.marker, folder, home="")


def missing_videos(parsers: Parsers, tool_id: str, marker: Path) -> list[str]:
    """Videos that a project names and that are not in its folder."""
    found = look(parsers, marker.parent, marker.name if tool(tool_id).is_one_file else "")
    videos = found.card.get("videos", []) if found else []
    return [video["named"] for video in videos if not video["member"]]


def look(parsers: Parsers, folder: Path, marker: str, but: Collection[str] = ()) -> FoundProject | None:
    """What a folder of this computer, or one file in it, is; `marker` is empty for the folder itself.

    Folders in `but` are not looked into.
    """
    from launcher.projects.find import Finder
    from launcher.projects.source import LocalSource

    return Finder(LocalSource(folder, but), parsers).project(marker)


def _only_file(folder: Path) -> str:
    """The one file in a folder that is a project by itself."""
    here = Listing(
        Listed(entry.name, entry.stat().st_size)
        for entry in folder.iterdir()
        if entry.is_file() and not entry.is_symlink()
    )
    names = sorted(one.marker for kind in TOOLS if kind.is_one_file for one in kind.candidates(here))
    if len(names) > 1:
        raise errors.BadUsage(
            folder,
            title="There are several projects in this folder",
            hint=f"Nothing was started. Name one of: {', '.join(names[:20])}.",
        )
    return names[0] if names else ""

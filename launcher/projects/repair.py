"""Paths inside project files: right for this computer after staging, of no computer in what is saved."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from launcher.journal import ProjectRecord
from launcher.projects.parsing import Parsers
from launcher.tools import tool
from launcher.tools.protocol import Part, PathChange


def make_local(
    parsers: Parsers, record: ProjectRecord, path: str, working_copy: Path, members: Iterable[str]
) -> Sequence[PathChange]:
    """Let the paths in a working copy of `path` name this computer's files."""
    suffixed = _with_suffix(working_copy, path)
    try:
        known = sorted(members)
        videos = [member for member in known if tool(record.tool_id).part_of(member) is Part.VIDEOS]
        spec = {"project_dir": str(record.dir), "members": known, "windows": os.name == "nt", "video_members": videos}
        return parsers.rewrite(record.tool_id, suffixed, "local", spec)
    finally:
        suffixed.replace(working_copy)


def make_neutral(
    parsers: Parsers, record: ProjectRecord, path: str, working_copy: Path, members: Iterable[str]
) -> Sequence[PathChange]:
    """Take this computer's paths out of a working copy of `path`."""
    suffixed = _with_suffix(working_copy, path)
    try:
        spec = {
            "project_dir": str(record.dir),
            "machine_roots": _machine_roots(record.dir),
            "members": sorted(members),
            "windows": os.name == "nt",
        }
        return parsers.rewrite(record.tool_id, suffixed, "neutral", spec)
    finally:
        suffixed.replace(working_copy)


def _machine_roots(folder: Path) -> list[str]:
    """Where this computer keeps things of its own; programs write such a place down with its links resolved, or not."""
    roots = {folder.parent, Path.home(), Path(tempfile.gettempdir())}
    return sorted({str(place) for root in roots for place in (root, root.resolve())})


def has_paths(record: ProjectRecord, path: str) -> bool:
    """May the file hold paths of a machine?"""
    return tool(record.tool_id).has_paths(path)


def _with_suffix(working_copy: Path, path: str) -> Path:
    """The working copy under the file's own name, which tells the tool what kind of file it is."""
    folder = working_copy.with_name(working_copy.name + ".d")
    folder.mkdir(exist_ok=True, mode=0o700)
    return working_copy.replace(folder / path.rpartition("/")[2])

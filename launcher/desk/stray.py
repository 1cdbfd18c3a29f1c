"""Pose projects that lie where nothing survives the session, and what was decided about each of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher.config.plain import typed
from launcher.projects.local_files import stat_of
from launcher.session import survival

if TYPE_CHECKING:
    from launcher.journal import Journal

#: Under this name the journal keeps those of which the person said that they may be lost.
_LEFT = "strays left there"
#: And those that were taken along although they had to stay, with what they looked like.
_TAKEN = "strays taken along"


@dataclass(frozen=True, slots=True)
class Stray:
    """A project that a tool made by itself, say on the Desktop; it would go with the machine.

    `dir` is its folder, or its file where the project is one file among others.
    """

    dir: Path
    name: str
    tool: str
    files: int
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """As `stray` prints it."""
        return {
            "dir": str(self.dir),
            "name": self.name,
            "tool": self.tool,
            "files": self.files,
            "bytes": self.bytes,
            "durability": survival.LOST,
            "message": f"{self.name} lies where nothing survives the session.",
            "hint": f"Keep it: pose-launcher stray keep {typed(self.dir)}",
        }


def leave(journal: Journal, path: str) -> None:
    """The person wants one of them left where it is: then it goes with the machine."""
    journal.put_fact(_LEFT, json.dumps(sorted({*left_there(journal), path})))


def left_there(journal: Journal) -> set[str]:
    """Those that the person wants left where they are."""
    return set(json.loads(journal.fact(_LEFT) or "[]"))


def note_taken(journal: Journal, file: Path) -> None:
    """It has come along as it is now, and stays where it is, since a program has it open."""
    journal.put_fact(_TAKEN, json.dumps({**_taken(journal), str(file): _signs(file)}))


def is_taken(journal: Journal, file: Path) -> bool:
    """Has it come along already, as it is now?"""
    taken = _taken(journal)
    return str(file) in taken and taken[str(file)] == _signs(file)


def _taken(journal: Journal) -> dict[str, list[int]]:
    found: dict[str, list[int]] = json.loads(journal.fact(_TAKEN) or "{}")
    return found


def _signs(file: Path) -> list[int]:
    """By which it is known to be the same; another name of it changes its change time."""
    stat = stat_of(file)
    return [stat.size, stat.mtime_ns, stat.file_id] if stat is not None else []

"""Somebody in a rehearsal's session, and what a trap is to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installer.rehearsal.place import DATA, Place
from installer.rehearsal.world import Record


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a session, with a home folder of their own on its machine."""

    place: Place
    session: Record

    @property
    def home(self) -> Path:
        """Their home on the machine."""
        folder = self.place.machine(self.session) / "home"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def ask(self, *words: str | Path, code: int | None = 0, **environ: str) -> Any:
        """A command of the launcher; a `code` of None takes any."""
        return self.place.person(self.session, *words, code=code, environ={"HOME": str(self.home), **environ})

    def bring(self) -> Path:
        """The sample's project of DeepLabCut, on this machine."""
        found = self.ask("projects", f"s3://{DATA}/")["projects"]
        project = next(row for row in found if row["tool"] == "deeplabcut")
        return Path(self.ask("stage", project["uri"])["dir"])


#: Sets up the cause, asks as the person or the admin would, requires the words that help, and tells what was said.
Trap = Callable[[Person], str]

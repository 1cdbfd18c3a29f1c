"""How much of a project on this computer is in the home bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher.config.plain import plain
from launcher.ui.rows.addresses import last_part
from launcher.ui.rows.projects import Project


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of a project on this computer: how it stands to the home bucket, why, and what to do about it."""

    path: str
    state: str
    cause: str = ""
    next: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class SavedState:
    """How much of one project on this computer is in the home bucket."""

    uri: str
    dir: str
    all_saved: bool
    unsaved_files: int
    unsaved_bytes: int
    last_saved: str | None
    items: Sequence[KeptFile] = ()
    #: Why nothing is known to be saved; empty when all is as it should be.
    problem: str = ""
    #: What there is to ask about it: `vanished`, `emptied`, `held`, or `trouble` that passes or is told in its words.
    kind: str = ""
    #: Whoever holds it: person, computer, since when.
    holder: tuple[str, str, str] | None = None
    home: str = ""

    @property
    def in_two_versions(self) -> int:
        """Files that another session changed too, kept twice until somebody decides."""
        return sum(file.state == "saved as a conflict copy" for file in self.items)


def saved_state_of(data: Mapping[str, Any]) -> SavedState:
    """One element of `status`."""
    return SavedState(
        uri=data["uri"],
        dir=data["dir"],
        all_saved=bool(data["all_saved"]),
        unsaved_files=data["unsaved_files"],
        unsaved_bytes=data["unsaved_bytes"],
        last_saved=data["last_saved"],
        problem=_problem(data.get("problem")),
        kind=(data.get("problem") or {}).get("kind", ""),
        holder=_holder((data.get("problem") or {}).get("holder")),
        home=data["home"],
        items=tuple(_kept_file(item) for item in data["items"]),
    )


def by_key(states: Iterable[SavedState]) -> dict[str, SavedState]:
    """By the address that a project came from, and by its id: its saved place has a card as well."""
    known = list(states)
    return {last_part(state.home): state for state in known if state.home} | {state.uri: state for state in known}


def saved_of(project: Project, states: Mapping[str, SavedState]) -> SavedState | None:
    """How a project stands, under whichever of its addresses it is shown."""
    return states.get(project.uri) or states.get(project.id)


def _kept_file(data: Mapping[str, Any]) -> KeptFile:
    # Most files are saved and have no cause: thousands of them are read at every look.
    cause, after = data["cause"], data.get("next", "")
    said = (plain(cause), plain(after)) if cause or after else ("", "")
    return KeptFile(plain(data["path"]), data["state"], *said, data.get("bytes", 0))


def _problem(data: Mapping[str, Any] | None) -> str:
    return plain(f"{data['what']}. {data['next']}") if data else ""


def _holder(data: Mapping[str, Any] | None) -> tuple[str, str, str] | None:
    return (plain(data["who"]), plain(data["where"]), plain(data["since"])) if data else None

"""Where data lives, and how long the session does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launcher.config.plain import plain
from launcher.ui.rows.addresses import local_address


@dataclass(frozen=True, slots=True)
class Place:
    """Where data lives, and what survives there."""

    name: str
    kind: str
    durability: str
    uri: str | None
    path: str | None
    writable: bool
    reachable: bool
    message: str

    @property
    def root(self) -> str:
        """What browsing starts from: its address in S3, or its folder on this computer."""
        return self.uri or (local_address(self.path) if self.path else "")


@dataclass(frozen=True, slots=True)
class Limit:
    """A known end of the session."""

    name: str
    seconds_left: int


def place_of(data: Mapping[str, Any]) -> Place:
    """One element of `places`."""
    return Place(
        name=plain(data["name"]),
        kind=data["kind"],
        durability=plain(data["durability"]),
        uri=data["uri"],
        path=data["path"],
        writable=data["access"] == "writable",
        reachable=bool(data["reachable"]),
        message=plain(data["message"] or ""),
    )


def limits_of(session: Mapping[str, Any]) -> tuple[Limit, ...]:
    """The known ends in a `session`."""
    return tuple(Limit(plain(limit["name"]), int(limit["seconds_left"])) for limit in session["limits"])

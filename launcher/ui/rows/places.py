"""Where data lives, and how long the session does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from launcher.config.plain import plain
from launcher.ui.rows.addresses import local_address


@dataclass(frozen=True, slots=True)
class Place:
    """Where data lives, and what survives there.

    `mount` is "mounted" or "away" for a bucket that has one on this computer, at `path` while it answers; else empty.
    """

    name: str
    kind: str
    durability: str
    uri: str | None
    path: str | None
    writable: bool
    reachable: bool
    message: str
    mount: str = ""

    @property
    def root(self) -> str:
        """What browsing starts from: its address in S3, or its folder on this computer."""
        return self.uri or (local_address(self.path) if self.path else "")

    def mounted(self, uri: str) -> str:
        """The path of a file or folder of this bucket below its mount; empty where it has none."""
        parts = uri.removeprefix(self.uri or "").rstrip("/").split("/")
        is_below = bool(self.uri) and uri.startswith(self.uri or "") and not {"", ".", ".."} & set(parts)
        return str(PurePath(self.path, *parts)) if self.mount == "mounted" and self.path and is_below else ""


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


def places_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Place, ...]:
    """All of `places`; a bucket and its mount are one place, with two ways to it."""
    found = list(rows)
    mounts = {row["uri"]: place_of(row) for row in found if row["kind"] == "mount"}
    return tuple(_joined(place_of(row), mounts.get(row["uri"])) for row in found if row["kind"] != "mount")


def _joined(bucket: Place, mount: Place | None) -> Place:
    if mount is None or not bucket.reachable:
        return bucket
    return replace(bucket, mount="mounted" if mount.reachable else "away", message=mount.message)


def limits_of(session: Mapping[str, Any]) -> tuple[Limit, ...]:
    """The known ends in a `session`."""
    return tuple(Limit(plain(limit["name"]), int(limit["seconds_left"])) for limit in session["limits"])

"""One card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from launcher.config.plain import plain
from launcher.ui.rows.addresses import last_part


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about a project's health."""

    code: str
    severity: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Video:
    """A video of a project, or of a listing; `address` is its URI when it is there, else the path that was named."""

    name: str
    address: str
    present: bool
    bytes: int | None = None
    project: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """One card. `json` is what the desk said, for the verbs that want it again."""

    uri: str
    id: str
    name: str
    tool_id: str
    tool_version: str | None = None
    multi_animal: bool = False
    body_parts: Sequence[str] = ()
    has_skeleton: bool = False
    labelled_frames: int | None = None
    predicted_frames: int | None = None
    videos: Sequence[Video] = ()
    models: Sequence[str] = ()
    bytes: int = 0
    modified: str = ""
    health: Sequence[Finding] = ()
    json: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def can_open(self) -> bool:
        """Nothing is known that would keep it from opening."""
        return all(finding.severity != "error" for finding in self.health)

    @property
    def can_train(self) -> bool:
        """Is there, as far as it is known, anything to learn from?"""
        return self.can_open and self.labelled_frames != 0

    @property
    def pictured_frames(self) -> int:
        """How many frames there are to be shown: labelled ones, or else predicted ones."""
        return self.labelled_frames or self.predicted_frames or 0


def project_of(data: Mapping[str, Any]) -> Project:
    """One element of `projects`."""
    name = plain(data["name"])
    return Project(
        uri=data["uri"],
        id=data["id"],
        name=name,
        tool_id=plain(data["tool"]),
        tool_version=plain(data["tool_version"]) if data.get("tool_version") else None,
        multi_animal=bool(data.get("multi_animal")),
        body_parts=tuple(plain(part) for part in data.get("body_parts", ())),
        has_skeleton=bool(data.get("skeleton")),
        labelled_frames=data.get("labelled_frames"),
        predicted_frames=data.get("predicted_frames"),
        videos=tuple(_video(video, name) for video in data.get("videos", ())),
        models=tuple(plain(model) for model in data.get("models", ())),
        bytes=int(data.get("bytes") or 0),
        modified=data.get("modified") or "",
        health=tuple(_finding(finding) for finding in data.get("health", ())),
        json=data,
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(data["code"], data["severity"], plain(data["message"]), plain(data.get("hint") or ""))


def _video(data: Mapping[str, Any], project: str) -> Video:
    address = data.get("uri") or data.get("path") or ""
    return Video(plain(last_part(address)), address, bool(data["present"]), project=project)

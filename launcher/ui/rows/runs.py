"""What was started here, and what was open lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from launcher.config.plain import plain
from launcher.ui.rows.progress import ProgressSeen, progress_of


@dataclass(frozen=True, slots=True)
class Run:
    """A pose tool that was started here and has not ended."""

    id: str
    tool_id: str
    project: str
    state: str
    dir: str
    message: str = ""
    #: `train`, `infer` or `evaluate`; empty for an open window.
    task: str = ""
    progress: ProgressSeen | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """A project that was opened lately, here or in an earlier session."""

    uri: str
    name: str
    tool_id: str
    opened: str
    saved: bool


@dataclass(frozen=True, slots=True)
class ToolTarget:
    """A tool that a dragged project can be let go on."""

    tool_id: str


def run_of(data: Mapping[str, Any]) -> Run:
    """One element of `runs`."""
    said = plain(data.get("message") or "")
    task = data.get("task") or ""
    told = progress_of(data.get("progress"))
    return Run(data["run"], data["tool"], plain(data["project"]), data["state"], data["dir"], said, task, told)


def recent_of(data: Mapping[str, Any]) -> Recent:
    """One element of `recents`."""
    return Recent(data["uri"], plain(data["name"]), plain(data["tool"]), data["opened"], bool(data["saved"]))

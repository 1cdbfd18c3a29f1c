"""Trainings and predictions as the window shows them: the desk's JSON is read here once, remote text made plain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher.config.plain import plain
from launcher.ui.rows.progress import ProgressSeen, progress_of

#: Colours, and where a terminal's cursor goes (ECMA-48, 5.4: control sequences).
_STEERING = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
#: The states of a job that has ended, as the desk names them.
_OVER = frozenset({"exited", "crashed", "stopped", "ended unseen"})


@dataclass(frozen=True, slots=True)
class EpochSeen:
    """One point of a curve."""

    epoch: int
    loss: float | None
    validation: float | None


@dataclass(frozen=True, slots=True)
class JobSeen:
    """One training or prediction, running or over; `problem` is what the person should know about its end."""

    id: str
    tool_id: str
    task: str
    project: str
    state: str
    dir: str = ""
    started: str = ""
    ended: str = ""
    progress: ProgressSeen | None = None
    model: str = ""
    predictions: str = ""
    problem: str = ""

    @property
    def is_over(self) -> bool:
        """Has it ended, in whatever way?"""
        return self.state in _OVER


@dataclass(frozen=True, slots=True)
class JobWhole:
    """One of them with its curve and the end of its log."""

    job: JobSeen
    curve: Sequence[EpochSeen]
    log: str
    can_continue: bool


def job_of(data: Mapping[str, Any]) -> JobSeen:
    """One element of `runs` that is a job."""
    return JobSeen(
        id=data["run"],
        tool_id=plain(data["tool"]),
        task=data["task"],
        project=plain(data["project"]),
        state=data["state"],
        dir=data["dir"],
        started=data.get("started") or "",
        ended=data.get("ended") or "",
        progress=progress_of(data.get("progress")),
        model=plain(data.get("model") or ""),
        predictions=plain(data.get("predictions") or ""),
        problem=_problem(data.get("problem")),
    )


def whole_of(data: Mapping[str, Any]) -> JobWhole:
    """A job as the desk tells it when it is asked for that one alone."""
    curve = [EpochSeen(int(one["epoch"]), one["loss"], one["validation"]) for one in data["curve"]]
    return JobWhole(job_of(data), curve, readable(data["log"]), bool(data["can_continue"]))


def readable(log: str) -> str:
    """A log as a terminal leaves it: of a line that is written over and over the last one, and nothing that steers."""
    shown: list[str] = []
    for line in log.replace("\r\n", "\n").split("\n"):
        written = [plain(part.expandtabs()).rstrip() for part in _STEERING.sub("", line).split("\r")]
        last = next((part for part in reversed(written) if part), "")
        if last or (shown and shown[-1]):  # a bar below another one leaves empty lines behind
            shown.append(last)
    return "\n".join(shown).rstrip("\n")


def _problem(data: Mapping[str, Any] | None) -> str:
    return plain(f"{data['what']}. {data['data_safe']} {data['next']}") if data else ""

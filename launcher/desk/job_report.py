"""A job in words and in the contract's JSON."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from launcher.runs.jobs import JobLook, JobState
from launcher.tools import tool
from launcher.tools.running import Problem, TrainingProgress

_NO_MEMORY = "The memory of this computer was not enough. Take a smaller --batch or --scale"
#: What both tools' libraries say of the usual misfortunes.
_KNOWN: Sequence[tuple[str, str]] = (
    ("CUDA out of memory", "The GPU's memory was not enough. Take a smaller --batch or --scale"),
    ("OutOfMemoryError", "The GPU's memory was not enough. Take a smaller --batch or --scale"),
    ("No space left on device", "The disk is full"),
    (
        "LocalEntryNotFoundError",
        "The pretrained weights are neither on this computer nor can they be fetched; train without them",
    ),
    *((sign, _NO_MEMORY) for sign in ("Unable to allocate", "DefaultCPUAllocator: ", "MemoryError")),
    # torch.save has no word of its own for it; this is where it writes its archives.
    ("inline_container.cc", "The disk is full, or cannot be written to"),
    ("errno = 28", "The disk is full"),
)
#: Nobody else ends a job without asking: -9 is the system's own, 137 the same in a shell's words.
_KILLED = (-9, 137)


def problem_of(look: JobLook, log: str) -> Problem | None:
    """What the person should know about an end, from the end of its log; None if all is well."""
    if look.state not in (JobState.CRASHED, JobState.UNKNOWN):
        return None
    next_step = f"Read its log: `pose-launcher runs log {look.job.run}`."
    safe = "Your labels are unchanged; checkpoints that were finished are kept."
    for sign, what in _KNOWN:
        if sign in log:
            return Problem(what, safe, next_step)
    if look.exit_code in _KILLED:
        return Problem(f"The system ended it, most likely for want of memory. {_NO_MEMORY}", safe, next_step)
    said = [line.partition(": ")[2] for line in log.splitlines() if line.startswith("pose-launcher: ")]
    return Problem(said[-1] if said else f"{tool(look.job.tool_id).title} ended before it was done", safe, next_step)


def row(look: JobLook, problem: Problem | None) -> dict[str, Any]:
    """One element of `runs` (contract)."""
    return {
        "run": look.job.run,
        "tool": look.job.tool_id,
        "task": look.job.task,
        "project": look.job.project,
        "state": look.state.value,
        "started": _iso(look.started or look.job.queued),
        "ended": _iso(look.ended) if look.ended else None,
        "exit_code": look.exit_code,
        "progress": _progress(look.progress),
        "used": asdict(look.used) if look.used else None,
        "weights": look.answer.get("weights"),
        "pid": look.pid,
        "dir": look.job.dir,
        "model": look.answer.get("model"),
        "predictions": look.answer.get("predictions"),
        "problem": problem.to_json() if problem else None,
        "message": words(look),
    }


def _progress(told: TrainingProgress | None) -> dict[str, Any] | None:
    """Without the curve, which grows with every epoch: `whole` has it."""
    if told is None:
        return None
    return {name: value for name, value in asdict(told).items() if name != "curve"} | {"fraction": told.fraction}


def whole(look: JobLook, problem: Problem | None, log: str, *, can_continue: bool) -> dict[str, Any]:
    """A job with its loss by epoch and the end of its log, for whoever looks at it alone."""
    curve = look.progress.curve if look.progress is not None else ()
    return row(look, problem) | {
        "curve": [{"epoch": one.epoch, "loss": one.loss, "validation": one.validation} for one in curve],
        "log": log,
        "can_continue": can_continue,
    }


def words(look: JobLook) -> str:
    """What the state's name does not say."""
    told = look.progress
    if told is None:
        return ""
    said = f"epoch {told.epoch} of {told.epochs}"
    if told.loss is not None:
        said += f", loss {told.loss:.3g}"
    if told.best is not None:
        said += f", best {told.best:.3g}"
    if look.state is JobState.RUNNING and told.seconds_left is not None:
        said += f", about {told.seconds_left / 60:.0f} min left"
    return said


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))

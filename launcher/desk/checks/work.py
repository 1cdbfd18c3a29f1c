"""The pose tools' environments, the site's mounts, and the saver: does what works for us work?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.config.plain import plain
from launcher.desk import saver_process
from launcher.desk.checks.check import Advice, Question
from launcher.desk.mounting import Mounts
from launcher.runs import torch_view
from launcher.runs.check import Torch
from launcher.runs.environments import Environments, Installed, tools_root
from launcher.saving.plan import Excluded
from launcher.tools import TOOLS

if TYPE_CHECKING:
    from launcher.desk.desk import Desk

#: All checks together have three seconds.
_TORCH_WITHIN_S = 2.3
#: A person's own work in each tool's project: a pattern that names one of these leaves such work out of every save.
_WORK = (
    "config.yaml",
    "labels.slp",
    "labeled-data/mouse/CollectedData_Ada.h5",
    "labeled-data/mouse/CollectedData_Ada.csv",
    "labeled-data/mouse/img001.png",
    "models/first/best.ckpt",
    "dlc-models-pytorch/iteration-0/shuffle1/train/snapshot-best-100.pt",
)


def tools(desk: Desk, gpus: str) -> Iterator[Question]:
    """One question for each tool that we know; `gpus` are those that the driver has."""
    state = desk.setup.state.path
    environments = Environments(tools_root(state, os.environ))
    for tool in TOOLS:
        found = environments.find(tool.tool_id)
        yield Question(f"tool {tool.title}", partial(_tool, tool.tool_id, found, state / "torch-views", gpus))


def _tool(tool_id: str, found: Installed | None, views: Path, gpus: str) -> str:
    if found is None:
        raise Advice(
            "it is not installed on this computer", f"Install it with `pose-launcher tools install {tool_id}`."
        )
    if gpus and found.variant == "cpu":
        raise errors.NotDone(
            title="It cannot use this computer's GPU: its torch is for the processor only",
            hint=f"Install it again: `pose-launcher tools install {tool_id}`. Projects are not affected.",
        )
    view = torch_view.ask(found, views, gpus, _TORCH_WITHIN_S)
    if view is None:
        raise Advice(
            f"slow: {found.version}; its torch has not answered after {_TORCH_WITHIN_S} s",
            f"It goes on looking; ask again in a minute, or run `pose-launcher tools check {tool_id}`.",
        )
    if gpus and not view.available:
        raise errors.NotDone(
            gpus,
            title=f"Its torch (CUDA {view.cuda}) does not see the GPU that the driver has",
            hint="It would train on the processor, which takes long. Tell your admin; projects are not affected.",
        )
    return f"{found.version}, {_sees(view)}; `tools check {tool_id}` runs it"


def _sees(view: Torch) -> str:
    if view.available:
        return f"its torch {view.version} sees {', '.join(view.devices)}"
    built = f"is built for CUDA {view.cuda} and sees no GPU" if view.cuda else "is for the processor only"
    return f"its torch {view.version} {built}"


def mounts(found: Mounts) -> str:
    """All of them answer; none is needed for anything but paths in tools."""
    states = found.status()
    faulty = [f"{one.bucket.name} is {one.state} ({one.message})" for one in states if one.is_faulty]
    if faulty:
        raise errors.NotDone(
            "; ".join(faulty), title="A mount does not answer", hint="Begin it anew: `pose-launcher mounts start`."
        )
    down = [one.bucket.name for one in states if not one.is_well]
    if down:
        raise Advice(f"not mounted: {', '.join(down)}", "Everything works from S3; `pose-launcher mounts start`.")
    return f"{len(states)} answer" if states else "the site has none"


def exclusions(patterns: Sequence[str]) -> str:
    """Does the site leave out of every save what people make here?"""
    lost = [pattern for pattern in patterns if any(path in Excluded([pattern]) for path in _WORK)]
    if lost:
        raise Advice(
            f"[save] exclude leaves out of every save what people work on: {', '.join(map(plain, lost))}",
            "Such files are gone when the session ends. If that is not meant, ask your admin for narrower patterns.",
        )
    return f"the site leaves out {', '.join(map(plain, patterns))}" if patterns else "the site leaves nothing out"


def saver(desk: Desk) -> str:
    """Running, or nothing for it to do."""
    running = saver_process.find(desk.setup.state.path)
    if running is not None:
        return f"it runs (process {running.pid})"
    unsaved = [row for row in desk.status(None) if not row["all_saved"]]
    if unsaved:
        files = sum(int(row["unsaved_files"]) for row in unsaved)
        what = f"{files} files are not saved" if files else "the record of what is saved is not in S3 yet"
        raise errors.NotDone(
            title=f"The saver does not run, and {what}",
            hint="Start it with `pose-launcher watch --background`, or save now: `pose-launcher save`.",
        )
    return "it does not run, and nothing is unsaved"

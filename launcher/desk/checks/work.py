"""The pose tools' environments, the site's mounts, and the saver: does what works for us work?"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk import saver_process
from launcher.desk.checks.check import Advice, Question
from launcher.desk.mounting import Mounts
from launcher.runs.environments import Environments, Installed, tools_root
from launcher.runs.isolation import clean_environment
from launcher.tools import TOOLS

if TYPE_CHECKING:
    from launcher.desk.desk import Desk

_STARTS_WITHIN_S = 2.5
#: `find_spec` finds a package without loading it, which would take longer than a whole examination may.
_QUESTION = "import importlib.util, sys; sys.exit(0 if importlib.util.find_spec('torch') else 3)"


def tools(desk: Desk, *, has_gpu: bool) -> Iterator[Question]:
    """One question for each tool that we know."""
    environments = Environments(tools_root(desk.setup.state.path, os.environ))
    for tool in TOOLS:
        found = environments.find(tool.tool_id)
        yield Question(f"tool {tool.title}", partial(_tool, tool.tool_id, found, has_gpu))


def _tool(tool_id: str, found: Installed | None, has_gpu: bool) -> str:
    if found is None:
        raise Advice(
            "it is not installed on this computer", f"Install it with `pose-launcher tools install {tool_id}`."
        )
    again = f"Install it again: `pose-launcher tools install {tool_id}`. Projects are not affected."
    try:
        done = subprocess.run(
            [str(found.python), "-I", "-c", _QUESTION],
            env=clean_environment(os.environ, str(found.python.parent), {}),
            capture_output=True,
            timeout=_STARTS_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Advice(
            f"slow: its Python did not start within {_STARTS_WITHIN_S} s", f"Ask `pose-launcher tools check {tool_id}`."
        ) from None
    except OSError as exc:
        raise errors.ToolFailed(
            found.folder, title=f"Its Python cannot be started ({exc.strerror})", hint=again
        ) from exc
    if done.returncode:
        raise errors.ToolFailed(found.folder, title="Its environment is not complete", hint=again)
    if has_gpu and found.variant == "cpu":
        raise errors.NotDone(title="It cannot use this computer's GPU: its torch is for the processor only", hint=again)
    view = "its torch is for the processor only" if found.variant == "cpu" else "its torch is built for GPUs"
    return f"{found.version}, {view}; `tools check {tool_id}` runs it"


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


def saver(desk: Desk) -> str:
    """Running, or nothing for it to do."""
    running = saver_process.find(desk.setup.state.path)
    if running is not None:
        return f"it runs (process {running.pid})"
    unsaved = [row for row in desk.status(None) if not row["all_saved"]]
    if unsaved:
        files = sum(int(row["unsaved_files"]) for row in unsaved)
        raise errors.NotDone(
            title=f"The saver does not run, and {files} files are not saved",
            hint="Start it with `pose-launcher watch --background`, or save now: `pose-launcher save`.",
        )
    return "it does not run, and nothing is unsaved"

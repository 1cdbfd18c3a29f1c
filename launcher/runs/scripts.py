"""Run one of our own scripts in a pose tool's environment to its end, and take its answer."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Any

from launcher import errors
from launcher.runs.environments import Installed, resources
from launcher.runs.isolation import clean_environment
from launcher.tools import tool

#: Reading a long video frame by frame takes its time; beyond this something hangs.
PATIENCE_S = 3600
_OURS = "pose-launcher: "


def run_script(one: Installed, script: str, arguments: Sequence[str]) -> dict[str, Any]:
    """The JSON that a script of `resources/tools/<tool>/` answers with; raises `ToolFailed` in the script's own words.

    It runs in the tool's clean environment and in an empty folder, like the tool itself.
    """
    command = [str(one.python), "-I", "-X", "utf8", str(resources(one.tool_id) / script), *arguments]
    environ = clean_environment(os.environ, str(one.python.parent), {})
    with tempfile.TemporaryDirectory(prefix="pose-launcher-") as empty:
        try:
            done = subprocess.run(
                command, cwd=empty, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S,
                check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as exc:
            raise _failed(one, "it could not be started, or did not end", repr(exc)) from exc
    told, said = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    if done.returncode:
        why = next((line.removeprefix(_OURS) for line in said.splitlines() if line.startswith(_OURS)), "")
        raise _failed(one, why or (said.strip().splitlines() or ["it ended without a word"])[-1], said[-2000:])
    try:
        answer: dict[str, Any] = json.loads(told.strip().splitlines()[-1])
    except (ValueError, IndexError) as exc:
        raise _failed(one, "its answer cannot be read", told[-500:]) from exc
    return answer


def _failed(one: Installed, why: str, detail: str) -> errors.ToolFailed:
    title = f"{tool(one.tool_id).title} could not do this"
    return errors.ToolFailed(why, title=title, hint="Your project is unchanged.", detail=detail)

"""Which GPUs a tool's own torch sees, asked by the tool's Python; what was answered once is known for this computer.

Importing torch takes from one second to a minute. A child of its own asks, ends by itself, and writes its answer into a
file: whoever has no time to wait finds it there the next time.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.runs.check import PROBE, Torch
from launcher.runs.environments import STAMP, Installed
from launcher.runs.isolation import clean_environment
from launcher.runs.process import detached

#: The child gives up then (`probe.py`), so that an answer which is not there by then never will be.
CHILD_ENDS_S = 120.0


def ask(one: Installed, folder: Path, gpus: str, within_s: float) -> Torch | None:
    """What its torch says; None if there is no answer in time. Raises `ToolFailed` if it cannot be imported.

    `gpus` are the GPUs that the driver has: the answer for other ones is another answer.
    """
    file = folder / f"{_key(one, gpus)}.json"
    if (known := _read(file)) is not None:
        return _view(known, one)
    child = None if _is_under_way(file) else _begin(one, file)
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        is_over = child is not None and child.poll() is not None
        if (known := _read(file)) is not None:
            return _view(known, one)
        if is_over:
            file.unlink(missing_ok=True)
            raise _not_complete(one, f"its Python ended with code {child.returncode}" if child else "")
        time.sleep(0.05)
    if child is not None:
        child.returncode = 0  # it goes on without us, and ends by itself
    return None


def _key(one: Installed, gpus: str) -> str:
    """By the environment's stamp, which is written anew with each installation."""
    stamp = (one.folder / STAMP).stat()
    return hashlib.sha256(f"{one.folder}\0{stamp.st_mtime_ns}\0{stamp.st_size}\0{gpus}".encode()).hexdigest()[:16]


def _is_under_way(file: Path) -> bool:
    """Does an earlier child still look? Its file is there, and not old."""
    try:
        return time.time() - file.stat().st_mtime < CHILD_ENDS_S
    except OSError:
        return False


def _begin(one: Installed, file: Path) -> subprocess.Popen[bytes]:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("wb") as answer:
        try:
            return subprocess.Popen(
                [str(one.python), "-I", "-X", "utf8", str(PROBE)],
                cwd=file.parent,
                env=clean_environment(os.environ, str(one.python.parent), {}),
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                **detached(sys.platform),
            )
        except OSError as exc:
            file.unlink(missing_ok=True)
            raise _not_complete(one, exc.strerror or str(exc)) from exc


def _read(file: Path) -> Mapping[str, Any] | None:
    try:
        return dict(json.loads(file.read_bytes())["torch"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _view(found: Mapping[str, Any], one: Installed) -> Torch:
    if not found["ok"]:
        raise _not_complete(one, str(found["error"]))
    return Torch(found["version"], found["cuda"], found["available"], tuple(found["devices"]))


def _not_complete(one: Installed, why: str) -> errors.ToolFailed:
    return errors.ToolFailed(
        f"{one.folder}: {why}" if why else one.folder,
        title="Its environment is not complete",
        hint=f"Install it again: `pose-launcher tools install {one.tool_id}`. Projects are not affected.",
    )

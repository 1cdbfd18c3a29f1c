"""The wheel, built from what is committed: two builds of one commit are the same bytes."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from installer.outputs import write_output
from launcher import errors


def build_wheel(root: Path, target: Path) -> Path:
    """The wheel of the commit that is checked out; what is not committed is not in it."""
    if importlib.util.find_spec("hatchling") is None:
        raise errors.BadUsage(
            title="Building the wheel needs the packages of the tests",
            hint="In the project's folder: `bash installer/bootstrap.sh admin supply` brings them.",
        )
    with tempfile.TemporaryDirectory(prefix="wheel-") as folder:
        tree, out = Path(folder, "tree"), Path(folder, "out")
        tree.mkdir()
        archive = Path(folder, "tree.tar")
        _run(["git", "-C", str(root), "archive", "--output", str(archive), "HEAD"], {})
        _run(["tar", "-xf", str(archive), "-C", str(tree)], {})
        when = _run(["git", "-C", str(root), "log", "-1", "--format=%ct"], {}).strip()
        command = [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
        _run(command, {"SOURCE_DATE_EPOCH": when}, cwd=tree)
        (made,) = out.glob("*.whl")
        target.mkdir(parents=True, exist_ok=True)
        write_output(target / made.name, made.read_bytes())
        return target / made.name


def _run(command: list[str], environ: dict[str, str], cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, env={**os.environ, **environ}, cwd=cwd, capture_output=True, text=True, timeout=600, check=False
        )
    except OSError as exc:
        raise errors.NotDone(command[0], title="This program is not on this machine", detail=repr(exc)) from exc
    if done.returncode:
        raise errors.NotDone(command[0], title="The wheel could not be built", hint=done.stderr.strip()[-300:])
    return done.stdout

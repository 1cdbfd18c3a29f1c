"""The small process that starts what waits in the queue, so that no launcher need stay for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import launcher
from launcher.runs.process import detached

_BEGIN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from launcher.__main__ import main; sys.exit(main())"


def start_queue(state: Path, environ: Mapping[str, str]) -> None:
    """Start it; it ends at once where another one does the work, and by itself when nothing waits."""
    root = Path(launcher.__file__).parents[1]
    flags = ["--state-dir", str(state), "--quiet", "queue"]
    command = [sys.executable, "-I", "-X", "utf8", "-c", _BEGIN, str(root), *flags]
    with (
        (state / "queue.log").open("wb") as log,
        subprocess.Popen(
            command,
            cwd=state,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=dict(environ),
            **detached(sys.platform),
        ) as child,
    ):
        child.returncode = 0  # it is not waited for: it outlives us

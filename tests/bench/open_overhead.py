"""How much later a window is there through `open` than through the tool's own command (`-m tests.bench.open_overhead`).

Both are timed by the same observer, from the start of the command to the window in the window system's list, in turn.
The tool is one of the tests' own that shows its window at once, so that what is measured is ours; `--tools DIR` takes
the real SLEAP or DeepLabCut from there instead, with the project that `--project` names. DeepLabCut's own command takes
no project, so that our start script stands for it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from launcher.journal import Journal, ProjectRecord
from launcher.runs.environments import Environments, resources
from launcher.runs.isolation import clean_environment
from launcher.runs.screen_x11 import X11Screen
from launcher.tools import tool
from launcher.tools.protocol import PoseTool
from launcher.tools.running import Task, ToolHome, WindowSays
from tests.conftest import ROOT, SHARED
from tests.display import running_display
from tests.fakes.installed import FakeTools

PROJECT = SHARED / "sleap-samples" / "small_robot_minimal.slp"
LIMIT_S = 120.0


class Stopwatch:
    """Sees windows come and go on one screen."""

    def __init__(self, display: str, kind: PoseTool, marker: Path) -> None:
        self._screen = X11Screen(display)
        self._kind = kind
        self._marker = marker

    def until_window(self, command: Sequence[str], environ: dict[str, str]) -> float:
        """Seconds from the start of a command to the project's window; then the tool is ended."""
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while not (pids := self._pids()):
            assert time.perf_counter() - began < LIMIT_S, "no window"
            time.sleep(0.005)
        seconds = time.perf_counter() - began
        if pids[0] != process.pid:
            process.wait(LIMIT_S)
        os.kill(pids[0], signal.SIGTERM)
        if pids[0] == process.pid:
            process.wait(LIMIT_S)
        while self._pids():
            time.sleep(0.01)
        return seconds

    def _pids(self) -> list[int]:
        windows = self._screen.windows()
        found = [one.pid for one in windows if self._kind.window_says(one.title, self._marker) is WindowSays.READY]
        return [pid for pid in found if pid is not None]

    def close(self) -> None:
        """Let go of the screen."""
        self._screen.close()


def staged(folder: Path, project: Path) -> ProjectRecord:
    """The project as `stage` leaves it, in a state dir of its own."""
    copy = folder / "projects" / project.stem
    if project.is_dir():
        shutil.copytree(project, copy)
        tool_id, marker = "deeplabcut", "config.yaml"
    else:
        copy.mkdir(parents=True)
        for file in (project, *project.parent.glob("*.mp4")):  # without its clip SLEAP only asks where it is
            shutil.copy(file, copy)
        tool_id, marker = "sleap", project.name
    record = ProjectRecord("robot-00000000", "s3://lab/x", project.stem, tool_id, marker, copy, "s3://h/")
    with Journal(folder / "state" / "journal.sqlite") as journal:
        journal.put_project(record)
    return record


def compare(folder: Path, tools: Path | None, project: Path, runs: int, warm: int) -> list[tuple[float, float]]:
    """Seconds of both, run by run: the tool's own command, and ours."""
    root = tools or folder / "tools"
    if tools is None:
        FakeTools(root).install_sleap("opens")
    record = staged(folder, project)
    kind, marker = tool(record.tool_id), record.dir / record.marker
    installed = Environments(root).require(kind.tool_id)
    command = kind.command(Task.OPEN, ToolHome(installed.python, resources(kind.tool_id)), marker)
    ours = [sys.executable, "-m", "launcher", "--state-dir", str(folder / "state"), "--quiet"]
    ours += ["open", str(record.dir), "--trust"]
    with running_display() as display:
        environ = {**os.environ, "DISPLAY": display, "POSE_LAUNCHER_TOOLS_DIR": str(root)}
        raw = clean_environment(environ, str(installed.python.parent), command.environ)
        watch = Stopwatch(display, kind, marker)
        try:
            for _ in range(warm):  # what is read from disk only once
                watch.until_window(command.argv, raw)
                watch.until_window(ours, environ)
            return [(watch.until_window(command.argv, raw), watch.until_window(ours, environ)) for _ in range(runs)]
        finally:
            watch.close()


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--tools", type=Path, help="where real environments are installed")
    parser.add_argument("--project", type=Path, default=PROJECT)
    parser.add_argument("--warm", type=int, default=2, help="pairs that come before and do not count")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="open-") as folder:
        pairs = compare(Path(folder), wanted.tools, wanted.project, wanted.runs, wanted.warm)
    raw, ours = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    later = median(pair[1] - pair[0] for pair in pairs)
    sys.stdout.write(
        f"own command {raw:.3f} s, open {ours:.3f} s, later by {1000 * later:.0f} ms ({len(pairs)} runs)\n"
    )


if __name__ == "__main__":
    main()

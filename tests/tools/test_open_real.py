"""The real SLEAP and the real DeepLabCut, opened by the program's own command on real projects."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launcher.runs.environments import Environments
from launcher.runs.keeper import birth
from tests.conftest import ROOT
from tests.display import running_display

pytestmark = [pytest.mark.tools, pytest.mark.timeout(900)]
#: What the two SLEAP samples call the clip that belongs to them.
CLIP, CALLED = "centered_pair_small.mp4", "centered_pair_low_quality.mp4"
EVERYDAY, MANY = 2, 20
OPENFIELD = "openfield-Pranav-2018-10-30"


@dataclass(frozen=True)
class Desktop:
    """A screen, a state dir, and the environments of the real tools."""

    state: Path
    environ: dict[str, str]

    def call(self, *arguments: str | Path, code: int = 0) -> Any:
        """A command in a process of its own, which ends before the tool does; its document."""
        command = [sys.executable, "-m", "launcher", "--state-dir", str(self.state), *map(str, arguments), "--json"]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def open_and_stop(self, project: Path) -> Any:
        """One whole life: its window comes up, another launcher finds it, and nothing is left of it."""
        opened = self.call("open", project, "--trust")
        assert (opened["state"], opened["problem"]) == ("running", None)
        (row,) = [row for row in self.call("runs")["runs"] if row["run"] == opened["run"]]
        assert (row["state"], row["pid"]) == ("running", opened["pid"])
        (row,) = self.call("runs", "stop", opened["run"], "--yes")["runs"]
        assert row["state"] == "stopped"
        assert not birth(opened["pid"])
        return opened


@pytest.fixture
def desktop(tool_environments: Environments, tmp_path: Path) -> Iterator[Desktop]:
    with running_display() as display:
        environ = {**os.environ, "DISPLAY": display, "POSE_LAUNCHER_TOOLS_DIR": str(tool_environments.root)}
        yield Desktop(tmp_path / "state", environ)


@pytest.fixture
def openfield(real_data: Path, tmp_path: Path) -> Path:
    """A copy: DeepLabCut rewrites its configuration."""
    return Path(shutil.copytree(real_data / OPENFIELD, tmp_path / OPENFIELD))


@pytest.fixture(params=["centered_pair_predictions", "minimal_instance"])
def flies(request: pytest.FixtureRequest, real_data: Path, tmp_path: Path) -> Path:
    """A SLEAP project with its clip beside it, under the name that the project knows."""
    samples, folder = real_data / "sleap-samples", tmp_path / "flies"
    folder.mkdir()
    shutil.copy(samples / CLIP, folder / CALLED)
    return Path(shutil.copy(samples / f"{request.param}.slp", folder))


@pytest.mark.parametrize("times", [EVERYDAY, pytest.param(MANY, marks=pytest.mark.long)])
def test_deeplabcut_opens_with_its_project_loaded(desktop: Desktop, openfield: Path, times: int) -> None:
    for _ in range(times):
        opened = desktop.open_and_stop(openfield)
        assert opened["window"] == f"DeepLabCut - {OPENFIELD}"
        log = desktop.call("runs", "log", opened["run"])["log"]
        assert f"project loaded: {openfield / 'config.yaml'}" in log


@pytest.mark.parametrize("times", [EVERYDAY, pytest.param(MANY, marks=pytest.mark.long)])
def test_sleap_opens_with_its_project_loaded(desktop: Desktop, flies: Path, times: int) -> None:
    for _ in range(times):
        opened = desktop.open_and_stop(flies)
        assert opened["window"].startswith(f"{flies} - SLEAP v")


def test_sleap_asks_for_a_clip_that_is_not_there_and_it_is_named(
    desktop: Desktop, real_data: Path, tmp_path: Path
) -> None:
    project = Path(shutil.copy(real_data / "sleap-samples" / "minimal_instance.slp", tmp_path))
    opened = desktop.call("open", project)
    assert opened["state"] == "asking for files"
    assert CALLED in opened["problem"]["what"]
    desktop.call("runs", "stop", opened["run"], "--yes")


def test_a_damaged_file_is_told_and_leaves_nothing_running(desktop: Desktop, flies: Path) -> None:
    flies.write_bytes(flies.read_bytes()[:5000])
    opened = desktop.call("open", flies, code=11)
    assert opened["state"] == "crashed"
    assert "damaged" in opened["problem"]["what"]
    assert [row["ended"] is not None for row in desktop.call("runs")["runs"]] == [True]

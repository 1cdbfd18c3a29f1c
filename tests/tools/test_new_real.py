"""New projects, made by the tools' own writers, and more videos later."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher.runs.environments import Environments
from tests.conftest import ROOT, Site

pytestmark = [pytest.mark.tools, pytest.mark.timeout(600)]
PARTS = ("--parts", "snout,leftear,tail", "--skeleton", "snout:leftear,snout:tail")


def called(environments: Environments, state: Path, *arguments: str | Path, code: int = 0) -> Any:
    environ = {**os.environ, "POSE_LAUNCHER_TOOLS_DIR": str(environments.root)}
    environ.pop("DISPLAY", None)
    command = [sys.executable, "-m", "launcher", "--state-dir", str(state), "--json", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if code == 0 else done.stderr


@pytest.fixture
def videos(real_data: Path, tmp_path: Path) -> list[Path]:
    samples = real_data / "sleap-samples"
    return [Path(shutil.copy(samples / name, tmp_path)) for name in ("small_robot.mp4", "centered_pair_small.mp4")]


def test_a_sleap_project_from_a_video_and_another_one_later(
    tool_environments: Environments, videos: list[Path], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    made = called(tool_environments, state, "new", "sleap", videos[0], "--name", "mine", *PARTS, "--in", tmp_path)
    assert made["opened"] is None  # there is no screen
    file = Path(made["dir"]) / made["marker"]
    assert sorted(path.name for path in file.parent.iterdir()) == ["mine.slp"]
    done = called(tool_environments, state, "add-videos", file, videos[1], videos[0])
    assert done["added"] == [str(videos[1])] and done["videos"] == 2
    read = "import sys, sleap_io as s; l = s.load_slp(sys.argv[1]); print(l.skeleton.node_names, l.skeleton.edge_names)"
    python = tool_environments.require("sleap").python
    told = subprocess.run([python, "-I", "-c", read, file], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.split("\n")[-2] == "['snout', 'leftear', 'tail'] [('snout', 'leftear'), ('snout', 'tail')]"


def test_a_deeplabcut_project_from_a_video_and_another_one_later(
    tool_environments: Environments, videos: list[Path], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    made = called(tool_environments, state, "new", "deeplabcut", videos[0], "--name", "mine", *PARTS, "--in", tmp_path)
    config = Path(made["dir"]) / "config.yaml"
    assert yaml.safe_load(config.read_text())["bodyparts"] == ["snout", "leftear", "tail"]
    done = called(tool_environments, state, "add-videos", made["dir"], videos[1])
    assert done["videos"] == 2
    told = yaml.safe_load(config.read_text())
    assert list(told["video_sets"]) == [str(video) for video in videos]
    assert told["skeleton"] == [["snout", "leftear"], ["snout", "tail"]]


def test_a_new_project_belongs_to_the_home_prefix_and_is_saved_there(
    tool_environments: Environments, videos: list[Path], site: Site, tmp_path: Path
) -> None:
    flags = ("--site", site.folder / "site.toml")
    made = called(tool_environments, tmp_path / "s", *flags, "new", "sleap", videos[0], "--name", "mine", *PARTS)
    assert made["uri"].startswith("s3://") and "/projects/mine-" in made["uri"]
    saved = called(tool_environments, tmp_path / "s", *flags, "save", made["dir"])
    assert any(one["path"] == "mine.slp" for one in saved["saved"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--name", "../x", "--parts", "a"), "no name for a project"),
        (("--name", "x", "--parts", "a,a"), "Name each once"),
        (("--name", "x", "--parts", "a,b", "--skeleton", "a:c"), "no body part"),
    ],
)
def test_names_that_a_tool_would_stumble_over(
    tool_environments: Environments, videos: list[Path], tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    told = called(tool_environments, tmp_path / "s", "new", "sleap", videos[0], *arguments, "--in", tmp_path, code=2)
    assert words in told and not (tmp_path / "x").exists()

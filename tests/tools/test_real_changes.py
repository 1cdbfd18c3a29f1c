"""What the real tools change is saved without a trace of the computer it was made on, and opens on the next one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher.runs.environments import Environments, Installed
from tests.conftest import Site
from tests.display import running_display

pytestmark = [pytest.mark.tools, pytest.mark.timeout(900)]
OPENFIELD = "openfield-Pranav-2018-10-30"
ROBOT = "small_robot_minimal.slp"
#: What SLEAP's window does between "load" and "save": the point goes elsewhere, the old file is replaced by a new one.
MOVE_A_POINT = """
import sys
import sleap_io
labels = sleap_io.load_slp(sys.argv[1])
labels[0].instances[0].points["xy"][0] = float(sys.argv[2]), float(sys.argv[3])
sleap_io.save_file(labels, sys.argv[1])
"""
READ_THE_POINT = """
import sys
import sleap_io
x, y = sleap_io.load_slp(sys.argv[1])[0].instances[0].points["xy"][0]
print(x, y)
"""
X, Y = 123.25, 45.5
#: What the settings editor of DeepLabCut's window does.
SET_FRAMES_TO_PICK = """
import sys
from deeplabcut.utils.auxiliaryfunctions import read_config, write_config
settings = read_config(sys.argv[1])
settings["numframes2pick"] = 33
write_config(sys.argv[1], settings)
"""


@dataclass(frozen=True)
class Computer:
    """One person's computer with a screen and the real tools: its own user name, home and scratch folder."""

    site: Site
    environ: dict[str, str]

    @classmethod
    def of(cls, user: str, site: Site, tools: Environments, display: str) -> Computer:
        """Nobody has worked at it before."""
        home = site.folder / user
        home.mkdir()
        person = {"HOME": str(home), "USER": user, "LOGNAME": user}
        return cls(site, {**person, "DISPLAY": display, "POSE_LAUNCHER_TOOLS_DIR": str(tools.root)})

    def call(self, *arguments: str | Path) -> Any:
        """A command that succeeds; its document."""
        done = self.site.run(*arguments, "--json", environ=self.environ, timeout=300)
        assert done.code == 0, done.err
        return done.json

    def stage(self, uri: str) -> Path:
        """Where the project lies now."""
        return Path(self.call("stage", uri)["dir"])

    def stage_saved(self) -> Path:
        """The same for the only project of the person's home bucket."""
        (project,) = self.call("projects", self.site.home_uri)["projects"]
        return self.stage(project["uri"])

    def open_and_stop(self, folder: Path) -> Any:
        """Its window came up with the project, and it is over again."""
        opened = self.call("open", folder, "--trust")
        assert (opened["state"], opened["problem"]) == ("running", None)
        (row,) = self.call("runs", "stop", opened["run"], "--yes")["runs"]
        assert row["state"] == "stopped"
        return opened

    def save(self, folder: Path) -> dict[str, bytes]:
        """What lies in the home bucket once all is saved and both sides were read again."""
        saved = self.call("save", folder)
        assert (saved["failed"], saved["conflicts"]) == ([], [])
        verified = self.call("verify", folder)
        assert (verified["bad"], verified["ok"]) == ([], verified["checked"])
        prefix = f"person/projects/{saved['project']}/"
        objects = self.site.objects(self.site.home_bucket, prefix)
        return {key.removeprefix(prefix): data for key, data in objects.items()}

    def traces(self) -> list[bytes]:
        """What nobody else should find in a file."""
        return [str(self.site.folder).encode(), self.environ["HOME"].encode()]


@pytest.fixture
def display() -> Iterator[str]:
    with running_display() as name:
        yield name


@pytest.fixture
def ada(site: Site, tool_environments: Environments, display: str) -> Computer:
    return Computer.of("ada", site, tool_environments, display)


@pytest.fixture
def grace(site: Site, tool_environments: Environments, display: str) -> Computer:
    """Another computer of the same person, where she has another name."""
    return Computer.of("grace", site.another_computer(), tool_environments, display)


def inside(tool: Installed, program: str, *arguments: object) -> str:
    """What a few lines of Python print in a tool's own environment."""
    command = [str(tool.python), "-I", "-c", program, *map(str, arguments)]
    environ = {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_deeplabcut_made_of_its_settings_opens_on_another_computer(
    ada: Computer, grace: Computer, deeplabcut: Installed, real_data: Path
) -> None:
    ada.site.upload(real_data / OPENFIELD, f"lab/{OPENFIELD}/")
    folder = ada.stage(f"{ada.site.data_uri}lab/{OPENFIELD}/")
    ada.open_and_stop(folder)
    inside(deeplabcut, SET_FRAMES_TO_PICK, folder / "config.yaml")
    assert str(folder) in (folder / "config.yaml").read_text(), "DeepLabCut's settings hold this computer's paths"

    saved = ada.save(folder)
    assert not [path for path, data in saved.items() if any(trace in data for trace in ada.traces())]
    settings = yaml.safe_load(saved["config.yaml"])
    assert (settings["project_path"], list(settings["video_sets"])) == (".", ["videos/m3v1mp4.mp4"])
    assert settings["numframes2pick"] == 33

    there = grace.stage_saved()
    assert grace.open_and_stop(there)["window"] == f"DeepLabCut - {there.name}"
    settings = yaml.safe_load((there / "config.yaml").read_text())
    assert settings["project_path"] == str(there)
    assert settings["video_sets"] == {f"{there}/videos/m3v1mp4.mp4": {"crop": "0, 640, 0, 480"}}


def test_a_point_moved_in_sleap_is_there_on_another_computer(
    ada: Computer, grace: Computer, sleap: Installed, real_data: Path
) -> None:
    ada.site.upload(real_data / "sleap-samples", "flies/")
    folder = ada.stage(f"{ada.site.data_uri}flies/{ROBOT}")
    inside(sleap, MOVE_A_POINT, folder / ROBOT, X, Y)

    saved = ada.save(folder)
    assert not [path for path, data in saved.items() if any(trace in data for trace in ada.traces())]

    there = grace.stage_saved()
    assert inside(sleap, READ_THE_POINT, there / ROBOT).split() == [str(X), str(Y)]
    assert grace.open_and_stop(there)["window"].startswith(f"{there / ROBOT} - SLEAP v")

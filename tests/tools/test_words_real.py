"""The real tools made to fail in front of us: each ends in words, and the words are true."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from launcher.runs.environments import Installed, resources
from launcher.tools import tool
from launcher.tools.running import Problem, Task, ToolHome
from tests.display import running_display
from tests.unit.tools.made_projects import CONFIG

pytestmark = pytest.mark.tools
WITHIN_S = 120.0


@dataclass(frozen=True)
class Started:
    """A real tool on a project, alone on a display of its own."""

    installed: Installed
    project: Path
    home: Path
    display: str | None

    def process(self) -> subprocess.Popen[str]:
        kind = tool(self.installed.tool_id)
        home = ToolHome(self.installed.python, resources(kind.tool_id))
        command = kind.command(Task.OPEN, home, self.project)
        bare = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": str(self.home)}
        screen = {"DISPLAY": self.display} if self.display else {}
        return subprocess.Popen(
            command.argv,
            env={**bare, **screen, "DBUS_SESSION_BUS_ADDRESS": "disabled:", **command.environ},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def explained(self) -> Problem | None:
        """What is told when it has ended by itself."""
        with self.process() as process:
            log, _ = process.communicate(timeout=WITHIN_S)
            return tool(self.installed.tool_id).explain(log, process.returncode)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with running_display() as name:
        yield name


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def config_in(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text)
    return file


def test_sleap_and_half_a_file(sleap: Installed, display: str, home: Path, tmp_path: Path, real_data: Path) -> None:
    half = tmp_path / "half.slp"
    whole = (real_data / "sleap-samples" / "minimal_instance.slp").read_bytes()
    half.write_bytes(whole[: len(whole) // 2])
    problem = Started(sleap, half, home, display).explained()
    assert problem is not None and problem.code == "damaged-file"
    assert half.read_bytes() == whole[: len(whole) // 2], "the words say that nothing was changed"


def test_sleap_without_a_screen(sleap: Installed, home: Path, tmp_path: Path) -> None:
    problem = Started(sleap, tmp_path / "any.slp", home, None).explained()
    assert problem is not None and problem.what == "SLEAP found no screen to show its window on."


def test_deeplabcut_and_a_setting_that_it_does_not_take(deeplabcut: Installed, home: Path, tmp_path: Path) -> None:
    config = config_in(tmp_path, CONFIG + "numframes2pick: many\n")
    before = config.read_bytes()
    problem = Started(deeplabcut, config, home, None).explained()
    assert problem is not None and problem.code == "settings-refused"
    assert "numframes2pick" in problem.what
    assert config.read_bytes() == before


def test_deeplabcut_without_a_screen(deeplabcut: Installed, home: Path, tmp_path: Path) -> None:
    problem = Started(deeplabcut, config_in(tmp_path, CONFIG), home, None).explained()
    assert problem is not None and problem.what == "DeepLabCut found no screen to show its window on."


def test_deeplabcut_is_asked_to_stop_with_its_project_open(
    deeplabcut: Installed, display: str, home: Path, tmp_path: Path
) -> None:
    config = config_in(tmp_path, CONFIG)
    with Started(deeplabcut, config, home, display).process() as process:
        assert process.stdout is not None
        log = ""
        for line in process.stdout:
            log += line
            if line == f"pose-launcher: project loaded: {config}\n":
                process.terminate()
        process.wait(WITHIN_S)
    assert process.returncode == 143, log
    problem = tool("deeplabcut").explain(log, process.returncode)
    assert problem is not None and problem.code == "stopped"
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)

"""Our start script for DeepLabCut, as far as it gets before it needs DeepLabCut: what it refuses, in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from launcher.tools import tool
from launcher.tools.running import Problem, Task, ToolHome
from tests.unit.tools.made_projects import CONFIG

RESOURCES = Path(__file__).parents[3] / "resources" / "tools" / "deeplabcut"


def refused(config: Path) -> tuple[list[str], Problem | None]:
    """What the script says of a configuration, line by line, and what the launcher makes of it."""
    argv = tool("deeplabcut").command(Task.OPEN, ToolHome(Path(sys.executable), RESOURCES), config).argv
    done = subprocess.run(argv, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)
    assert done.stdout == ""
    return done.stderr.splitlines(), tool("deeplabcut").explain(done.stderr, done.returncode)


def written(folder: Path, text: str | bytes) -> Path:
    """A configuration with that text."""
    file = folder / "config.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    lines, problem = refused(tmp_path / "config.yaml")
    assert lines == [f"pose-launcher: no such configuration: {tmp_path / 'config.yaml'}"]
    assert problem is not None and problem.code == "missing-file"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Task: a\nscorer: b: [c\n", "line 2: mapping values are not allowed here"),
        ("", "it holds no settings"),
        ("- a\n- b\n", "it holds no settings"),
        ("Task: Mäuse\n".encode("latin-1"), "it is not UTF-8 text (byte 7)"),
    ],
)
def test_a_configuration_that_cannot_be_read(tmp_path: Path, text: str | bytes, why: str) -> None:
    lines, problem = refused(written(tmp_path, text))
    assert len(lines) == 1 and why in lines[0]
    assert problem is not None and problem.code == "damaged-file" and why in problem.what


def test_a_configuration_that_lacks_settings(tmp_path: Path) -> None:
    lines, problem = refused(written(tmp_path, "Task: a\ndate: today\nvideo_sets: {}\n"))
    assert lines == ["pose-launcher: settings missing in config.yaml: scorer, bodyparts"]
    assert problem is not None and problem.what.endswith("Missing: scorer, bodyparts.")


def test_a_python_of_the_project_is_not_picked_up(tmp_path: Path) -> None:
    """The first import of the script would find these, if the project's folder or the current one were searched."""
    for name in ("signal.py", "socket.py", "traceback.py", "ruamel.py", "deeplabcut.py", "sitecustomize.py"):
        (tmp_path / name).write_text("raise SystemExit('the project was run')\n")
    lines, problem = refused(written(tmp_path, CONFIG.replace("scorer", "score")))
    assert lines == ["pose-launcher: settings missing in config.yaml: scorer"]
    assert problem is not None and problem.code == "settings-missing"

"""What running it must be like for every pose tool, the ones to come included."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.tools import TOOLS
from launcher.tools.protocol import PoseTool
from launcher.tools.running import Task, ToolHome, WindowSays

EVERY = pytest.mark.parametrize("kind", TOOLS, ids=lambda kind: kind.tool_id)
RESOURCES = Path(__file__).parents[3] / "resources" / "tools"
PROJECT = Path("/scratch/mice; $(rm) 'and' rats-1a2b3c4d/config.yaml")


def home(kind: PoseTool, *, windows: bool = False) -> ToolHome:
    """An environment as it lies on either system."""
    python = "/tools/one/Scripts/python.exe" if windows else "/tools/one/bin/python"
    return ToolHome(Path(python), RESOURCES / kind.tool_id)


@EVERY
def test_its_environment_is_named_and_has_a_range_of_pythons(kind: PoseTool) -> None:
    spec = kind.environment
    oldest, newest = spec.python
    assert spec.package and all(part.isidentifier() for part in spec.module.split("."))
    assert (3, 10) <= oldest <= newest


@EVERY
@pytest.mark.parametrize("windows", [False, True])
def test_it_starts_by_absolute_path_with_the_project_as_one_argument(kind: PoseTool, windows: bool) -> None:
    command = kind.command(Task.OPEN, home(kind, windows=windows), PROJECT)
    assert Path(command.argv[0]).is_absolute()
    assert Path(command.argv[0]).parent == home(kind, windows=windows).python.parent
    assert any(str(PROJECT) in part or str(PROJECT.parent) in part for part in command.argv)


@EVERY
def test_the_scripts_that_it_starts_with_are_there(kind: PoseTool) -> None:
    argv = kind.command(Task.OPEN, home(kind), PROJECT).argv
    ours = [Path(part) for part in argv if part.startswith(str(RESOURCES))]
    assert all(script.is_file() for script in ours)


@EVERY
def test_it_brings_no_secret_and_no_library_into_its_environment(kind: PoseTool) -> None:
    environ = kind.command(Task.OPEN, home(kind), PROJECT).environ
    assert not [name for name in environ if name.startswith(("AWS_", "LD_", "QT_", "DYLD_")) or name == "PYTHONPATH"]


@EVERY
@pytest.mark.parametrize("title", ["", "Terminal", "python", "Pose Launcher"])
def test_somebody_elses_window_is_not_its_own(kind: PoseTool, title: str) -> None:
    assert kind.window_says(title, PROJECT) is WindowSays.NOTHING_YET


@EVERY
def test_an_unknown_end_stays_unexplained(kind: PoseTool) -> None:
    assert kind.explain("", 1) is None
    assert kind.explain("all is well\n", 0) is None
    assert kind.explain("KeyError: 'moon'\n", 1) is None


@EVERY
@pytest.mark.parametrize(
    ("log", "exit_code", "code"),
    [
        ("", -9, "killed"),
        ("", -15, "stopped"),
        ("qt.qpa.xcb: could not connect to display \n", -6, "no-display"),
        ("ModuleNotFoundError: No module named 'torch'\n", 1, "environment-incomplete"),
        ("RuntimeError: operator torchvision::nms does not exist\n", 1, "torch-mismatch"),
        ("OSError: [Errno 28] No space left on device\n", 1, "disk-full"),
    ],
)  # fmt: skip
def test_what_is_the_same_for_all_is_explained_by_all(kind: PoseTool, log: str, exit_code: int, code: str) -> None:
    problem = kind.explain(log, exit_code)
    assert problem is not None and problem.code == code
    assert problem.what and problem.data_safe.endswith(".") and problem.next.endswith(".")


@EVERY
def test_a_marker_is_kept_aside_and_a_video_is_not(kind: PoseTool) -> None:
    assert kind.at_risk(kind.markers[0].replace("*", "a"))
    assert not kind.at_risk("videos/left.mp4")


@EVERY
def test_pickles_may_carry_code_and_pictures_do_not(kind: PoseTool) -> None:
    assert kind.may_carry_code("models/a/weights.pickle")
    assert not kind.may_carry_code("labeled-data/a/img001.png")

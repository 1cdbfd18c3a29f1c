"""How each tool is started, what its windows mean, and which files it may change: for both systems, without either."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.tools import tool
from launcher.tools.running import Task, ToolHome, WindowSays

LINUX = ToolHome(Path("/tools/one/bin/python"), Path("/program/resources/tools/one"))
WINDOWS = ToolHome(Path("/tools/one/Scripts/python.exe"), Path("/program/resources/tools/one"))
SLP = Path("/scratch/fly pair-1a2b3c4d/fly-pair.slp")
CONFIG = Path("/scratch/open-field-1a2b3c4d/config.yaml")


def test_sleap_is_started_by_its_own_program_and_reports_nothing_home() -> None:
    command = tool("sleap").command(Task.OPEN, LINUX, SLP)
    assert command.argv == ("/tools/one/bin/sleap-label", "--no-usage-data", "/scratch/fly pair-1a2b3c4d/fly-pair.slp")


def test_sleap_keeps_its_isolation_when_it_starts_itself_again() -> None:
    environ = tool("sleap").command(Task.OPEN, LINUX, SLP).environ
    assert environ["PYTHONSAFEPATH"] == environ["PYTHONNOUSERSITE"] == "1"


def test_on_windows_the_program_of_the_environment_has_its_ending() -> None:
    assert tool("sleap").command(Task.OPEN, WINDOWS, SLP).argv[0] == "/tools/one/Scripts/sleap-label.exe"
    assert tool("deeplabcut").command(Task.OPEN, WINDOWS, CONFIG).argv[0] == "/tools/one/Scripts/python.exe"


def test_deeplabcut_is_started_through_our_script_by_an_interpreter_that_looks_nowhere_else() -> None:
    argv = tool("deeplabcut").command(Task.OPEN, LINUX, CONFIG).argv
    assert argv[0] == "/tools/one/bin/python"
    assert "-I" in argv
    assert argv[-2:] == ("/program/resources/tools/one/open_project.py", str(CONFIG))


@pytest.mark.parametrize(
    ("title", "says"),
    [
        (f"{SLP} - SLEAP v1.6.6", WindowSays.READY),
        (f"{SLP} - SLEAP v1.6.6".replace("/", "\\"), WindowSays.READY),
        ("SLEAP v1.6.6", WindowSays.ASKS_FOR_FILES),
        ("/scratch/another.slp - SLEAP v1.6.6", WindowSays.NOTHING_YET),
        (str(SLP), WindowSays.NOTHING_YET),
        ("", WindowSays.NOTHING_YET),
    ],
)
def test_windows_of_sleap(title: str, says: WindowSays) -> None:
    assert tool("sleap").window_says(title, SLP) is says


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("DeepLabCut - open-field-1a2b3c4d", WindowSays.READY),
        ("DeepLabCut", WindowSays.NOTHING_YET),
        ("DeepLabCut - another", WindowSays.NOTHING_YET),
        ("Quit", WindowSays.NOTHING_YET),
        ("", WindowSays.NOTHING_YET),
    ],
)
def test_windows_of_deeplabcut(title: str, says: WindowSays) -> None:
    assert tool("deeplabcut").window_says(title, CONFIG) is says


@pytest.mark.parametrize("path", ["fly-pair.slp", "fly-pair.predictions.slp", "deep/er/a.pkg.slp"])
def test_sleap_may_lose_the_labels_that_it_writes(path: str) -> None:
    assert tool("sleap").at_risk(path)


@pytest.mark.parametrize("path", ["models/r1/labels_gt.train.0.slp", "models/r1/best.ckpt", "clip.mp4", "notes.txt"])
def test_sleap_only_reads_the_rest(path: str) -> None:
    assert not tool("sleap").at_risk(path)


@pytest.mark.parametrize(
    "path",
    ["config.yaml", "labeled-data/m4s1/CollectedData_Pranav.h5", "labeled-data/m4s1/CollectedData_Pranav.csv",
     "labeled-data/m4s1/machinelabels-iter0.h5"],
)  # fmt: skip
def test_deeplabcut_may_rewrite_its_configuration_and_the_labels(path: str) -> None:
    assert tool("deeplabcut").at_risk(path)


@pytest.mark.parametrize(
    "path",
    ["labeled-data/m4s1/img0001.png", "videos/m3v1mp4.mp4", "dlc-models-pytorch/iteration-0/x/train/snapshot-10.pt",
     "training-datasets/iteration-0/U/CollectedData_Pranav.h5"],
)  # fmt: skip
def test_deeplabcut_only_reads_the_rest(path: str) -> None:
    assert not tool("deeplabcut").at_risk(path)

"""Projects from one tool to the other and back, each result opened by the other tool's own reader."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from launcher.projects.parsing import Parsers
from launcher.runs.environments import Environments
from launcher.tools.poses import Kind, Poses
from tests.conftest import ROOT, Site
from tests.display import running_display

pytestmark = [pytest.mark.tools, pytest.mark.timeout(900)]
SAMPLE = ROOT / "resources" / "sample" / "two-mice"


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    with Parsers(1) as parsers:
        yield parsers


def converted(environments: Environments, source: Path, to: str, out: Path, code: int = 0) -> Any:
    environ = {**os.environ, "POSE_LAUNCHER_TOOLS_DIR": str(environments.root)}
    command = [
        "-m",
        "launcher",
        "--state-dir",
        out.parent / "state",
        "--json",
        "convert",
        source,
        "--to",
        to,
        "-o",
        out,
    ]
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout) if code == 0 else done.stderr


def same_points(one: Poses, other: Poses) -> None:
    """Every animal of every frame is in the other file, to a hundredth of a pixel; animals may change places."""
    assert one.parts == other.parts and len(one.frames) == len(other.frames)
    for ours, theirs in zip(one.points, other.points, strict=True):
        here, there = (sorted(_animals(points), key=str) for points in (ours, theirs))
        assert len(here) == len(there)
        for a, b in zip(here, there, strict=True):
            np.testing.assert_allclose(a, b, atol=0.01)


def _animals(points: Any) -> list[Any]:
    return [np.round(animal, 2).tolist() for animal in points if np.isfinite(animal).any()]


def test_open_field_to_sleap_and_back(
    tool_environments: Environments, parsers: Parsers, real_data: Path, tmp_path: Path
) -> None:
    project = Path(shutil.copytree(real_data / "openfield-Pranav-2018-10-30", tmp_path / "openfield"))
    before = parsers.poses("deeplabcut", next(project.glob("labeled-data/*/*.h5")), Kind.LABELS)
    there = converted(tool_environments, project, "sleap", tmp_path / "sleap")
    assert (there["frames"], there["worst_px"]) == (116, 0.0)
    assert there["parts"] == ["snout", "leftear", "rightear", "tailbase"]
    file = tmp_path / "sleap" / there["marker"]
    same_points(before, parsers.poses("sleap", file, Kind.LABELS))
    # What was labelled in SLEAP has its pictures with it: the original may go.
    shutil.rmtree(project)
    back = converted(tool_environments, file, "deeplabcut", tmp_path / "back")
    assert back["frames"] == 116 and back["parts"] == there["parts"]
    (table,) = (tmp_path / "back").glob("labeled-data/m4s1/CollectedData_SLEAP.h5")
    again = parsers.poses("deeplabcut", table, Kind.LABELS)
    same_points(before, again)
    assert [frame.picture for frame in again.frames] == [frame.picture for frame in before.frames]
    assert len(list((tmp_path / "back" / "labeled-data" / "m4s1").glob("*.png"))) == 116


def test_open_field_opens_in_the_real_sleap_with_its_frames(
    tool_environments: Environments, real_data: Path, tmp_path: Path
) -> None:
    project = Path(shutil.copytree(real_data / "openfield-Pranav-2018-10-30", tmp_path / "openfield"))
    made = converted(tool_environments, project, "sleap", tmp_path / "sleap")
    shutil.rmtree(project)
    with running_display() as display:
        environ = {**os.environ, "DISPLAY": display, "POSE_LAUNCHER_TOOLS_DIR": str(tool_environments.root)}
        command = [sys.executable, "-m", "launcher", "--state-dir", str(tmp_path / "state"), "--json"]
        file = tmp_path / "sleap" / made["marker"]
        opened = _json([*command, "open", str(file), "--trust"], environ)
        assert (opened["state"], opened["problem"]) == ("running", None)
        # Nothing was asked for: its pictures are in it. How many frames are labelled stands in its window's title bar
        # nowhere, so they are counted by its own reader.
        count = "import sys, sleap_io as s; f = s.load_slp(sys.argv[1]); print(sum(x.image is not None for x in f))"
        python = tool_environments.require("sleap").python
        told = subprocess.run(
            [python, "-I", "-c", count, file], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert told.stdout.split()[-1] == "116"
        _json([*command, "runs", "stop", opened["run"], "--yes"], environ)


def _json(command: list[str], environ: dict[str, str]) -> Any:
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_animals_with_tracks_to_deeplabcut_and_back(
    tool_environments: Environments, parsers: Parsers, tmp_path: Path
) -> None:
    project = Path(shutil.copytree(SAMPLE, tmp_path / "mice"))
    before = parsers.poses("sleap", project / "two-mice.slp", Kind.LABELS)
    there = converted(tool_environments, project / "two-mice.slp", "deeplabcut", tmp_path / "dlc")
    assert there["frames"] == np.isfinite(before.points).any(axis=(1, 2, 3)).sum() > 0
    (table,) = (tmp_path / "dlc").glob("labeled-data/*/CollectedData_SLEAP.h5")
    labels = parsers.poses("deeplabcut", table, Kind.LABELS)
    assert labels.individuals and labels.animals == 2
    back = converted(tool_environments, tmp_path / "dlc", "sleap", tmp_path / "again")
    again = parsers.poses("sleap", tmp_path / "again" / back["marker"], Kind.LABELS)
    same_points(labels, again)


FIRST_FRAMES = "import sys, sleap_io as s; s.load_slp(sys.argv[1]).extract(list(range(40))).save(sys.argv[2])"


@pytest.mark.long
def test_predictions_of_two_flies(
    tool_environments: Environments, parsers: Parsers, real_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "flies"
    folder.mkdir()
    shutil.copy(real_data / "sleap-samples" / "centered_pair_small.mp4", folder / "centered_pair_low_quality.mp4")
    whole = shutil.copy(real_data / "sleap-samples" / "centered_pair_predictions.slp", folder)
    file = folder / "few.slp"
    python = tool_environments.require("sleap").python
    subprocess.run([python, "-I", "-c", FIRST_FRAMES, whole, file], cwd=folder, check=True, timeout=120)
    before = parsers.poses("sleap", file, Kind.PREDICTIONS)
    there = converted(tool_environments, file, "deeplabcut", tmp_path / "dlc")
    assert there["predictions"] == len(before.frames) and there["frames"] == 0
    (table,) = (tmp_path / "dlc" / "videos").glob("*DLC_SLEAP.h5")
    same_points(before, parsers.poses("deeplabcut", table, Kind.PREDICTIONS))


def test_labels_whose_video_is_not_there_are_refused_in_words(
    tool_environments: Environments, real_data: Path, tmp_path: Path
) -> None:
    file = Path(shutil.copy(real_data / "sleap-samples" / "small_robot_minimal.slp", tmp_path))
    told = converted(tool_environments, file, "deeplabcut", tmp_path / "dlc", code=11)
    assert "cannot be read" in told and "Your project is unchanged" in told
    assert not (tmp_path / "dlc").exists()


def test_a_copy_belongs_to_the_home_prefix_and_is_saved_there(
    tool_environments: Environments, real_data: Path, site: Site, tmp_path: Path
) -> None:
    """Where there is a site and no folder is named, nobody has to think of keeping it."""
    environ = {**os.environ, "POSE_LAUNCHER_TOOLS_DIR": str(tool_environments.root)}
    flags = ("--site", site.folder / "site.toml", "--state-dir", tmp_path / "s", "--json")

    def called(*arguments: str | Path) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "launcher", *map(str, (*flags, *arguments))], cwd=ROOT, env=environ,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    shutil.copytree(real_data / "openfield-Pranav-2018-10-30", tmp_path / "openfield")
    made = called("convert", tmp_path / "openfield", "--to", "sleap")
    assert made["uri"].startswith(site.home_uri) and made["frames"] == 116
    saved = called("save", made["dir"])
    assert made["marker"] in [one["path"] for one in saved["saved"]]
    assert called("show", made["uri"])["labelled_frames"] == 116

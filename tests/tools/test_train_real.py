"""Trainings by the real tools, small ones: queued, watched, stopped with a checkpoint, continued, and judged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launcher.runs.environments import Environments
from tests.conftest import ROOT

pytestmark = [pytest.mark.tools, pytest.mark.timeout(1200)]
#: As small as it can be and still be a training: pictures of 128 x 96 pixels, eight frames.
TINY = ("--scale", "0.2", "--batch", "4", "--steps", "1", "--trust")


@dataclass(frozen=True)
class Lab:
    """A copy of the open-field project, a state dir, and the environments of the real tools."""

    folder: Path
    environ: dict[str, str]

    def call(self, *arguments: str | Path, code: int = 0) -> Any:
        """A command in a process of its own; its document."""
        command = [sys.executable, "-m", "launcher", "--state-dir", str(self.folder / "state"), "--json"]
        done = subprocess.run(
            [*command, *map(str, arguments)], cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=900, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def row(self, run: str) -> Any:
        """A run as the list tells it."""
        (found,) = [row for row in self.call("runs")["runs"] if row["run"] == run]
        return found

    @property
    def project(self) -> Path:
        return self.folder / "openfield"

    def split(self) -> Path:
        """Eight frames to learn from, two to watch, two to judge by."""
        names = [f"labeled-data/m4s1/img{number:04}.png" for number in range(0, 116, 10)]
        sides = {"train": list(range(8)), "validation": [8, 9], "test": [10, 11]}
        file = self.folder / "split.json"
        file.write_text(json.dumps({"schema": 1, "seed": 1, "names": names, **sides}))
        return file


@pytest.fixture
def lab(tool_environments: Environments, real_data: Path, tmp_path: Path) -> Lab:
    shutil.copytree(real_data / "openfield-Pranav-2018-10-30", tmp_path / "openfield")
    environ = {**os.environ, "POSE_LAUNCHER_TOOLS_DIR": str(tool_environments.root), "HF_HUB_OFFLINE": "1"}
    return Lab(tmp_path, environ)


def test_sleap_stops_with_its_checkpoint_and_its_model_predicts_the_test_frames(lab: Lab) -> None:
    made = lab.call("convert", lab.project, "--to", "sleap", "-o", lab.folder / "sleap")
    file = lab.folder / "sleap" / made["marker"]
    run = lab.call("train", file, "--epochs", "500", "--split", lab.split(), *TINY)["run"]
    while not (row := lab.row(run))["progress"] or row["progress"]["epoch"] < 1:
        assert row["state"] in ("queued", "running"), lab.call("runs", "log", run)["log"]
        time.sleep(0.5)
    assert row["progress"]["epochs"] == 500 and row["progress"]["loss"] > 0 and row["progress"]["seconds_left"] > 0
    (stopped,) = lab.call("runs", "stop", run)["runs"]
    assert stopped["state"] == "stopped"
    model = Path(stopped["model"])
    assert (model / "last.ckpt").is_file() and (model / "best.ckpt").is_file()
    judged = lab.call("evaluate", file, "--model", model, "--wait", "--trust")
    assert judged["state"] == "exited" and Path(judged["predictions"]).is_file()


def test_deeplabcut_trains_to_its_end_and_is_judged_by_our_numbers(lab: Lab) -> None:
    done = lab.call("train", lab.project, "--epochs", "1", "--split", lab.split(), "--wait", *TINY)
    assert (done["state"], done["progress"]["epoch"], done["problem"]) == ("exited", 1, None)
    model = Path(done["model"])
    assert [path.name for path in model.glob("train/snapshot-*.pt")] == ["snapshot-001.pt"]
    judged = lab.call("evaluate", lab.project, "--model", model, "--wait", "--trust")
    spec = lab.folder / "spec.toml"
    spec.write_text(
        f'title = "tiny"\n[labels]\nfile = "labeled-data/m4s1/CollectedData_Pranav.h5"\n'
        f"[frames]\nsplit = {json.dumps(str(lab.split()))}\n"
        f'[[model]]\nname = "tiny"\nunseen = true\npredictions = [{json.dumps(judged["predictions"])}]\n'
    )
    told = lab.call("compare", spec, "-o", lab.folder / "out", "--data", lab.project)
    (row,) = told["comparison"]["models"][0]["rows"]
    assert row["frame_count"] == 2 and row["labelled"] == 8 and row["numbers"]["mean_px"]["value"] > 0
    # The same without a spec: the model, its predictions and its split are found.
    listed = lab.call("compare-models", lab.project, "--list")
    assert [one["folder"] for one in listed["models"]] == [model.relative_to(lab.project).as_posix()]
    again = lab.call("compare-models", lab.project, "--split", done["run"])
    (found,) = again["comparison"]["models"]
    assert found["rows"][0]["numbers"] == row["numbers"] and not found["rows"][0]["why_not"]
    (answer,) = lab.call("compare-models", lab.project, "--list")["comparisons"]
    assert answer["page"] == again["page"] and Path(answer["page"]).is_file()


@pytest.mark.long
def test_weights_that_cannot_be_fetched_are_said_in_words(lab: Lab) -> None:
    failed = lab.call("train", lab.project, "--epochs", "1", "--pretrained", "--wait", *TINY, code=11)
    assert failed["state"] == "crashed" and "pretrained weights" in failed["problem"]["what"]

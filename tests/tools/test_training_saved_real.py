"""A real training beside the saver: what it has reached is in the home bucket before it ends, and all of it after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from launcher.runs.environments import Environments
from tests.conftest import ROOT, Site
from tests.scenario.watching import in_home, save, until, watching

pytestmark = [pytest.mark.tools, pytest.mark.long, pytest.mark.timeout(1200)]
OPENFIELD = "openfield-Pranav-2018-10-30"
NAMES = [f"labeled-data/m4s1/img{number:04}.png" for number in range(0, 116, 10)]
SPLIT = {"schema": 1, "names": NAMES, "train": list(range(8)), "validation": [8, 9], "test": [10, 11]}


def test_the_saver_keeps_up_while_sleap_trains(
    site: Site, tool_environments: Environments, real_data: Path, tmp_path: Path
) -> None:
    site.environ["POSE_LAUNCHER_TOOLS_DIR"] = str(tool_environments.root)
    made = _converted(tool_environments, real_data / OPENFIELD, tmp_path)
    site.put("mouse/openfield.pkg.slp", made.read_bytes())
    staged = site.run("stage", f"{site.data_uri}mouse/openfield.pkg.slp", "--json", timeout=300)
    assert staged.code == 0, staged.err
    folder = Path(staged.json["dir"])
    save(site, folder)
    split = tmp_path / "split.json"
    split.write_text(json.dumps(SPLIT))
    how: list[str | Path] = [
        "--epochs",
        "60",
        "--scale",
        "0.2",
        "--steps",
        "1",
        "--split",
        split,
        "--name",
        "mine",
        "--trust",
        "--json",
    ]
    with watching(site):
        run = site.run("train", folder / made.name, *how).json["run"]

        def row() -> Any:
            (found,) = [one for one in site.run("runs", "--json").json["runs"] if one["run"] == run]
            return found

        def has_arrived() -> bool:
            assert row()["state"] in ("queued", "running"), site.run("runs", "log", run).out
            return b"train/loss" in in_home(site, folder).get("models/mine/training_log.csv", b"")

        until(has_arrived, 600)
        until(lambda: row()["state"] not in ("queued", "running"), 600)
        assert row()["state"] == "exited"
        until(lambda: site.run("status", folder, "--json").json["projects"][0]["all_saved"], 120)
    kept = in_home(site, folder)
    for name in ("best.ckpt", "last.ckpt", "training_log.csv"):
        assert kept[f"models/mine/{name}"] == (folder / "models" / "mine" / name).read_bytes()
    assert kept["models/mine/training_log.csv"].count(b"\n") >= 60


def _converted(environments: Environments, project: Path, folder: Path) -> Path:
    """Open-field as a package of SLEAP."""
    environ = {**os.environ, "POSE_LAUNCHER_TOOLS_DIR": str(environments.root)}
    command = [sys.executable, "-m", "launcher", "--state-dir", str(folder / "state"), "--json"]
    done = subprocess.run(
        [*command, "convert", str(project), "--to", "sleap", "-o", str(folder / "sleap")],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    return folder / "sleap" / str(json.loads(done.stdout)["marker"])

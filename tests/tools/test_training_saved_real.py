"""A real training beside the saver: what it reached is in the home bucket, and another computer goes on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from launcher.runs.environments import Environments
from tests.conftest import ROOT, Site
from tests.scenario.a_stream import stream
from tests.scenario.watching import in_home, one_of_home, save, until, watching

pytestmark = [pytest.mark.tools, pytest.mark.long, pytest.mark.timeout(1200)]
OPENFIELD = "openfield-Pranav-2018-10-30"
NAMES = [f"labeled-data/m4s1/img{number:04}.png" for number in range(0, 116, 10)]
QUEUE = "person/.pose-launcher/person/queue.json"
#: More than are trained before the cut-off, however quick the computer is.
EPOCHS = 500
SPLIT = {"schema": 1, "names": NAMES, "train": list(range(8)), "validation": [8, 9], "test": [10, 11]}


def test_the_saver_keeps_up_while_sleap_trains(
    site: Site, tool_environments: Environments, real_data: Path, tmp_path: Path
) -> None:
    file = _staged(site, tool_environments, real_data, tmp_path)
    folder = file.parent
    with watching(site):
        run = _train(site, file, tmp_path, 60)

        def has_arrived() -> bool:
            assert _row(site, run)["state"] in ("queued", "running"), site.run("runs", "log", run).out
            return b"train/loss" in in_home(site, folder).get("models/mine/training_log.csv", b"")

        until(has_arrived, 600)
        until(lambda: _row(site, run)["state"] not in ("queued", "running"), 600)
        assert _row(site, run)["state"] == "exited"
        until(lambda: site.run("status", folder, "--json").json["projects"][0]["all_saved"], 120)
    kept = in_home(site, folder)
    for name in ("best.ckpt", "last.ckpt", "training_log.csv"):
        assert kept[f"models/mine/{name}"] == (folder / "models" / "mine" / name).read_bytes()
    assert kept["models/mine/training_log.csv"].count(b"\n") >= 60


def test_another_computer_trains_on_from_the_checkpoint_that_was_saved_before_the_cut_off(
    site: Site, tool_environments: Environments, real_data: Path, tmp_path: Path
) -> None:
    site.environ |= stream(site, "s-1")
    file = _staged(site, tool_environments, real_data, tmp_path)
    with watching(site):
        run = _train(site, file, tmp_path, EPOCHS)
        until(lambda: (_row(site, run)["progress"] or {}).get("epoch", 0) >= 2, 600)
        until(lambda: one_of_home(site, file.parent, "models/mine/last.ckpt") is not None, 120)
        until(lambda: b"models/mine" in site.objects(site.home_bucket, QUEUE).get(QUEUE, b""), 120)
        _cut_off(site, run)

    other = site.another_computer()
    other.environ |= stream(other, "s-2") | {"POSE_LAUNCHER_TOOLS_DIR": str(tool_environments.root)}
    (offered,) = other.run("last-session", "--json").json["trainings"]
    assert (offered["run"], offered["epochs"]) == (run, EPOCHS)
    queued = other.run("queue", "--continue", "--trust", "--json", timeout=300)
    assert queued.code == 0, queued.err
    (begun,) = queued.json["runs"]
    told = json.loads((other.state / "jobs" / begun["run"] / "description.json").read_text())
    before = json.loads((site.state / "jobs" / run / "description.json").read_text())
    assert told["split"] == before["split"] and told["frames"] == before["frames"], "no test frame is learnt from"

    def goes_on() -> bool:
        row = _row(other, begun["run"])
        assert row["state"] in ("queued", "running"), other.run("runs", "log", begun["run"]).out
        return bool(row["progress"]) and row["progress"]["epoch"] > 3

    until(goes_on, 600)
    (stopped,) = other.run("runs", "stop", begun["run"], "--yes", "--json").json["runs"]
    assert stopped["state"] == "stopped"
    model = Path(stopped["model"])
    assert model.is_relative_to(other.folder) and (model / "last.ckpt").is_file()
    rows = (model / "training_log.csv").read_text().splitlines()[1:]
    epochs = [int(float(row.partition(",")[0])) for row in rows]
    assert epochs[0] >= 1, f"it went on, and did not begin again: {epochs}"
    assert other.run("save", timeout=300).code == 0
    kept = {key for key in site.objects(site.home_bucket) if key.endswith("best.ckpt")}
    assert len(kept) == 2, f"the model of before the cut-off, and the one that was trained on: {kept}"


def _staged(site: Site, environments: Environments, real_data: Path, folder: Path) -> Path:
    """Open-field as a SLEAP project that was brought here and saved once."""
    site.environ["POSE_LAUNCHER_TOOLS_DIR"] = str(environments.root)
    made = converted(environments, real_data / OPENFIELD, folder)
    site.put("mouse/openfield.pkg.slp", made.read_bytes())
    staged = site.run("stage", f"{site.data_uri}mouse/openfield.pkg.slp", "--json", timeout=300)
    assert staged.code == 0, staged.err
    file = Path(staged.json["dir"]) / "openfield.pkg.slp"
    save(site, file.parent)
    return file


def _train(site: Site, file: Path, folder: Path, epochs: int) -> str:
    """Queue a training as small as it can be; the name of its run."""
    split = folder / "split.json"
    split.write_text(json.dumps(SPLIT))
    how = ("--scale", "0.2", "--steps", "1", "--split", split, "--name", "mine", "--trust", "--json")
    begun = site.run("train", file, "--epochs", str(epochs), *how)
    assert begun.code == 0, begun.err
    return str(begun.json["run"])


def _row(site: Site, run: str) -> Any:
    (found,) = [one for one in site.run("runs", "--json").json["runs"] if one["run"] == run]
    return found


def _cut_off(site: Site, run: str) -> None:
    """The machine is gone, and everything that trained on it."""
    started = json.loads((site.state / "jobs" / run / "started.json").read_text())
    os.kill(started["keeper"], signal.SIGKILL)
    os.killpg(started["pid"], signal.SIGKILL)


def converted(environments: Environments, project: Path, folder: Path) -> Path:
    """Open-field as a package of SLEAP."""
    environ = {**os.environ, "POSE_LAUNCHER_TOOLS_DIR": str(environments.root)}
    command = [sys.executable, "-m", "launcher", "--state-dir", str(folder / "state"), "--json"]
    done = subprocess.run(
        [*command, "convert", str(project), "--to", "sleap", "-o", str(folder / "sleap")],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    return folder / "sleap" / str(json.loads(done.stdout)["marker"])

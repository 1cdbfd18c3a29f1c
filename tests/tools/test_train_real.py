"""Trainings by the real tools, small ones: queued, watched, stopped with a checkpoint, continued, and judged."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher.runs.environments import Environments, Installed
from tests.conftest import ROOT

pytestmark = [pytest.mark.tools, pytest.mark.timeout(1200)]
#: As small as it can be and still be a training: pictures of 128 x 96 pixels, eight frames.
TINY = ("--scale", "0.2", "--batch", "4", "--steps", "1", "--trust")


@dataclass(frozen=True)
class Lab:
    """A copy of the open-field project, a state dir, and the environments of the real tools."""

    folder: Path
    environ: dict[str, str]

    def call(self, *arguments: str | Path, code: int = 0, memory: int | None = None) -> Any:
        """A command in a process of its own; its document. `memory` bounds it and all that it starts."""

        def bound() -> None:
            if memory is not None:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        command = [sys.executable, "-m", "launcher", "--state-dir", str(self.folder / "state"), "--json"]
        done = subprocess.run(
            [*command, *map(str, arguments)], cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=900, check=False, preexec_fn=bound,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """A command that is not waited for."""
        command = [sys.executable, "-m", "launcher", "--state-dir", str(self.folder / "state")]
        return subprocess.Popen(
            [*command, *map(str, arguments)], cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def until_epoch(self, run: str, epoch: int) -> None:
        """Wait until so many epochs are done."""
        while not (row := self.row(run))["progress"] or row["progress"]["epoch"] < epoch:
            assert row["state"] in ("queued", "running"), self.call("runs", "log", run)["log"]
            time.sleep(0.5)

    def until_over(self, run: str) -> Any:
        """Wait until it has ended."""
        while (row := self.row(run))["state"] in ("queued", "running"):
            time.sleep(1)
        return row

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
    lab.until_epoch(run, 1)
    row = lab.row(run)
    assert row["progress"]["epochs"] == 500 and row["progress"]["loss"] > 0 and row["progress"]["seconds_left"] > 0
    (stopped,) = lab.call("runs", "stop", run)["runs"]
    assert stopped["state"] == "stopped"
    model = Path(stopped["model"])
    assert (model / "last.ckpt").is_file() and (model / "best.ckpt").is_file()
    judged = lab.call("evaluate", file, "--model", model, "--wait", "--trust")
    assert judged["state"] == "exited" and Path(judged["predictions"]).is_file()


def test_deeplabcut_trains_to_its_end_and_is_judged_by_our_numbers(lab: Lab) -> None:
    done = lab.call("train", lab.project, "--epochs", "1", "--split", lab.split(), "--pretrained", "--wait", *TINY)
    assert (done["state"], done["progress"]["epoch"], done["problem"]) == ("exited", 1, None)
    # No network, no folder of weights: it is trained from scratch, and is called so.
    assert done["weights"].startswith("from scratch: pretrained weights are neither")
    assert done["used"]["cpu_seconds"] > 1 and done["used"]["memory_bytes"] > 100_000_000
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
def test_deeplabcut_continues_where_it_was_stopped_with_the_stride_of_the_other_tool(lab: Lab) -> None:
    alike = ("--stride", "4", "--rate", "0.0005", "--augmentation", "alike")
    run = lab.call("train", lab.project, "--epochs", "16", "--split", lab.split(), *TINY, *alike)["run"]
    lab.until_epoch(run, 1)
    (stopped,) = lab.call("runs", "stop", run)["runs"]
    model = Path(stopped["model"])
    reached = max(int(path.stem.rpartition("-")[2]) for path in model.glob("train/snapshot-*.pt"))
    assert stopped["state"] == "stopped" and 1 <= reached < 16
    again = lab.call("runs", "continue", run, "--trust")["run"]
    done = lab.until_over(again)
    assert (done["state"], done["progress"]["epoch"], done["problem"]) == ("exited", 16, None)
    assert done["model"] == str(model) and (model / "train" / "snapshot-016.pt").is_file()
    told = yaml.safe_load((model / "train" / "pytorch_config.yaml").read_text())
    head = told["model"]["heads"]["bodypart"]["heatmap_config"]
    assert told["model"]["backbone"]["output_stride"] // head["strides"][0] == 4
    # Pictures of 128 x 96 are not padded to the 448 x 448 that DeepLabCut cuts out of large ones.
    assert (told["data"]["train"]["crop_sampling"]["width"], told["data"]["train"]["crop_sampling"]["height"]) == (
        128,
        96,
    )
    assert not list(model.glob("train/.*"))


@pytest.mark.long
def test_sleap_goes_on_after_it_and_its_keeper_were_killed(lab: Lab) -> None:
    made = lab.call("convert", lab.project, "--to", "sleap", "-o", lab.folder / "sleap")
    file = lab.folder / "sleap" / made["marker"]
    run = lab.call("train", file, "--epochs", "40", "--split", lab.split(), *TINY)["run"]
    lab.until_epoch(run, 3)
    started = json.loads((lab.folder / "state" / "jobs" / run / "started.json").read_text())
    os.kill(started["keeper"], signal.SIGKILL)
    os.killpg(started["pid"], signal.SIGKILL)
    assert lab.until_over(run)["state"] == "ended unseen"
    again = lab.call("runs", "continue", run, "--trust")["run"]
    done = lab.until_over(again)
    assert (done["state"], done["progress"]["epoch"], done["problem"]) == ("exited", 40, None)
    rows = (Path(done["model"]) / "training_log.csv").read_text().splitlines()[1:]
    epochs = [int(float(row.partition(",")[0])) for row in rows]
    assert epochs[0] >= 3 and epochs[-1] >= 39, "it went on, and did not begin again"


@pytest.mark.long
def test_a_comparison_with_folds_goes_on_where_it_was_ended_and_is_repeated_within_its_intervals(
    lab: Lab, real_data: Path
) -> None:
    """Two folds of twelve frames, both tools; killed after its first training, and made again in an empty folder."""
    made = lab.call("convert", lab.project, "--to", "sleap", "-o", lab.folder / "sleap")
    names = [f"labeled-data/m4s1/img{number:04}.png" for number in range(0, 116, 10)]
    halves = [range(6), range(6, 12)]
    folds = [{"train": [at for at in range(12) if at not in half], "test": list(half)} for half in halves]
    (lab.folder / "folds.json").write_text(json.dumps({"names": names, "folds": folds}))
    training = "epochs = 2\nbatch = 4\nscale = 0.2\nsteps = 1\n"
    shutil.copy(real_data / "sleap-samples/small_robot.mp4", lab.folder / "clip.mp4")
    spec = lab.folder / "spec.toml"
    spec.write_text(
        'title = "folds"\n[labels]\nfile = "openfield/labeled-data/m4s1/CollectedData_Pranav.h5"\n'
        '[frames]\nsplit = "folds.json"\nfolds = 2\n[clip]\nframes = 166\nvideo = "clip.mp4"\nseconds = 1\n'
        f'[[model]]\nname = "ResNet-50"\n[model.train]\ntool = "deeplabcut"\nproject = "openfield"\n{training}'
        f'[[model]]\nname = "U-Net"\n[model.train]\ntool = "sleap"\nproject = "sleap/{made["marker"]}"\n{training}'
    )
    out = lab.folder / "out"
    ask = ("compare", spec, "-o", out, "--data", lab.folder, "--trust")
    first = lab.start(*ask)
    while not any(one["clip"] for one in _known(out)):
        assert first.poll() is None
        time.sleep(0.5)
    first.kill()
    first.wait()
    before = _known(out)
    told = lab.call(*ask)["comparison"]
    assert _known(out)[0] == before[0], "what was trained stays trained"
    assert [(one["model"], one["fold"]) for one in _known(out)] == [
        (model, fold) for model in ("ResNet-50", "U-Net") for fold in (0, 1)
    ]
    assert all(one["cpu_seconds"] > 1 and one["sittings"] == 1 for one in _known(out))
    assert [model["clip"]["frames"] for model in told["models"]] == [166, 166] and (out / "clip.mp4").is_file()
    assert told["models"][0]["rows"][0]["frame_count"] == 12 and len(told["models"][0]["folds"]) == 2
    again = lab.call("compare", spec, "-o", lab.folder / "again", "--data", lab.folder, "--trust")["comparison"]
    for ours, theirs in zip(told["models"], again["models"], strict=True):
        stated = ours["rows"][0]["numbers"]["mean_with_misses_px"]
        found = theirs["rows"][0]["numbers"]["mean_with_misses_px"]["value"]
        assert stated["low"] <= found <= stated["high"]


def _known(out: Path) -> list[dict[str, Any]]:
    """What a comparison remembers of its trainings."""
    try:
        return list(json.loads((out / "trainings.json").read_text()))
    except FileNotFoundError:
        return []


@pytest.mark.long
def test_sleap_trains_an_encoder_with_weights_from_a_folder(lab: Lab, sleap: Installed) -> None:
    made = lab.call("convert", lab.project, "--to", "sleap", "-o", lab.folder / "sleap")
    file = lab.folder / "sleap" / made["marker"]
    weights = lab.folder / "weights"
    weights.mkdir()
    draw = (
        "import sys, torch, torchvision.models as m; torch.manual_seed(7); "
        "torch.save(m.convnext_tiny(weights=None).state_dict(), sys.argv[1])"
    )
    planted = weights / "convnext_tiny-983f1562.pth"
    subprocess.run([sleap.python, "-c", draw, planted], check=True, timeout=120)
    how = ("--epochs", "1", "--split", lab.split(), "--pretrained", "--wait", *TINY)
    done = lab.call("train", file, *how, "--weights", weights)
    assert (done["state"], done["weights"]) == ("exited", "pretrained: convnext_tiny-983f1562.pth"), done
    told = yaml.safe_load((Path(done["model"]) / "initial_config.yaml").read_text())
    assert told["model_config"]["backbone_config"]["convnext"]["pre_trained_weights"] == "ConvNeXt_Tiny_Weights"
    # A file of another network is no reason to lose the run, and none to call it pretrained.
    other = lab.call("train", file, *how, "--weights", weights, "--network", "swint_tiny")
    assert other["weights"] == "from scratch: the file of weights is not of swin_t"
    judged = lab.call("evaluate", file, "--model", done["model"], "--wait", "--trust")
    assert judged["state"] == "exited" and Path(judged["predictions"]).is_file()


@pytest.mark.long
def test_deeplabcut_begins_with_weights_from_a_folder(lab: Lab, deeplabcut: Installed) -> None:
    weights = lab.folder / "weights"
    weights.mkdir()
    draw = (
        "import sys, timm, torch; from safetensors.torch import save_file; torch.manual_seed(7); "
        "m = timm.create_model(sys.argv[1], pretrained=False); save_file(m.state_dict(), sys.argv[2])"
    )
    planted = weights / "model.safetensors"
    subprocess.run([deeplabcut.python, "-c", draw, "resnet50_gn", planted], check=True, timeout=120)
    how = ("--epochs", "1", "--split", lab.split(), "--pretrained", "--wait", "--weights", weights, *TINY)
    done = lab.call("train", lab.project, *how)
    assert (done["state"], done["weights"]) == ("exited", "pretrained: weights"), done
    subprocess.run([deeplabcut.python, "-c", draw, "resnet18", planted], check=True, timeout=120)
    other = lab.call("train", lab.project, *how)
    assert other["weights"] == "from scratch: the file of weights is not of resnet50_gn"


@pytest.mark.long
@pytest.mark.parametrize("to", ["sleap", "deeplabcut"])
def test_memory_that_is_not_enough_is_said_in_words(lab: Lab, to: str) -> None:
    target = lab.project
    if to == "sleap":
        made = lab.call("convert", lab.project, "--to", "sleap", "-o", lab.folder / "sleap")
        target = lab.folder / "sleap" / made["marker"]
    before = target.read_bytes() if target.is_file() else (target / "config.yaml").read_bytes()
    how = ("--epochs", "1", "--scale", "1", "--batch", "64", "--steps", "1", "--trust", "--wait")
    failed = lab.call("train", target, *how, code=11, memory=6 * 2**30)
    assert failed["state"] == "crashed" and "memory of this computer was not enough" in failed["problem"]["what"]
    assert "--batch" in failed["problem"]["what"] and "labels are unchanged" in failed["problem"]["data_safe"]
    # The queue goes on: the next one has enough.
    done = lab.call("train", target, "--epochs", "1", "--split", lab.split(), "--wait", *TINY)
    assert done["state"] == "exited"
    if target.is_file():
        assert target.read_bytes() == before


@pytest.mark.long
def test_a_disk_that_fills_in_training_leaves_the_last_whole_snapshot(lab: Lab) -> None:
    disk = lab.folder / "disk"
    disk.mkdir()
    # Room for the project and for a snapshot of 285 MB, not for two.
    place = [
        sys.executable,
        str(ROOT / "tests" / "scenario" / "bad_place.py"),
        "disk",
        str(disk),
        str(500 * 1024),
        "--",
    ]
    story = lab.folder / "story.py"
    story.write_text(_FILLING)
    told = subprocess.run(
        [*place, sys.executable, str(story), str(lab.project), str(disk), str(lab.folder / "state"), str(lab.split())],
        cwd=ROOT, env=lab.environ, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    failed, snapshots = json.loads(told.stdout)
    assert failed["state"] == "crashed" and "disk is full" in failed["problem"]["what"]
    # The snapshot before is whole, nothing half is left, and so there is something to continue from.
    assert [name for name, is_whole in snapshots if is_whole] == [name for name, _ in snapshots] != []


_FILLING = """
import json, shutil, subprocess, sys, zipfile
from pathlib import Path
project, disk, state, split = sys.argv[1:]
here = shutil.copytree(project, Path(disk) / "openfield")
command = [sys.executable, "-m", "launcher", "--state-dir", state, "--json", "train", str(here), "--epochs", "20",
           "--split", split, "--scale", "0.2", "--batch", "4", "--trust", "--wait"]
done = subprocess.run(command, capture_output=True, text=True, timeout=800)
told = json.loads(done.stdout)
found = sorted(Path(told["model"]).glob("train/*snapshot*"))
print(json.dumps([told, [(path.name, zipfile.is_zipfile(path)) for path in found]]))
"""

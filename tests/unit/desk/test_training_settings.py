"""What is asked of a tool's trainer, and what is refused before anything is queued."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from launcher.cli.main import main
from launcher.desk.training_settings import Settings, described
from launcher.errors import BadUsage
from launcher.tools import TOOLS
from tests.conftest import ROOT

SAMPLE = ROOT / "resources" / "sample" / "two-mice"


@pytest.mark.parametrize(
    ("tool_id", "settings", "network"),
    [
        ("sleap", Settings(), ""),
        ("sleap", Settings(network="unet"), "unet"),
        ("sleap", Settings(pretrained=True), "convnext_tiny"),
        ("sleap", Settings(network="swint_base", pretrained=True), "swint_base"),
        # Unnamed, it is what the project's own configuration says.
        ("deeplabcut", Settings(pretrained=True), ""),
        ("deeplabcut", Settings(network="hrnet_w32"), "hrnet_w32"),
    ],
)
def test_the_network_is_the_one_that_was_named_or_fits(tool_id: str, settings: Settings, network: str) -> None:
    assert described(settings, tool_id)["network"] == network


@pytest.mark.parametrize(
    ("tool_id", "settings", "words"),
    [
        ("sleap", Settings(network="resnet_50"), "It has unet, convnext_tiny"),
        ("sleap", Settings(network="unet", pretrained=True), "It has convnext_tiny"),
        ("deeplabcut", Settings(network="unet"), "It has resnet_50"),
    ],
)
def test_a_network_that_a_tool_has_not_is_refused_with_those_it_has(
    tool_id: str, settings: Settings, words: str
) -> None:
    with pytest.raises(BadUsage) as refused:
        described(settings, tool_id)
    assert words in refused.value.hint


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.tool_id)
def test_every_tool_tells_each_network_once(tool: object) -> None:
    names = [one.name for one in tool.networks]  # type: ignore[attr-defined]
    assert len(set(names)) == len(names)


def run(folder: Path, *arguments: str | Path) -> int:
    return main(["--state-dir", str(folder / "state"), *map(str, arguments)])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "mice")) / "two-mice.slp"


@pytest.mark.parametrize("left_out", ["best.ckpt", "training_config.yaml"])
def test_a_model_that_is_not_whole_is_refused(
    left_out: str, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for name in {"best.ckpt", "training_config.yaml"} - {left_out}:
        (model / name).touch()
    assert run(tmp_path, "evaluate", project, "--model", model, "--trust") == 10
    told = capsys.readouterr().err
    assert "no complete model" in told and "Nothing was started" in told and "Traceback" not in told


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--stride", "3"), 2, "--stride is 0, 1, 2, 4, 8, 16 or 32"),
        (("--rate", "2"), 2, "--rate is from 0 to 1"),
        (("--fold", "-1"), 2, "--fold are 0 or more"),
        (("--weights", "gone"), 10, "no such folder of weights"),
        (("--network", "resnet_50"), 2, "SLEAP has no such network"),
    ],
)
def test_what_makes_no_training_is_said_in_words(
    arguments: tuple[str, str], code: int, words: str, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "train", project, "--trust", *arguments) == code
    assert words in capsys.readouterr().err
    assert not list((tmp_path / "state").glob("jobs/*"))


def test_a_split_of_other_frames_is_refused(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split = tmp_path / "split.json"
    split.write_text(json.dumps({"names": ["x:0000000", "y:0000001"], "train": [0], "test": [1]}))
    assert run(tmp_path, "train", project, "--trust", "--split", split) == 4
    assert "2 frames of the split are not labelled in this project" in capsys.readouterr().err

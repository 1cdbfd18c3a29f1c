"""Models that are trained for a comparison: what is remembered, and what the judge is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.compare import plan
from launcher.compare.plan import Known
from launcher.compare.spec import load_spec
from launcher.errors import BadUsage

SPEC = """
title = "two ways"
[labels]
file = "labels.csv"
[frames]
seed = 1
[[model]]
name = "U-Net"
[model.train]
tool = "sleap"
project = "p.slp"
epochs = 7
seeds = [1, 2]
[[model]]
name = "from a file"
predictions = ["p.csv"]
"""


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    file = tmp_path / "spec.toml"
    file.write_text(SPEC)
    return file


def test_every_seed_is_a_training_and_becomes_a_file_of_predictions(spec_file: Path, tmp_path: Path) -> None:
    spec = load_spec(spec_file, None).spec
    assert [(model.name, seed) for model, seed in plan.wanted(spec)] == [("U-Net", 1), ("U-Net", 2)]
    (tmp_path / "m1").mkdir()
    (tmp_path / "m1" / "training_log.csv").write_text("epoch,loss\n")
    known = {
        ("U-Net", seed): Known(
            "U-Net", seed, "run", str(tmp_path / f"m{seed}"), "", f"{seed}.slp", 30.0, "1.6.6", "CPU"
        )
        for seed in (1, 2)
    }
    plan.write(tmp_path / "out", known)
    assert plan.read(tmp_path / "out") == known
    unet, other = plan.filled(spec, plan.read(tmp_path / "out")).model
    assert unet.predictions == ("1.slp", "2.slp") and unet.unseen and (unet.seconds, unet.version) == (60.0, "1.6.6")
    assert unet.curves == (str(tmp_path / "m1" / "training_log.csv"),)
    assert unet.about == "U-Net, from scratch, 7 epochs, batch 4, pictures at 100 % of their size"
    assert other.predictions == ("p.csv",) and not other.unseen


@pytest.mark.parametrize("text", ["", "[", "[1]", '[{"model": "x"}]', '{"a": 1}'])
def test_notes_that_cannot_be_read_are_no_notes(text: str, tmp_path: Path) -> None:
    (tmp_path / plan.NOTES).write_text(text)
    assert plan.read(tmp_path) == {}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("epochs = 7", "pretrained = true", "U-Net from scratch"),
        ("seeds = [1, 2]", "seeds = [1, 1]", "needs seeds, each once"),
        ('tool = "sleap"', 'tool = "slep"', 'allowed is "sleap" or "deeplabcut"'),
        ('name = "U-Net"', 'name = "U-Net"\npredictions = ["x.slp"]', "excludes predictions"),
    ],
)
def test_what_a_training_cannot_be_is_said_with_its_line(spec_file: Path, old: str, new: str, words: str) -> None:
    spec_file.write_text(SPEC.replace(old, new))
    with pytest.raises(BadUsage, match=r"line \d+:.*" + words):
        load_spec(spec_file, None)

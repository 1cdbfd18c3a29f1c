"""Models that are trained for a comparison: what is remembered, and what the judge is told of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from launcher.compare import plan
from launcher.compare.judge import judge
from launcher.compare.plan import Known
from launcher.compare.spec import load_spec
from launcher.compare.writing import write
from launcher.errors import BadUsage
from launcher.projects.parsing import Parsers
from tests.conftest import ROOT
from tests.unit.compare.planted import square, table

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
    assert [(model.name, *rest) for model, *rest in plan.wanted(spec)] == [("U-Net", 1, 0), ("U-Net", 2, 0)]
    (tmp_path / "m1").mkdir()
    (tmp_path / "m1" / "training_log.csv").write_text("epoch,loss\n")
    known = {
        ("U-Net", seed, 0): Known(
            "U-Net", seed, "run", str(tmp_path / f"m{seed}"), "", f"{seed}.slp", 30.0, "1.6.6", "CPU"
        )
        for seed in (1, 2)
    }
    plan.write(tmp_path / "out", known)
    assert plan.read(tmp_path / "out") == known
    unet, other = plan.filled(spec, plan.read(tmp_path / "out")).model
    assert unet.predictions == ("1.slp", "2.slp") and unet.unseen and (unet.seconds, unet.version) == (60.0, "1.6.6")
    assert unet.curves == (str(tmp_path / "m1" / "training_log.csv"),) and unet.clip == ()
    assert unet.about == "U-Net, from scratch, 7 epochs, batch 4, pictures at 100 % of their size"
    assert other.predictions == ("p.csv",) and not other.unseen
    on_clip = {key: replace(one, clip=f"{one.seed}.clip.slp") for key, one in known.items()}
    assert plan.filled(spec, on_clip).model[0].clip == ("1.clip.slp", "2.clip.slp")


def test_a_model_without_the_weights_it_was_to_begin_with_bears_another_name(spec_file: Path) -> None:
    pretrained = 'epochs = 7\nnetwork = "swint_tiny"\npretrained = true\nrate = 0.001\naugmentation = "alike"'
    spec_file.write_text(SPEC.replace("epochs = 7", pretrained))
    spec = load_spec(spec_file, None).spec
    known = {
        ("U-Net", seed, 0): Known(
            "U-Net", seed, sittings=2, cpu_seconds=9.0, memory_bytes=seed, stride=2,
            weights="from scratch: no weights" if seed == 1 else "pretrained: a.pth",
        )
        for seed in (1, 2)
    }  # fmt: skip
    unet, _ = plan.filled(spec, known).model
    assert unet.name == "U-Net, from scratch"
    assert unet.about == (
        "swint_tiny, from scratch: no weights, 7 epochs, batch 4, pictures at 100 % of their size, "
        "a map of every 2 pixels, learning rate 0.001 in three steps, turned by any angle and 0.9 to 1.1 times as "
        "large, 2 sittings"
    )
    assert (unet.cpu_seconds, unet.memory_bytes, unet.stride) == (18.0, 2, 2)


def test_what_was_not_trained_alike_is_said(spec_file: Path, tmp_path: Path) -> None:
    parts = ("nose", "tail")
    for name in ("labels.csv", "p.csv"):
        table(tmp_path / name, square(20)[:, :2], parts)
    other = (
        'name = "ResNet"\n[model.train]\ntool = "deeplabcut"\nproject = "p"\nepochs = 9\nscale = 0.5\nseeds = [1, 2]\n'
    )
    spec_file.write_text(SPEC.replace('name = "from a file"\npredictions = ["p.csv"]\n', other))
    loaded = load_spec(spec_file, None)
    known = {
        (name, seed, 0): Known(name, seed, predictions="p.csv", stride=stride)
        for name, stride in (("U-Net", 2), ("ResNet", 8))
        for seed in (1, 2)
    }
    with Parsers(1) as parsers:
        found = judge(replace(loaded, spec=plan.filled(loaded.spec, known)), parsers, lambda _: None)
    said = " ".join(found.not_to_conclude)
    assert "not trained alike (epochs 7, 9; size of the pictures 1, 0.5)" in said
    assert "different numbers (U-Net 2, ResNet 8)" in said


def test_folds_are_trained_one_by_one(spec_file: Path) -> None:
    spec_file.write_text(SPEC.replace("seed = 1\n[[model]]", "seed = 1\nfolds = 2\n[[model]]"))
    spec = load_spec(spec_file, None).spec
    assert [rest for _, *rest in plan.wanted(spec)] == [[1, 0], [1, 1], [2, 0], [2, 1]]
    known = {
        ("U-Net", seed, fold): Known("U-Net", seed, fold=fold, predictions=f"{seed}{fold}")
        for seed in (1, 2)
        for fold in (0, 1)
    }
    assert plan.filled(spec, known).model[0].predictions == ("10", "11", "20", "21")


def test_a_model_that_was_trained_and_finds_nothing_is_scored_so(spec_file: Path, tmp_path: Path) -> None:
    parts = ("nose", "tail")
    table(tmp_path / "labels.csv", square(20)[:, :2], parts)
    table(tmp_path / "p.csv", square(20)[:, :2], parts)
    table(tmp_path / "nothing.csv", np.full((20, 2, 2), np.nan), parts)
    spec_file.write_text(SPEC.replace('predictions = ["p.csv"]', 'predictions = ["p.csv"]\nunseen = true'))
    loaded = load_spec(spec_file, None)
    known = {("U-Net", seed, 0): Known("U-Net", seed, predictions="nothing.csv") for seed in (1, 2)}
    with Parsers(1) as parsers:
        found = judge(replace(loaded, spec=plan.filled(loaded.spec, known)), parsers, lambda _: None)
    unet, _ = found.models
    assert unet.rows[0].numbers["coverage"].value == 0.0 and "nothing at all" in unet.notes[0]
    assert [pair.winner for pair in found.pairs] == [""]  # four frames are too few to say more
    written = write(found, loaded, tmp_path / "out", lambda _: None)
    assert "It predicted nothing at all" in written.page.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "[", "[1]", '[{"model": "x"}]', '{"a": 1}'])
def test_notes_that_cannot_be_read_are_no_notes(text: str, tmp_path: Path) -> None:
    (tmp_path / plan.NOTES).write_text(text)
    assert plan.read(tmp_path) == {}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "epochs = 7",
            'network = "unet"\npretrained = true',
            "none of SLEAP with pretrained weights; allowed is convnext",
        ),
        ("epochs = 7", 'network = "resnet_50"', "none of SLEAP; allowed is unet, convnext_tiny"),
        ("epochs = 7", "stride = 3", "a power of two"),
        ("seed = 1", "seed = 1\nfolds = 1", "folds is 2 or more"),
        ("seeds = [1, 2]", "seeds = [1, 1]", "needs seeds, each once"),
        ('tool = "sleap"', 'tool = "slep"', 'allowed is "sleap" or "deeplabcut"'),
        ('name = "U-Net"', 'name = "U-Net"\npredictions = ["x.slp"]', "excludes predictions"),
    ],
)
def test_what_a_training_cannot_be_is_said_with_its_line(spec_file: Path, old: str, new: str, words: str) -> None:
    spec_file.write_text(SPEC.replace(old, new))
    with pytest.raises(BadUsage, match=r"line \d+:.*" + words):
        load_spec(spec_file, None)


@pytest.mark.parametrize("name", ["openfield-cpu.toml", "openfield-2026.toml"])
def test_the_proof_of_concept_is_a_spec_that_trains_all_three_alike(name: str) -> None:
    spec = load_spec(ROOT / "resources" / "compare" / name, None).spec
    ways = [model.train for model in spec.model]
    assert len(ways) == 3 and len(spec.frames.test) == 23
    assert len({(how.batch, how.scale, how.stride, how.augmentation, how.seeds) for how in ways if how}) == 1

"""What is found to compare in a project, the spec that is written of it, and who can show a page."""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher import errors
from launcher.compare.spec import load_spec
from launcher.compare.split import Fold, Split
from launcher.config.plain import plain
from launcher.desk.browser import browser, open_page
from launcher.desk.comparable import comparable, comparable_here, written
from launcher.desk.comparing_models import spec_text
from launcher.journal import Journal, ProjectRecord
from launcher.runs.jobs import Job, JobLook, JobState

SPLIT = Split(("m/1.png", "m/2.png", "m/3.png"), (Fold((0,), (1,), (2,)),), 42, grouped=False)
NETWORK = "dlc-models-pytorch/iteration-0/openfieldOct30-trainset95shuffle1"


def touch(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"")


@pytest.fixture
def deeplabcut(tmp_path: Path) -> ProjectRecord:
    evaluated = "evaluation-results-pytorch/iteration-0/openfieldOct30-trainset95shuffle1/all.h5"
    touch(
        tmp_path, "config.yaml", "labeled-data/m4/CollectedData_P.h5", "labeled-data/m4/CollectedData_P.csv",
        f"{NETWORK}/train/snapshot-001.pt", f"{NETWORK}/train/pytorch_config.yaml", evaluated,
        "dlc-models-pytorch/iteration-0/unfinished/train/pytorch_config.yaml",
    )  # fmt: skip
    return ProjectRecord("p-1", "s3://b/p/", "openfield", "deeplabcut", "config.yaml", tmp_path, "")


@pytest.fixture
def sleap(tmp_path: Path) -> ProjectRecord:
    touch(
        tmp_path, "fly.slp", "models/unet/best.ckpt", "models/unet/training_config.yaml",
        "models/unet/labels_gt.train.0.slp", "models/unet/labels_pr.train.0.slp",
        "evaluations/unet-aaaa.predictions.slp", "evaluations/unet-bbbb.predictions.slp",
        "models/half/training_config.yaml",
    )  # fmt: skip
    return ProjectRecord("f-1", "s3://b/fly.slp", "fly", "sleap", "fly.slp", tmp_path, "")


def training(project: ProjectRecord, model: str, split: Any) -> JobLook:
    job = Job("train-1", project.tool_id, "train", "p", str(project.dir / project.marker), str(project.dir), 0.0,
              {"split": split})  # fmt: skip
    return JobLook(job, JobState.EXITED, None, 0.0, 1.0, 0, {"model": str(project.dir / model)}, None)


def test_deeplabcuts_finished_networks_are_found_with_what_they_predicted(deeplabcut: ProjectRecord) -> None:
    found = comparable(deeplabcut, [training(deeplabcut, NETWORK, SPLIT.to_json())]).to_json()
    (model,) = found["models"]
    assert (model["folder"], model["frames_known"]) == (NETWORK, True)
    assert model["predictions"].endswith("shuffle1/all.h5")
    assert found["labels"] == ["labeled-data/m4/CollectedData_P.h5"]
    assert found["splits"] == [
        {"run": "train-1", "models": ["openfieldOct30-trainset95shuffle1"], "train": 2, "test": 1}
    ]


def test_of_sleaps_predictions_the_newest_count_and_its_labels_tell_what_it_saw(sleap: ProjectRecord) -> None:
    newest = sleap.dir / "evaluations/unet-aaaa.predictions.slp"
    later = time.time() + 60
    os.utime(newest, (later, later))
    (model,) = comparable(sleap, []).models
    assert model.predictions == "evaluations/unet-aaaa.predictions.slp"
    assert model.model.seen == ["models/unet/labels_gt.train.0.slp"]
    assert model.learned is None and comparable(sleap, []).to_json()["models"][0]["frames_known"]


@pytest.mark.parametrize("split", [None, {}, {"names": ["a"], "train": [7]}, "x", {"names": ["a"], "train": [0]}])
def test_a_split_that_nobody_can_read_is_none(deeplabcut: ProjectRecord, split: object) -> None:
    found = comparable(deeplabcut, [training(deeplabcut, NETWORK, split)])
    assert not found.splits and found.models[0].learned is None


def test_the_spec_is_one_that_anybody_could_have_written(deeplabcut: ProjectRecord, tmp_path: Path) -> None:
    found = comparable(deeplabcut, [training(deeplabcut, NETWORK, SPLIT.to_json())])
    odd = tmp_path / 'odd "name" \x7f.h5'
    kept = tmp_path / "split.json"
    text = spec_text(deeplabcut, found.labels[0], found.models, [odd], kept, SPLIT)
    (tmp_path / "spec.toml").write_text(text, encoding="utf-8")
    spec = load_spec(tmp_path / "spec.toml", None).spec
    assert [one.name for one in spec.model] == ["openfieldOct30-trainset95shuffle1", plain('odd "name" \x7f')]
    assert Path(spec.model[1].predictions[0]) == odd
    assert spec.model[0].unseen and not spec.model[1].unseen
    assert (spec.pictures, spec.frames.split) == ("labeled-data/m4", str(kept))


def test_who_learned_from_a_test_frame_is_not_called_unseen(deeplabcut: ProjectRecord) -> None:
    found = comparable(deeplabcut, [training(deeplabcut, NETWORK, SPLIT.to_json())])
    other = Split(SPLIT.names, (Fold((1, 2), (), (0,)),), 1, grouped=False)
    assert "unseen" not in spec_text(deeplabcut, found.labels[0], found.models, [], Path("/s.json"), other)


def test_comparisons_are_found_and_damaged_ones_are_none(deeplabcut: ProjectRecord) -> None:
    good, bad = (deeplabcut.dir / "comparisons" / name for name in ("good", "bad"))
    touch(deeplabcut.dir, "comparisons/good/comparison.html", "comparisons/bad/comparison.html")
    told = {"made": "Made now", "comparison": {"title": "Models", "models": [{"name": "a"}, {"name": "b"}]}}
    (good / "numbers.json").write_text(json.dumps(told))
    (bad / "numbers.json").write_text("[")
    (row,) = comparable(deeplabcut, []).answers
    assert (row["page"], row["models"]) == (str(good / "comparison.html"), ["a", "b"])
    assert written(good / "comparison.html")["comparison"]["title"] == "Models"
    with pytest.raises(errors.Damaged, match="cannot be read"):
        written(bad / "comparison.html")


def test_a_project_is_found_by_its_address_its_saved_place_and_its_folder(
    deeplabcut: ProjectRecord, tmp_path: Path
) -> None:
    home = "s3://home/me/projects/p-1/"
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        journal.put_project(replace(deeplabcut, home=home))
        for address in ("s3://b/p/", home, f"{home}config.yaml", str(deeplabcut.dir)):
            assert comparable_here(journal, address, [])["project"] == "p-1", address
        assert not comparable_here(journal, "s3://b/", [])["dir"]


# Browsers


@pytest.mark.parametrize(
    ("platform", "environ", "there", "command"),
    [
        ("win32", {}, (), ()),
        ("darwin", {}, (), ("open",)),
        ("linux", {"DISPLAY": ":0"}, (), None),
        ("linux", {"DISPLAY": ":0"}, ("xdg-open",), None),
        ("linux", {"DISPLAY": ":0"}, ("chromium", "firefox"), ("/usr/bin/firefox",)),
        ("linux", {"WAYLAND_DISPLAY": "w"}, ("chromium",), ("/usr/bin/chromium",)),
        ("linux", {}, ("firefox",), None),
    ],
)
def test_a_browser_is_named_only_where_one_is(
    platform: str, environ: dict[str, str], there: tuple[str, ...], command: tuple[str, ...] | None
) -> None:
    assert browser(platform, environ, lambda name: f"/usr/bin/{name}" if name in there else None) == command


def test_a_page_is_shown_by_the_browser_that_is_there(tmp_path: Path) -> None:
    page, seen, program = tmp_path / "a page.html", tmp_path / "seen", tmp_path / "firefox"
    page.write_text("<p>")
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{seen}.part" && {shutil.which("mv")} "{seen}.part" "{seen}"\n')
    program.chmod(0o755)
    environ = {"DISPLAY": ":0", "PATH": str(tmp_path)}
    assert open_page(page, environ)
    end = time.monotonic() + 30
    while not seen.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert seen.read_text() == page.as_uri()
    assert not open_page(tmp_path / "gone.html", environ)
    assert not open_page(page, {"PATH": str(tmp_path)})

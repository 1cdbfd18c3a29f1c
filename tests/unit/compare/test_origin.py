"""The proof of concept of 2023, read again from its own files alone: the figures that it must give."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import pytest

from launcher.cli.main import main

SPEC = Path(__file__).parents[3] / "resources" / "compare" / "origin-2023.toml"


@pytest.fixture(scope="module")
def out(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("origin")
    flags = ["--state-dir", str(folder / "state"), "--quiet"]
    assert main([*flags, "compare", str(SPEC), "-o", str(folder / "out"), "--data", str(real_data)]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def found(out: Path) -> Mapping[str, Any]:
    comparison: Mapping[str, Any] = json.loads((out / "numbers.json").read_text())["comparison"]
    return comparison


def row(found: Mapping[str, Any], model: int, at: int = 0) -> Mapping[str, Any]:
    one: Mapping[str, Any] = found["models"][model]["rows"][at]
    return one


def test_the_errors_are_those_of_its_files(found: Mapping[str, Any]) -> None:
    scratch, pretrained, dlc = row(found, 0), row(found, 1), row(found, 2, 1)
    assert [one["frame_count"] for one in (scratch, pretrained, dlc)] == [23, 23, 116]
    means = [round(one["numbers"]["mean_px"]["value"], 6) for one in (scratch, pretrained, dlc)]
    assert means == [1.964048, 2.124510, 2.488960]
    assert [round(scratch["numbers"][name]["value"], 3) for name in ("median_px", "rmse_px", "p95_px", "pck_5px")] == [
        1.383, 3.288, 4.627, 0.957,
    ]  # fmt: skip
    assert [round(pretrained["numbers"][name]["value"], 3) for name in ("median_px", "rmse_px", "p95_px")] == [
        1.658, 2.756, 4.364,
    ]  # fmt: skip
    assert round(row(found, 2)["numbers"]["mean_px"]["value"], 3) == 2.429


def test_what_is_left_out_on_the_clip(found: Mapping[str, Any]) -> None:
    clips = [model["clip"] for model in found["models"]]
    assert [round(100 * clip["missing"], 1) for clip in clips[:2]] == [5.1, 58.7] and clips[2] is None
    assert [round(100 * clip["frames_with_animal"], 1) for clip in clips[:2]] == [100.0, 90.7]


def test_the_two_sleap_models_are_inside_the_noise(found: Mapping[str, Any]) -> None:
    (pair,) = found["pairs"]
    assert {pair["one"], pair["other"]} == {"SLEAP U-Net from scratch", "SLEAP U-Net, pretrained encoder"}
    assert pair["winner"] == "" and "inside the noise" in pair["sentence"]
    assert pair["error"]["low"] < 0 < pair["error"]["high"]


def test_what_was_told_stands_beside_it_and_what_cannot_be_compared_is_marked(found: Mapping[str, Any]) -> None:
    scratch, _, dlc = (model["told"] for model in found["models"])
    assert scratch[0]["comparable"] and scratch[0]["reason"] == "The same number as ours."
    assert dlc[0]["value"] == 3.44 and not dlc[0]["comparable"]
    assert dlc[0]["reason"].startswith("Not comparable: other split")
    assert "mean distance" in dlc[0]["note"]
    assert "other split" in row(found, 2)["why_not"]


def test_what_is_too_wide_for_a_screen_is_reached_by_keyboard_and_has_its_name(out: Path) -> None:
    page = (out / "comparison.html").read_text(encoding="utf-8")
    wide = re.findall(r'<div class="wide" tabindex="0" role="region" aria-label="([^"]+)"><(?:table|svg)', page)
    assert {"Numbers", "What is left out on the clip", "The tools' own numbers"} < set(wide)
    assert page.count("<table") + page.count("<figure><div") == len(wide), "every table, and every figure that is drawn"


def test_the_page_holds_all_it_shows_and_the_clip_plays(out: Path) -> None:
    page = (out / "comparison.html").read_text(encoding="utf-8")
    for words in ("1.96 px", "2.12 px", "2.49 px", "5.1 %", "58.7 %", "3.44 px", "What may not be concluded"):
        assert words in page
    assert page.count("data:image/png;base64,") == 3 and page.count("data:video/mp4;base64,") == 1
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "") and "https://" not in page
    with av.open(out / "clip.mp4") as clip:
        assert clip.streams.video[0].frames == 240
        assert sum(1 for _ in clip.decode(video=0)) == 240
    assert {file.name for file in (out / "figures").iterdir()} >= {"mean-error.svg", "distribution.svg", "clip.svg"}

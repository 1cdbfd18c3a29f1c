"""The sample is what a new user sees first: complete, small, consistent, and in need of repair like real projects."""

from __future__ import annotations

import csv
import json
import math
import re
import struct
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

import h5py
import numpy as np
import pytest
import yaml

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
DLC = SAMPLE / "open-arena-Sample-2026-01-15"
LABELLED = DLC / "labeled-data" / "arena"
PAIR = SAMPLE / "two-mice"
PARTS = ["snout", "leftear", "rightear", "centre", "tailbase"]
WIDTH, HEIGHT = 480, 360


def sample_files() -> Iterator[Path]:
    return (file for file in SAMPLE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


def csv_rows() -> list[list[str]]:
    with (LABELLED / "CollectedData_Sample.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def csv_points() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Frames by body parts by x and y; what is empty is NaN."""
    values = [[float(cell or "nan") for cell in row[3:]] for row in csv_rows()[3:]]
    return np.array(values).reshape(len(values), len(PARTS), 2)


def texts(dataset: Any) -> list[str]:
    return [bytes(value).decode() for value in dataset[()]]


def test_the_sample_is_small() -> None:
    assert sum(file.stat().st_size for file in sample_files()) <= 4_000_000


def test_the_sample_holds_no_file_that_could_run_code_when_opened() -> None:
    allowed = {".csv", ".h5", ".md", ".mp4", ".png", ".py", ".slp", ".yaml"}
    assert {file.suffix for file in sample_files()} <= allowed


def test_only_our_own_scripts_and_the_two_projects_lie_there() -> None:
    assert {file.relative_to(SAMPLE).parts[0] for file in sample_files()} == {
        "README.md", "generate.py", "scene", "files", DLC.name, PAIR.name,
    }  # fmt: skip


def test_csv_has_the_three_header_rows_and_the_split_index_of_deeplabcut_3() -> None:
    scorer, parts, coords, *frames = csv_rows()
    assert scorer == ["scorer", "", "", *["Sample"] * 10]
    assert parts == ["bodyparts", "", "", *[part for part in PARTS for _ in "xy"]]
    assert coords == ["coords", "", "", *["x", "y"] * 5]
    assert len(frames) == 24
    assert {tuple(row[:2]) for row in frames} == {("labeled-data", "arena")}


def test_csv_and_h5_hold_the_same_table() -> None:
    with h5py.File(LABELLED / "CollectedData_Sample.h5") as file:
        table = file["df_with_missing"]
        names = [texts(table["axis1_level2"])[code] for code in table["axis1_label2"][()]]
        parts = [texts(table["axis0_level1"])[code] for code in table["axis0_label1"][()]]
        values = table["block0_values"][()]
    assert names == [row[2] for row in csv_rows()[3:]]
    assert parts == [part for part in PARTS for _ in "xy"]
    np.testing.assert_array_equal(values, csv_points().reshape(24, 10))


def test_key_points_lie_in_the_picture_and_some_are_hidden_but_never_all() -> None:
    points = csv_points()
    seen = ~np.isnan(points[..., 0])
    assert seen.sum() == 24 * 5 - 6
    assert seen.any(axis=1).all()
    assert (np.isnan(points[..., 0]) == np.isnan(points[..., 1])).all()
    assert (points[seen] > 0).all()
    assert (points[seen] < [WIDTH, HEIGHT]).all()


def test_a_snout_lies_ahead_of_its_tail_base_by_about_the_length_of_a_mouse() -> None:
    points = csv_points()
    lengths = np.hypot(*(points[:, PARTS.index("snout")] - points[:, PARTS.index("tailbase")]).T)
    lengths = lengths[~np.isnan(lengths)]
    assert (lengths > 50).all()
    assert (lengths < 120).all()


def test_every_labelled_frame_is_a_png_of_the_videos_size_and_nothing_else_lies_there() -> None:
    names = {row[2] for row in csv_rows()[3:]}
    assert {file.name for file in LABELLED.glob("*.png")} == names
    for name in names:
        head = (LABELLED / name).read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", head[16:24]) == (WIDTH, HEIGHT)
        assert re.fullmatch(r"img[0-2]\d\d\.png", name), "named by frame number, as DeepLabCut does for 300 frames"


def test_config_comes_from_another_computer_and_names_the_video_that_is_there() -> None:
    config = yaml.safe_load((DLC / "config.yaml").read_text(encoding="utf-8"))
    [(named, settings)] = config["video_sets"].items()
    elsewhere = PureWindowsPath(config["project_path"])
    assert elsewhere.drive == "D:"
    assert PureWindowsPath(named) == elsewhere / "videos" / "arena.mp4"
    assert settings == {"crop": f"0, {WIDTH}, 0, {HEIGHT}"}
    assert (DLC / "videos" / "arena.mp4").is_file()


def test_config_says_what_the_folder_and_the_labels_say() -> None:
    config = yaml.safe_load((DLC / "config.yaml").read_text(encoding="utf-8"))
    assert f"{config['Task']}-{config['scorer']}-2026-01-15" == DLC.name
    assert (config["date"], config["engine"], config["multianimalproject"]) == ("Jan15", "pytorch", False)
    assert config["bodyparts"] == PARTS
    assert {part for bone in config["skeleton"] for part in bone} == set(PARTS)


@pytest.mark.parametrize("video", [DLC / "videos" / "arena.mp4", PAIR / "two-mice.mp4"], ids=lambda video: video.name)
def test_videos_are_h264_with_the_table_of_frames_in_front(video: Path) -> None:
    content = video.read_bytes()
    assert content[4:8] == b"ftyp"
    assert 0 < content.index(b"avc1") < content.index(b"mdat")
    assert content.index(b"moov") < content.index(b"mdat")


def test_slp_holds_two_mice_in_twelve_frames() -> None:
    with h5py.File(PAIR / "two-mice.slp") as file:
        skeleton = json.loads(file["metadata"].attrs["json"])
        counts = {name: len(file[name]) for name in ("frames", "instances", "points", "pred_points")}
        tracks = [json.loads(track)[1] for track in file["tracks_json"][()]]
        [video] = [json.loads(text) for text in file["videos_json"][()]]
        user = set(file["instances"]["instance_type"])
    assert counts == {"frames": 12, "instances": 24, "points": 24 * 6, "pred_points": 0}
    assert tracks == ["dark", "pale"]
    assert user == {0}, "labelled by a person, not predicted"
    assert [node["name"] for node in skeleton["nodes"]] == [*PARTS, "tailtip"]
    assert len(skeleton["skeletons"][0]["links"]) == 6
    assert video["filename"] == video["backend"]["filename"] == "/data/recordings/two-mice.mp4"
    assert video["backend"]["shape"] == [150, HEIGHT, WIDTH, 3]


def test_slp_points_lie_in_the_picture() -> None:
    with h5py.File(PAIR / "two-mice.slp") as file:
        points, frames = file["points"][()], file["frames"]["frame_idx"][()]
    assert ((points["x"] > 0) & (points["x"] < WIDTH) & (points["y"] > 0) & (points["y"] < HEIGHT)).all()
    assert points["visible"].all()
    assert sorted(set(frames)) == list(frames)
    assert math.floor(frames.max()) < 150

"""Other people's projects, as they are: what a person sees on the card, how little is read, and the repaired paths."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from ruamel.yaml import YAML

from launcher.tools import TOOLS, tool
from launcher.tools.paths import LocalPaths, NeutralPaths
from launcher.tools.protocol import CARD_BYTES, RECOGNISE_BYTES
from tests.unit.tools.made_projects import (
    DATA,
    CountedReads,
    card_of,
    codes,
    contents,
    listing_of,
    members_of,
    recognised,
    video_texts,
)

SAMPLES, OPENFIELD = DATA / "sleap-samples", "openfield-Pranav-2018-10-30"
CONFIG = f"{OPENFIELD}/config.yaml"


def test_the_open_field_project_is_seen_as_its_authors_made_it() -> None:
    reads = CountedReads(DATA / OPENFIELD)
    card = card_of(tool("deeplabcut"), DATA, CONFIG, lambda _: reads)
    assert recognised(tool("deeplabcut"), DATA, CONFIG)
    assert card.body_parts == ("snout", "leftear", "rightear", "tailbase")
    assert (card.tool_version, card.multi_animal, card.skeleton) == ("3", False, ())
    assert (card.labelled_frames, card.predicted_frames, card.models) == (116, 0, ())
    assert [(video.named, video.member) for video in card.videos] == [("videos/m3v1mp4.mp4", "videos/m3v1mp4.mp4")]
    assert codes(card) == {"paths-adjusted": "2 paths from another computer will be adjusted."}
    assert reads.bytes < RECOGNISE_BYTES


def test_without_the_csv_the_h5_gives_the_same_number(tmp_path: Path) -> None:
    project = Path(
        shutil.copytree(DATA / OPENFIELD, tmp_path / OPENFIELD, ignore=shutil.ignore_patterns("*.png", "*.csv"))
    )
    card = card_of(tool("deeplabcut"), project.parent, CONFIG)
    assert card.labelled_frames == 116
    assert codes(card)["labels-incomplete"].startswith("No .csv beside labeled-data/m4s1/CollectedData_Pranav.h5")


def test_all_of_the_open_field_project_comes_along_and_its_video_last() -> None:
    members = members_of(tool("deeplabcut"), DATA, CONFIG)
    assert len(members) == 120
    assert members[-1] == "videos/m3v1mp4.mp4"


@pytest.mark.parametrize(
    ("name", "nodes", "edges", "labelled", "predicted", "multi", "video"),
    [
        ("minimal_instance", 2, 1, 1, 0, True, None),
        ("small_robot_minimal", 2, 1, 2, 0, False, "small_robot.mp4"),
        ("centered_pair_predictions", 24, 23, 0, 1100, True, None),
    ],
)
def test_the_sleap_samples_are_counted(
    name: str, nodes: int, edges: int, labelled: int, predicted: int, multi: bool, video: str | None
) -> None:
    card = card_of(tool("sleap"), SAMPLES, f"{name}.slp")
    assert (card.tool_version, card.multi_animal, card.models) == (None, multi, ())
    assert (len(card.body_parts), len(card.skeleton)) == (nodes, edges)
    assert (card.labelled_frames, card.predicted_frames) == (labelled, predicted)
    assert [found.member for found in card.videos] == [video]


@pytest.mark.parametrize("name", ["minimal_instance", "small_robot_minimal", "centered_pair_predictions"])
def test_the_counts_are_those_of_plain_h5py(name: str) -> None:
    card = card_of(tool("sleap"), SAMPLES, f"{name}.slp")
    with h5py.File(SAMPLES / f"{name}.slp", "r") as file:
        frames, kinds = file["frames"][()], file["instances"][()]["instance_type"]
    spans = [
        kinds[start:end] for start, end in zip(frames["instance_id_start"], frames["instance_id_end"], strict=True)
    ]
    assert card.labelled_frames == sum(1 for span in spans if (span == 0).any())
    assert card.predicted_frames == sum(1 for span in spans if (span == 1).any())
    assert card.multi_animal == any(max(np.bincount(span, minlength=2)) > 1 for span in spans)


def test_the_nodes_stand_in_the_order_of_the_skeleton() -> None:
    card = card_of(tool("sleap"), SAMPLES, "small_robot_minimal.slp")
    assert (card.body_parts, card.skeleton) == (("A", "B"), (("A", "B"),))
    fly = card_of(tool("sleap"), SAMPLES, "centered_pair_predictions.slp")
    assert fly.body_parts[:3] == ("head", "neck", "thorax")
    assert fly.skeleton[:2] == (("thorax", "neck"), ("neck", "head"))


def test_every_project_of_the_samples_is_found_once_and_little_is_read() -> None:
    listing, found = listing_of(DATA), []
    for kind in TOOLS:
        for candidate in kind.candidates(listing):
            looking, reading = CountedReads(DATA), CountedReads(DATA / candidate.folder)
            if kind.recognise(candidate, listing[candidate.marker].size, looking):
                kind.card(candidate, listing.below(candidate.folder), reading)
                found.append(candidate.name)
            assert looking.bytes <= RECOGNISE_BYTES
            assert reading.bytes <= CARD_BYTES
    assert sorted(found) == [
        "centered_pair_predictions",
        "labels.fromdlc",
        "labels.fromdlc.test",
        "labels.fromdlc.train",
        "minimal_instance",
        OPENFIELD,
        "sleap-mouse-topview-video.predictions",
        "sleap-mouse-topview-video.predictions",
        "small_robot_minimal",
    ]


def test_the_large_sample_is_counted_with_a_fifth_of_it_read() -> None:
    reads = CountedReads(SAMPLES)
    card_of(tool("sleap"), SAMPLES, "centered_pair_predictions.slp", lambda _: reads)
    assert reads.bytes < 320 * 1024
    assert reads.calls <= 6


def test_the_placeholders_of_the_open_field_project_become_its_video(tmp_path: Path) -> None:
    config = Path(shutil.copy(DATA / CONFIG, tmp_path / "config.yaml"))
    before = config.read_text()
    paths = LocalPaths("/scratch/of-1a2b3c4d", ["videos/m3v1mp4.mp4", "config.yaml"], windows=False)
    changes = tool("deeplabcut").rewrite_paths(config, paths)
    after = YAML().load(config.read_text())
    assert after["project_path"] == "/scratch/of-1a2b3c4d"
    assert dict(after["video_sets"]) == {"/scratch/of-1a2b3c4d/videos/m3v1mp4.mp4": {"crop": "0, 640, 0, 480"}}
    assert [change.field for change in changes] == ["project_path", "video_sets"]
    placeholder = "WILL BE AUTOMATICALLY UPDATED BY DEMO CODE"
    assert config.read_text() == before.replace(
        f"project_path: {placeholder}", "project_path: /scratch/of-1a2b3c4d"
    ).replace(placeholder, "/scratch/of-1a2b3c4d/videos/m3v1mp4.mp4")


def test_a_repaired_sample_is_neutral_again_when_it_is_saved(tmp_path: Path) -> None:
    file = Path(shutil.copy(SAMPLES / "small_robot_minimal.slp", tmp_path))
    before, members = contents(file), ["small_robot_minimal.slp", "small_robot.mp4"]
    tool("sleap").rewrite_paths(file, LocalPaths(r"C:\Users\Ada Lovelace\scratch\robot", members, windows=True))
    local = r"C:\Users\Ada Lovelace\scratch\robot\small_robot.mp4"
    assert json.loads(video_texts(file)[0])["backend"]["filename"] == local
    neutral = NeutralPaths(r"c:\users\ada lovelace\scratch\robot", [r"C:\Users"], members, windows=True)
    tool("sleap").rewrite_paths(file, neutral)
    assert json.loads(video_texts(file)[0])["backend"]["filename"] == "small_robot.mp4"
    assert contents(file) == before
    assert b"Lovelace" not in file.read_bytes()
    tool("sleap").is_sound(file)


def test_an_image_list_is_repaired_item_by_item(tmp_path: Path) -> None:
    source = DATA / "origin-2023" / "sleap-mouse-topview" / "labels.fromdlc.slp"
    file = Path(shutil.copy(source, tmp_path))
    before = contents(file)
    frames = [f"frames/img{number:04}.png" for number in range(116)]
    changes = tool("sleap").rewrite_paths(file, LocalPaths("/scratch/mouse-1a2b3c4d", frames, windows=False))
    backend = json.loads(video_texts(file)[0])["backend"]
    assert backend["filenames"] == [f"/scratch/mouse-1a2b3c4d/{frame}" for frame in frames]
    assert backend["filename"] == backend["filenames"][0]
    assert (len(changes), contents(file)) == (117, before)
    assert changes[1].old == "C:/s3-mount/dlc-sample-videos/mouse-movement-videos/labeled-data\\img0000.png"


@pytest.mark.parametrize("kept", [100, 4000, 14_000])
def test_a_truncated_sample_is_named_as_such(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "cut.slp"
    file.write_bytes((SAMPLES / "minimal_instance.slp").read_bytes()[:kept])
    for attempt in (lambda: recognised(tool("sleap"), tmp_path, "cut.slp"), lambda: tool("sleap").is_sound(file)):
        with pytest.raises(Exception, match="truncated"):
            attempt()


def test_every_file_of_the_samples_is_sound() -> None:
    paths = list(listing_of(DATA))
    assert len(paths) > 100, "an empty folder has no unsound files either"
    for path in paths:
        for kind in TOOLS:
            kind.is_sound(DATA / path)

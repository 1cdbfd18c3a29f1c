"""A DeepLabCut project: when it is one, what its card says, and how its paths change."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from ruamel.yaml import YAML

from launcher.errors import Damaged
from launcher.tools import tool
from launcher.tools.paths import LocalPaths, NeutralPaths
from launcher.tools.protocol import CARD_BYTES, RECOGNISE_BYTES, Part, Severity
from tests.unit.tools.made_projects import (
    CONFIG,
    CSV,
    CountedReads,
    candidates,
    card_of,
    codes,
    files,
    members_of,
    pandas_h5,
    recognised,
)

DLC = tool("deeplabcut")
NAN = float("nan")


def without(key: str) -> str:
    return "".join(line for line in CONFIG.splitlines(keepends=True) if not line.startswith(key))


def rewrite(folder: Path, text: str | bytes, paths: Any) -> str:
    files(folder, {"config.yaml": text})
    DLC.rewrite_paths(folder / "config.yaml", paths)
    return (folder / "config.yaml").read_bytes().decode()


def test_a_project_is_named_after_its_folder(tmp_path: Path) -> None:
    files(tmp_path, {"config.yaml": CONFIG, "lab/reaching/config.yaml": CONFIG, "lab/reaching/my_config.yaml": "x"})
    found = candidates(DLC, tmp_path)
    assert {(marker, found[marker].folder, found[marker].name) for marker in found} == {
        ("config.yaml", "", "project"),
        ("lab/reaching/config.yaml", "lab/reaching", "reaching"),
    }


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (CONFIG, True),
        (CONFIG.replace("\n", "\r\n"), True),
        (CONFIG.replace("bodyparts:", "multianimalbodyparts:"), True),
        ("Task: a\nscorer: b\ndate: c\nproject_path: d\nbodyparts: []\nvideo_sets:\n", True),
        ("Task: a\nscorer: b\ndate: c\nproject_path: d\nbodyparts: []\nvideo_sets: [a]\n", False),
        (without("Task"), False),
        (without("scorer"), False),
        (without("project_path"), False),
        ("model:\n  name: someone else's\n", False),
        ("- a\n- b\n", False),
        ("", False),
        ("!!python/object/apply:os.getcwd []\n", False),
        ("\x00\x01", False),
        ("{{ template }}: {%\n", False),
        ("[" * 3000, False),
    ],
)
def test_what_is_a_project(tmp_path: Path, text: str, is_one: bool) -> None:
    assert recognised(DLC, files(tmp_path, {"config.yaml": text}), "config.yaml") is is_one


def test_ours_that_cannot_be_read_is_said_to_be_damaged(tmp_path: Path) -> None:
    files(tmp_path, {"config.yaml": CONFIG + "broken: [1, 2\n"})
    with pytest.raises(Damaged, match="not a readable YAML"):
        recognised(DLC, tmp_path, "config.yaml")


def test_a_configuration_of_thousands_of_videos_is_recognised_within_its_bounds(tmp_path: Path) -> None:
    videos = "".join(f"  /data/video{number:05}.mp4:\n    crop: 0, 640, 0, 480\n" for number in range(4000))
    files(tmp_path, {"config.yaml": CONFIG.replace("bodyparts:", f"{videos}bodyparts:")})
    reads, size = CountedReads(tmp_path), (tmp_path / "config.yaml").stat().st_size
    assert size > 2 * RECOGNISE_BYTES
    assert DLC.recognise(candidates(DLC, tmp_path)["config.yaml"], size, reads)
    assert reads.bytes <= RECOGNISE_BYTES
    assert len(card_of(DLC, tmp_path, "config.yaml").videos) == 4002


def test_the_card_of_a_small_project(tmp_path: Path) -> None:
    files(
        tmp_path,
        {
            "config.yaml": CONFIG,
            "labeled-data/left/CollectedData_Ada.csv": CSV,
            "videos/left.mp4": "v",
            "videos/leftDLC_Resnet50_reachingJan31shuffle1_labeled.mp4": "v",
            "videos/new.avi": "v",
            "dlc-models-pytorch/iteration-0/reachingJan31-trainset80shuffle1/train/snapshot-10.pt": "x",
            "dlc-models/iteration-1/reachingJan31-trainset95shuffle2/train/pose_cfg.yaml": "x",
        },
    )
    pandas_h5(tmp_path / "labeled-data/left/CollectedData_Ada.h5", [[1, 2, NAN, NAN]])
    card = card_of(DLC, tmp_path, "config.yaml")
    assert (card.tool_version, card.multi_animal) == ("3", False)
    assert (card.body_parts, card.skeleton) == (("paw", "wrist"), (("paw", "wrist"),))
    assert (card.labelled_frames, card.predicted_frames) == (2, 0)
    assert [(video.named, video.member) for video in card.videos] == [
        ("/home/ada/reaching-Ada-2024-01-31/videos/left.mp4", "videos/left.mp4"),
        ("C:\\data\\right side.avi", None),
        ("videos/new.avi", "videos/new.avi"),
    ]
    assert card.models == ("reachingJan31-trainset80shuffle1", "reachingJan31-trainset95shuffle2")
    assert codes(card) == {
        "paths-adjusted": "2 paths from another computer will be adjusted.",
        "video-missing": "The video C:\\data\\right side.avi is not in this project.",
    }


def test_many_animals_have_shared_and_unique_parts_and_four_header_rows(tmp_path: Path) -> None:
    config = CONFIG.replace("multianimalproject:", "multianimalproject: true").replace("engine: pytorch\n", "")
    config = config.replace(
        "bodyparts:\n- paw\n- wrist\n",
        "bodyparts: MULTI!\nmultianimalbodyparts: [nose, tail]\nuniquebodyparts: [lamp]\n",
    )
    csv = (
        "scorer,,,Ada,Ada,Ada,Ada\nindividuals,,,m1,m1,m2,m2\nbodyparts,,,nose,nose,nose,nose\ncoords,,,x,y,x,y\n"
        "labeled-data,left,img1.png,,,3,4\nlabeled-data,left,img2.png,,,,\nlabeled-data,left,img3.png,1,2,3,4\n"
    )
    files(tmp_path, {"config.yaml": config, "labeled-data/left/CollectedData_Ada.csv": csv})
    card = card_of(DLC, tmp_path, "config.yaml")
    assert (card.tool_version, card.multi_animal, card.body_parts) == ("2", True, ("nose", "tail", "lamp"))
    assert card.labelled_frames == 2


def test_labels_are_found_by_looking_and_counted_once_for_two_people(tmp_path: Path) -> None:
    files(
        tmp_path,
        {
            "config.yaml": CONFIG,
            "labeled-data/not a video/CollectedData_Ada.csv": CSV,
            "labeled-data/not a video/CollectedData_Bob.csv": CSV.replace("Ada", "Bob"),
            "labeled-data/other/CollectedData_Ada.csv": CSV.replace("left", "other").replace("\n", "\r\n"),
        },
    )
    assert card_of(DLC, tmp_path, "config.yaml").labelled_frames == 4


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "nan", "inf", "-", '"a\nb"'])
def test_a_cell_that_is_no_number_is_no_label(tmp_path: Path, cell: str) -> None:
    csv = CSV + f"labeled-data/left/img4.png,{cell},,,\n"
    files(tmp_path, {"config.yaml": CONFIG, "labeled-data/left/CollectedData_Ada.csv": csv})
    assert card_of(DLC, tmp_path, "config.yaml").labelled_frames == 2


def test_the_h5_is_counted_where_there_is_no_csv(tmp_path: Path) -> None:
    files(tmp_path, {"config.yaml": CONFIG})
    pandas_h5(tmp_path / "labeled-data/left/CollectedData_Ada.h5", [[1, 2, NAN, NAN], [NAN] * 4, [NAN, NAN, 3, 4]])
    card = card_of(DLC, tmp_path, "config.yaml")
    assert card.labelled_frames == 2
    assert codes(card)["labels-incomplete"] == "No .csv beside labeled-data/left/CollectedData_Ada.h5."


def test_the_older_form_of_the_h5_is_counted_too(tmp_path: Path) -> None:
    files(tmp_path, {"config.yaml": CONFIG, "labeled-data/left/x.png": ""})
    with h5py.File(tmp_path / "labeled-data/left/CollectedData_Ada.h5", "w") as file:
        group = file.create_group("df_with_missing")
        group["block0_values"] = np.array([[1.0, NAN], [NAN, NAN], [2.0, 3.0]])
        group["axis1"] = np.array([b"a", b"b", b"c"])
    assert card_of(DLC, tmp_path, "config.yaml").labelled_frames == 2


class Opened:
    """Unpickled, this makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self._path,))


def test_pickled_column_names_are_never_opened(tmp_path: Path) -> None:
    trap, folder = tmp_path / "opened", files(tmp_path / "project", {"config.yaml": CONFIG})
    table = folder / "labeled-data/left/CollectedData_Ada.h5"
    pandas_h5(table, [[1, 2, 3, 4]], pickle.dumps(Opened(trap), protocol=0))
    assert card_of(DLC, folder, "config.yaml").labelled_frames == 1
    DLC.is_sound(table)
    assert not trap.exists()
    make, arguments = Opened(trap).__reduce__()
    make(*arguments)
    assert trap.exists(), "the trap itself must work"


def test_labels_beyond_the_budget_are_left_open_and_said(tmp_path: Path) -> None:
    rows = "".join(f"labeled-data/left/img{number:06}.png,1.5,2.5,1.5,2.5\n" for number in range(40_000))
    files(tmp_path, {"config.yaml": CONFIG, "labeled-data/left/CollectedData_Ada.csv": CSV + rows})
    reads = CountedReads(tmp_path)
    card = card_of(DLC, tmp_path, "config.yaml", lambda _: reads)
    assert card.labelled_frames is None
    assert "not-counted" in codes(card)
    assert reads.bytes <= CARD_BYTES


def test_predictions_are_counted_once_for_each_video(tmp_path: Path) -> None:
    files(tmp_path, {"config.yaml": CONFIG, "videos/left.mp4": "v", "videos/bDLC_Resnet50_x.csv": CSV})
    pandas_h5(tmp_path / "videos/leftDLC_Resnet50_x_snapshot_10.h5", [[1.0]] * 7)
    pandas_h5(tmp_path / "videos/leftDLC_Resnet50_x_snapshot_10_filtered.h5", [[1.0]] * 7)
    assert card_of(DLC, tmp_path, "config.yaml").predicted_frames == 7 + 3


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("pytorch_config.yaml", "runner:\n  load_weights_only: false\n", "load_weights_only is off"),
        ("pytorch_config.yaml", '{"runner": {"load_weights_only": no}}', "load_weights_only is off"),
        ("pytorch_config.yaml", "runner: [", "could not be checked"),
        ("pytorch_config.yaml", "runner:\n  load_weights_only: true\n", None),
        ("Documentation_data.pickle", "x", "Documentation_data.pickle"),
    ],
)
def test_what_can_run_code_is_named(tmp_path: Path, name: str, content: str, told: str | None) -> None:
    files(tmp_path, {"config.yaml": CONFIG, f"dlc-models-pytorch/iteration-0/a/train/{name}": content})
    card = card_of(DLC, tmp_path, "config.yaml")
    assert told is None if "runs-code" not in codes(card) else told is not None and told in codes(card)["runs-code"]
    assert all(health.severity is Severity.WARNING for health in card.health if health.code == "runs-code")


def test_the_whole_folder_comes_along_videos_last(tmp_path: Path) -> None:
    files(tmp_path, {"config.yaml": CONFIG, "videos/left.mp4": "v", "zz/notes.txt": "n", "a.mov": "v"})
    assert list(members_of(DLC, tmp_path, "config.yaml")) == ["config.yaml", "zz/notes.txt", "a.mov", "videos/left.mp4"]


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("config.yaml", Part.CONFIG),
        ("labeled-data/a/CollectedData_x.csv", Part.LABELS),
        ("labeled-data/a/img1.png", Part.FRAMES),
        ("training-datasets/iteration-0/x/metadata.yaml", Part.TRAINING),
        ("dlc-models-pytorch/iteration-0/x/train/pytorch_config.yaml", Part.MODELS),
        ("evaluation-results/x.csv", Part.RESULTS),
        ("videos/a.mp4", Part.VIDEOS),
        ("videos/aDLC_resnet50_x_labeled.mp4", Part.RESULTS),
        ("videos/aDLC_resnet50_x.h5", Part.RESULTS),
        ("videos/DLC_day1.mp4", Part.VIDEOS),
        ("notes.txt", Part.OTHER),
    ],
)
def test_every_file_has_its_part(path: str, part: Part) -> None:
    assert DLC.part_of(path) is part


def test_paths_are_repaired_with_their_crops_and_nothing_else_changes(tmp_path: Path) -> None:
    paths = LocalPaths("/scratch/reaching #2: über", ("videos/left.mp4", "videos/right side.avi"), windows=False)
    after = rewrite(tmp_path, CONFIG, paths)
    assert YAML().load(after)["project_path"] == "/scratch/reaching #2: über"
    assert dict(YAML().load(after)["video_sets"]) == {
        "/scratch/reaching #2: über/videos/left.mp4": {"crop": "0, 640, 0, 480"},
        "/scratch/reaching #2: über/videos/right side.avi": {"crop": "10, 20, 30, 40"},
    }
    touched = ("project_path", "  /home", "  'C:", "  '/scratch")
    kept = [line for line in CONFIG.splitlines() if not line.startswith(touched)]
    assert [line for line in after.splitlines() if not line.startswith(touched)] == kept
    assert "# change when moving around" in after


def test_windows_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    before = "\ufeff" + CONFIG.replace("\n", "\r\n")
    after = rewrite(tmp_path, before, LocalPaths("C:\\scratch\\r", ("videos/left.mp4",), windows=True))
    old = "/home/ada/reaching-Ada-2024-01-31"
    assert after == before.replace(f"{old}/videos/left.mp4", "'C:\\scratch\\r\\videos\\left.mp4'").replace(
        old, "'C:\\scratch\\r'"
    )


def test_saving_takes_this_machine_out_and_leaves_other_machines_alone(tmp_path: Path) -> None:
    members = ("videos/left.mp4",)
    rewrite(tmp_path, CONFIG, LocalPaths("/scratch/r", members, windows=False))
    text = (tmp_path / "config.yaml").read_text()
    after = rewrite(tmp_path, text, NeutralPaths("/scratch/r", ["/scratch"], members, windows=False))
    assert YAML().load(after)["project_path"] == "."
    assert list(YAML().load(after)["video_sets"]) == ["videos/left.mp4", "C:\\data\\right side.avi"]
    assert "/scratch" not in after


def test_a_placeholder_stands_for_every_video_that_no_key_names(tmp_path: Path) -> None:
    text = CONFIG.replace("'C:\\data\\right side.avi'", "WILL BE AUTOMATICALLY UPDATED BY DEMO CODE")
    members = ("videos/left.mp4", "videos/new.avi", "videos/z.mp4", "videos/zDLC_x_labeled.mp4")
    after = YAML().load(rewrite(tmp_path, text, LocalPaths("/s", members, windows=False)))
    assert {name: entry["crop"] for name, entry in after["video_sets"].items()} == {
        "/s/videos/left.mp4": "0, 640, 0, 480",
        "/s/videos/new.avi": "10, 20, 30, 40",
        "/s/videos/z.mp4": "10, 20, 30, 40",
    }


def test_two_videos_of_one_name_never_become_one_key(tmp_path: Path) -> None:
    text = CONFIG.replace("C:\\data\\right side.avi", "C:\\data\\left.mp4")
    after = YAML().load(rewrite(tmp_path, text, LocalPaths("/s", ("videos/left.mp4",), windows=False)))
    assert list(after["video_sets"]) == ["/s/videos/left.mp4", "C:\\data\\left.mp4"]


def test_a_network_knows_its_own_place(tmp_path: Path) -> None:
    own = "dlc-models-pytorch/iteration-0/x/train/pytorch_config.yaml"
    text = f"metadata:\n  project_path: D:\\p\n  pose_config_path: D:\\p\\{own.replace('/', chr(92))}\nnet: resnet_50\n"
    files(tmp_path, {own: text})
    members = (own, own.replace("/x/", "/y/"), "config.yaml")
    assert DLC.has_paths(own) and DLC.has_paths("config.yaml") and not DLC.has_paths("other/config.yaml")
    DLC.rewrite_paths(tmp_path / own, LocalPaths("/s", members, windows=False))
    assert (
        tmp_path / own
    ).read_text() == f"metadata:\n  project_path: /s\n  pose_config_path: /s/{own}\nnet: resnet_50\n".replace(
        "project_path: /s\n", "project_path: '/s'\n"
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.yaml", CONFIG[: CONFIG.index("bodyparts")], "incomplete"),
        ("config.yaml", "", "empty"),
        ("pytorch_config.yaml", "a: [1", "YAML"),
        ("CollectedData_Ada.csv", CSV + "labeled-data/left/img4.pn", "equally long"),
        ("CollectedData_Ada.csv", b"scorer,\xff\n", "cannot be read"),
        ("CollectedData_Ada.csv", bytes(200), "has holes"),
        ("CollectedData_Ada.h5", b"\x89HDF\r\n\x1a\n" + bytes(100), "."),
        ("CollectedData_Ada.h5", "no hdf5", "not an HDF5"),
        ("img.png", b"\x89PNG\r\n\x1a\n1234", "picture is incomplete"),
        ("x.json", "{", "JSON"),
    ],
)
def test_what_must_not_replace_a_good_copy(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    files(tmp_path, {name: content})
    with pytest.raises(Damaged, match=message):
        DLC.is_sound(tmp_path / name)


@pytest.mark.parametrize("name", ["snapshot-10.pt", "train.txt", "x.pickle", "videos.mp4"])
def test_other_files_are_fine_as_they_are(tmp_path: Path, name: str) -> None:
    file = files(tmp_path, {name: b"\x00anything"}) / name
    DLC.is_sound(file)
    assert file.read_bytes() == b"\x00anything", "looking at a file changes nothing"

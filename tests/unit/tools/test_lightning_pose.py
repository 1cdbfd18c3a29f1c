"""Lightning Pose projects: found, described, moved between computers, and started."""

from __future__ import annotations

import importlib.util
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from launcher.errors import Damaged, NotFound
from launcher.tools import tool
from launcher.tools.frames import ImageFile, Point, VideoFrame, Wanted
from launcher.tools.lp_config import is_absolute, rebased
from launcher.tools.paths import LocalPaths, NeutralPaths
from launcher.tools.protocol import Part
from launcher.tools.running import Task, ToolHome, WindowSays
from tests.unit.tools.made_projects import (
    CONFIG as DEEPLABCUT,
)
from tests.unit.tools.made_projects import (
    CountedReads,
    candidates,
    card_of,
    codes,
    files,
    listing_of,
    members_of,
    recognised,
)

LP = tool("lightning_pose")

PROJECT = """\
keypoint_names:
- paw
- wrist
schema_version: 1
skeleton:
- [paw, wrist]
view_names: []
"""

TRAINING = """\
data:
  # ABSOLUTE path to data directory
  data_dir: /home/ada/reaching
  video_dir: /home/ada/reaching/videos   # unlabelled
  csv_file: CollectedData.csv
  num_keypoints: 2
  keypoint_names: [paw, wrist]
model:
  backbone: resnet50_animal_ap10k
  checkpoint: null
eval:
  test_videos_directory: /home/ada/reaching/videos_new
  colormap: "cool"
"""

LABELS = """\
scorer,Ada,Ada,Ada,Ada
bodyparts,paw,paw,wrist,wrist
coords,x,y,x,y
labeled-data/left/img1.png,1.5,2.5,,
labeled-data/left/img2.png,,,,
labeled-data/left/img3.png,3.0,4.0,5.0,6.0
"""

MEMBERS = ("config_reaching.yaml", "CollectedData.csv", "videos/left.mp4", "models/m1/tb_logs/best.ckpt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files(
        tmp_path,
        {
            "p/project.yaml": PROJECT,
            "p/CollectedData.csv": LABELS,
            "p/labeled-data/left/img1.png": b"png",
            "p/labeled-data/left/img3.png": b"png",
            "p/videos/left.mp4": b"v",
            "p/models/m1/config.yaml": TRAINING,
            "p/models/m1/tb_logs/version_0/checkpoints/best.ckpt": b"c",
            "p/models/m1/video_preds/left.csv": LABELS,
            "p/models/m1/video_preds/labeled_videos/left.mp4": b"v",
        },
    )


def moved(text: str, root: str, *, windows: bool = False) -> str:
    """What a training says after it was brought to a computer where the project is at `root`."""
    from launcher.tools.lp_config import rewritten

    return rewritten(text.encode(), "config.yaml", LocalPaths(root, MEMBERS, windows))[0].decode()


def test_a_project_of_the_app_is_found_and_its_models_are_none(folder: Path) -> None:
    assert list(candidates(LP, folder)) == ["p/project.yaml"]
    assert recognised(LP, folder, "p/project.yaml")


def test_a_project_from_before_the_app_is_a_configuration_beside_its_labels(tmp_path: Path) -> None:
    files(tmp_path, {"old/config_reaching.yaml": TRAINING, "old/CollectedData.csv": LABELS})
    files(tmp_path, {"outputs/2024-01-31/10-00-00/config.yaml": TRAINING, "alone/config.yaml": TRAINING})
    assert list(candidates(LP, tmp_path)) == ["old/config_reaching.yaml"]
    assert recognised(LP, tmp_path, "old/config_reaching.yaml")
    assert card_of(LP, tmp_path, "old/config_reaching.yaml").body_parts == ("paw", "wrist")


@pytest.mark.parametrize(
    "text", ["name: my-app\nversion: 1\n", "- a\n- b\n", "", "data: {data_dir: x}\n", "{not yaml", DEEPLABCUT]
)
def test_other_peoples_yaml_is_a_plain_no(text: str, tmp_path: Path) -> None:
    files(tmp_path, {"p/project.yaml": text})
    assert not recognised(LP, tmp_path, "p/project.yaml")


def test_one_of_ours_that_cannot_be_read_is_said_to_be_damaged(tmp_path: Path) -> None:
    files(tmp_path, {"p/project.yaml": "keypoint_names:\n- [paw\nschema_version: 1\n"})
    with pytest.raises(Damaged):
        recognised(LP, tmp_path, "p/project.yaml")


def test_a_deeplabcut_project_is_not_even_looked_at(tmp_path: Path) -> None:
    files(tmp_path, {"p/config.yaml": DEEPLABCUT, "p/labeled-data/left/CollectedData_Ada.csv": LABELS})
    assert not candidates(LP, tmp_path)


def test_what_the_card_says(folder: Path) -> None:
    card = card_of(LP, folder, "p/project.yaml")
    assert (card.body_parts, card.skeleton) == (("paw", "wrist"), (("paw", "wrist"),))
    assert (card.labelled_frames, card.predicted_frames) == (2, None)
    assert [video.member for video in card.videos] == ["videos/left.mp4"]
    assert card.models == ("models/m1",)
    told = codes(card)
    assert "best.ckpt" in told["runs-code"] and "1 configuration(s)" in told["paths-adjusted"]


def test_of_several_cameras_the_fullest_counts(folder: Path) -> None:
    (folder / "p/CollectedData.csv").unlink()
    files(
        folder,
        {"p/CollectedData_top.csv": LABELS, "p/CollectedData_side.csv": LABELS.replace("3.0,4.0,5.0,6.0", ",,,")},
    )
    assert card_of(LP, folder, "p/project.yaml").labelled_frames == 2


def test_labelled_frames_show_their_points(folder: Path) -> None:
    candidate, below = candidates(LP, folder)["p/project.yaml"], listing_of(folder / "p")
    shown = LP.frames(candidate, below, CountedReads(folder / "p"), Wanted())
    assert shown.frames[0].picture == ImageFile("labeled-data/left/img3.png")
    assert shown.frames[0].animals == [[Point(0, 3.0, 4.0), Point(1, 5.0, 6.0)]]
    assert shown.bones == [(0, 1)]
    several = LP.frames(candidate, below, CountedReads(folder / "p"), Wanted(count=5))
    assert [frame.picture for frame in several.frames] == [
        ImageFile("labeled-data/left/img1.png"), ImageFile("labeled-data/left/img3.png")
    ]  # fmt: skip


def test_without_labels_there_is_a_picture_or_a_video_or_a_word(tmp_path: Path) -> None:
    files(tmp_path, {"p/project.yaml": PROJECT, "p/videos/left.mp4": b"v"})
    candidate = candidates(LP, tmp_path)["p/project.yaml"]
    shown = LP.frames(candidate, listing_of(tmp_path / "p"), CountedReads(tmp_path / "p"), Wanted())
    assert shown.frames[0].picture == VideoFrame("videos/left.mp4", 0)
    (tmp_path / "p/videos/left.mp4").unlink()
    with pytest.raises(NotFound, match="no picture yet"):
        LP.frames(candidate, listing_of(tmp_path / "p"), CountedReads(tmp_path / "p"), Wanted())


def test_videos_that_a_model_drew_are_results(folder: Path) -> None:
    members = members_of(LP, folder, "p/project.yaml")
    parts = {path: LP.part_of(path) for path in members}
    assert [path for path, part in parts.items() if part is Part.VIDEOS] == ["videos/left.mp4"]
    assert parts["models/m1/video_preds/labeled_videos/left.mp4"] is Part.RESULTS
    assert parts["models/m1/config.yaml"] is Part.MODELS


def test_a_training_finds_its_folders_again_and_keeps_every_other_byte() -> None:
    root = "/scratch/reaching-12345678"
    expected = TRAINING.replace("/home/ada/reaching", root)
    assert moved(TRAINING, root) == expected
    assert moved(expected, "/elsewhere/r") == TRAINING.replace("/home/ada/reaching", "/elsewhere/r")


def test_a_training_from_windows_and_one_to_windows() -> None:
    from_windows = TRAINING.replace("/home/ada/reaching/videos_new", r"C:\Ada\reaching\videos_new")
    from_windows = from_windows.replace("/home/ada/reaching/videos", r"C:\Ada\reaching\videos")
    from_windows = from_windows.replace("/home/ada/reaching", r"C:\Ada\reaching")
    assert "data_dir: /s/r\n" in moved(from_windows, "/s/r") and "video_dir: /s/r/videos " in moved(
        from_windows, "/s/r"
    )
    there = moved(TRAINING, r"D:\s\r", windows=True)
    assert r"D:\s\r\videos" in there and "/home/ada" not in there


def test_files_elsewhere_are_found_by_name_and_folders_elsewhere_are_left() -> None:
    text = TRAINING.replace("checkpoint: null", "checkpoint: /mnt/old/models/m1/tb_logs/best.ckpt")
    text = text.replace("csv_file: CollectedData.csv", "csv_file: [CollectedData.csv, /mnt/old/CollectedData.csv]")
    text = text.replace("/home/ada/reaching/videos_new", "/mnt/recordings/new")
    here = moved(text, "/s/r")
    assert "checkpoint: /s/r/models/m1/tb_logs/best.ckpt\n" in here
    assert "csv_file: [CollectedData.csv, /s/r/CollectedData.csv]\n" in here
    assert "test_videos_directory: /mnt/recordings/new\n" in here


def test_saved_and_brought_to_another_computer(tmp_path: Path) -> None:
    root = "/scratch/reaching-12345678"
    file = files(tmp_path, {"config.yaml": moved(TRAINING, root)}) / "config.yaml"
    LP.rewrite_paths(file, NeutralPaths(root, ["/scratch", "/home/bob"], MEMBERS, windows=False))
    saved = file.read_text()
    assert root not in saved and "data_dir: '.'\n" in saved and "video_dir: 'videos' " in saved
    changes = LP.rewrite_paths(file, LocalPaths("/s/r", MEMBERS, windows=False))
    assert {change.field for change in changes} == {"data.data_dir", "data.video_dir", "eval.test_videos_directory"}
    assert file.read_text().replace("'", "") == TRAINING.replace("/home/ada/reaching", "/s/r")


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("/a/p/videos", "/a/p", "/b", "/b/videos"),
        ("/a/p", "/a/p/", "/b", "/b"),
        ("videos", ".", "/b", "/b/videos"),
        (r"C:\p\videos", r"C:\p", "/b", "/b/videos"),
        ("/a/p/videos", "/a/p", r"C:\b", r"C:\b\videos"),
        ("/a/pq/videos", "/a/p", "/b", None),
        ("/a/p/../secret", "/a/p", "/b", None),
        ("../videos", ".", "/b", None),
        ("/videos", ".", "/b", None),
        ("${data.data_dir}/videos", ".", "/b", None),
    ],
)
def test_the_same_place_below_another_folder(path: str, old: str, new: str, expected: str | None) -> None:
    assert rebased(path, old, new) == expected


def test_absolute_paths_of_both_systems() -> None:
    assert all(map(is_absolute, ("/a", r"C:\a", "C:/a", r"\\server\share\a", r"\a")))
    assert not any(map(is_absolute, ("a", "./a", "a/b", "")))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("config_reaching.yaml", True),
        ("models/m1/config.yaml", True),
        ("outputs/2024-01-31/10-00-00/.hydra/config.yaml", True),
        ("project.yaml", False),
        ("CollectedData.csv", False),
        ("videos/left.mp4", False),
    ],
)
def test_only_configurations_of_trainings_hold_paths(path: str, expected: bool) -> None:
    assert LP.has_paths(path) is expected


def test_what_starting_the_app_can_change_is_kept_aside() -> None:
    at_risk = ("project.yaml", "CollectedData_top.csv", "models/m1/config.yaml", "a.unlabeled.jsonl", "config.yaml")
    assert all(map(LP.at_risk, at_risk))
    assert not any(map(LP.at_risk, ("videos/left.mp4", "models/m1/best.ckpt", "labeled-data/left/img1.png")))


def test_the_app_starts_through_our_script_and_reports_to_nobody(tmp_path: Path) -> None:
    home = ToolHome(tmp_path / "bin/python", Path(__file__).parents[3] / "resources/tools/lightning_pose")
    command = LP.command(Task.OPEN, home, tmp_path / "p/project.yaml")
    assert command.argv[0] == str(tmp_path / "bin/python") and command.argv[-1] == str(tmp_path / "p/project.yaml")
    assert Path(command.argv[-2]).is_file()
    assert command.environ == {"DO_NOT_TRACK": "1", "LP_IGNORE_UPGRADE": "1"}


def test_only_the_named_window_means_ready() -> None:
    project = Path("/s/reaching/project.yaml")
    assert LP.window_says("Lightning Pose - reaching", project) is WindowSays.READY
    assert LP.window_says("Lightning Pose", project) is WindowSays.NOTHING_YET


@pytest.mark.parametrize(
    ("log", "code", "expected"),
    [
        ("pose-launcher: no such project: /s/r/project.yaml\n", 20, "missing-file"),
        ("pose-launcher: not a configuration of Lightning Pose: names no keypoints\n", 21, "bad-configuration"),
        ("INFO\npose-launcher: the app did not start, or ended\n", 24, "not-served"),
        ("ModuleNotFoundError: No module named 'litpose_app'\n", 1, "environment-incomplete"),
    ],
)
def test_endings_in_words(log: str, code: int, expected: str) -> None:
    problem = LP.explain(log, code)
    assert problem is not None and problem.code == expected
    assert "your project" in problem.data_safe and problem.next.endswith(".")


@pytest.fixture(scope="module")
def script() -> Any:
    """The start script, which otherwise runs in the tool's own environment."""
    file = Path(__file__).parents[3] / "resources/tools/lightning_pose/open_project.py"
    spec = importlib.util.spec_from_file_location("open_lightning_pose", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "missing-file"),
        ("keypoint_names: [", "bad-configuration"),
        ("- a\n", "bad-configuration"),
        ("keypoint_names:\n", "bad-configuration"),
        ("data: 3\n", "bad-configuration"),
    ],
)
def test_what_the_script_refuses_is_explained(
    content: str | None, expected: str, script: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        files(tmp_path, {"project.yaml": content})
    with pytest.raises(SystemExit) as ended:
        script.check(tmp_path / "project.yaml")
    problem = LP.explain(capsys.readouterr().err, ended.value.code)  # type: ignore[arg-type]
    assert problem is not None and problem.code == expected


def test_a_project_from_before_the_app_gets_what_the_app_needs(script: Any, tmp_path: Path) -> None:
    files(tmp_path, {"config_reaching.yaml": TRAINING, "CollectedData.csv": LABELS})
    script.check(tmp_path / "config_reaching.yaml")
    assert (tmp_path / "config_reaching.yaml").read_text() == TRAINING
    assert list(candidates(LP, tmp_path)) == ["project.yaml"]
    assert card_of(LP, tmp_path, "project.yaml").body_parts == ("paw", "wrist")


def test_the_app_is_told_of_this_project_alone(script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LP_SYSTEM_DIR", "/somewhere else")
    project = tmp_path / 'odd "name"\\ü'
    (project / "outputs").mkdir(parents=True)
    script.register(project, tmp_path)
    told = tomllib.loads((tmp_path / "projects.toml").read_text(encoding="utf-8"))
    assert told == {project.name: {"data_dir": str(project), "model_dir": str(project / "outputs")}}
    assert os.environ["LP_SYSTEM_DIR"] == str(tmp_path)

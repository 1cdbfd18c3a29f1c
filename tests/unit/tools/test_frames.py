"""Which frames of a project are shown, where their pictures are, and which points lie on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from launcher.errors import Damaged, NotFound
from launcher.tools import TOOLS, tool
from launcher.tools.frames import (
    EmbeddedFile,
    EmbeddedPixels,
    ImageFile,
    LabelledFrame,
    NoPicture,
    Point,
    ProjectFrames,
    VideoFrame,
    Wanted,
    clearest,
    spread,
)
from launcher.tools.protocol import FRAMES_BYTES, Candidate, PoseTool
from tests.unit.tools.made_projects import CONFIG, FRAMES, POINTS, CountedReads, described, files, listing_of

INSTANCES = np.dtype([("instance_id", "i8"), ("instance_type", "u1"), ("point_id_start", "u8"), ("point_id_end", "u8")])
CSV = """\
scorer,Ada,Ada,Ada,Ada
bodyparts,wrist,wrist,paw,paw
coords,x,y,x,y
labeled-data/left/img1.png,1.5,2.5,,
labeled-data/left/img2.png,,,,
labeled-data/left/img3.png,3,4,13,14
labeled-data/left/gone.png,3,4,1300,1400
labeled-data/left/img5.png,3,4,8,9
"""
PICTURES = {f"labeled-data/left/img{number}.png": "x" for number in (1, 2, 3, 5)}


def frames_of(tool_id: str, folder: Path, marker: str, wanted: Wanted | None = None) -> ProjectFrames:
    read = CountedReads(folder)
    found = tool(tool_id).frames(Candidate(tool_id, "", marker, "x"), listing_of(folder), read, wanted or Wanted())
    assert read.bytes <= FRAMES_BYTES
    return found


def dlc(folder: Path, wanted: Wanted | None = None) -> ProjectFrames:
    return frames_of("deeplabcut", folder, "config.yaml", wanted)


# Choosing


def test_the_frame_with_the_most_points_is_the_clearest_then_the_one_with_the_largest_animal() -> None:
    few, small = [[Point(0, 0, 0)]], [[Point(0, 0, 0), Point(1, 1, 1)]]
    large = [[Point(0, 0, 0), Point(1, 50, 50)]]
    assert clearest([few, small, large, small]) == 2


def test_animals_beside_each_other_are_clearer_than_far_apart_or_on_top_of_each_other() -> None:
    def pair(apart: float) -> list[list[Point]]:
        return [[Point(0, at, 0), Point(1, at + 10, 0)] for at in (0.0, apart)]

    assert clearest([pair(0), pair(500), pair(11), pair(3)]) == 2


def test_frames_are_spread_over_all() -> None:
    assert spread(list("abcdefghij"), 5) == ["b", "d", "f", "h", "j"]
    assert spread([1, 2], 5) == [1, 2]
    assert spread([], 5) == []


# DeepLabCut


def test_the_poster_shows_the_row_with_most_points_whose_picture_is_there(tmp_path: Path) -> None:
    table = {"labeled-data/left/CollectedData_Ada.csv": CSV}
    found = dlc(files(tmp_path, {"config.yaml": CONFIG, **table, **PICTURES}))
    points = [Point(0, 13, 14), Point(1, 3, 4)]
    assert found.frames == [LabelledFrame(ImageFile("labeled-data/left/img3.png"), [points])]
    assert found.bones == [(0, 1)]


def test_a_strip_and_a_number_count_labelled_frames_only(tmp_path: Path) -> None:
    files(tmp_path, {"config.yaml": CONFIG, "labeled-data/left/CollectedData_Ada.csv": CSV, **PICTURES})
    shown = [frame.picture for frame in dlc(tmp_path, Wanted(count=5)).frames]
    assert shown == [ImageFile(f"labeled-data/left/img{number}.png") for number in (1, 3, 5)]
    assert dlc(tmp_path, Wanted(number=1)).frames[0].picture == shown[1]
    with pytest.raises(NotFound, match=r"no labelled frame 3\. It has 3 of them"):
        dlc(tmp_path, Wanted(number=3))


MULTI = """\
scorer,,,Ada,Ada,Ada,Ada,Ada,Ada
individuals,,,one,one,two,two,single,single
bodyparts,,,paw,paw,paw,paw,lamp,lamp
coords,,,x,y,x,y,x,y
labeled-data,left,img1.png,1,2,3,4,5,6
"""


def test_several_animals_and_an_index_in_three_columns(tmp_path: Path) -> None:
    config = CONFIG.replace("multianimalproject:", "multianimalproject: true").replace(
        "bodyparts:\n", "multianimalbodyparts: [paw]\nuniquebodyparts: [lamp]\nold:\n"
    )
    found = dlc(files(tmp_path, {"config.yaml": config, "labeled-data/left/CollectedData_A.csv": MULTI, **PICTURES}))
    assert found.frames[0].animals == [[Point(0, 1, 2)], [Point(0, 3, 4)], [Point(1, 5, 6)]]


def test_paths_of_windows_and_paths_that_lead_out_of_the_folder_mean_the_picture_beside_the_table(
    tmp_path: Path,
) -> None:
    rows = CSV.replace("labeled-data/left/img3", "labeled-data\\left\\img3").replace(
        "labeled-data/left/img5", "../../../../etc/img5"
    )
    files(tmp_path, {"config.yaml": CONFIG, "labeled-data/left/CollectedData_Ada.csv": rows, **PICTURES})
    assert [frame.picture for frame in dlc(tmp_path, Wanted(count=9)).frames] == [
        ImageFile(f"labeled-data/left/img{number}.png") for number in (1, 3, 5)
    ]


def test_without_labels_a_picture_that_waits_for_them_is_shown_or_the_video(tmp_path: Path) -> None:
    files(tmp_path, {"config.yaml": CONFIG, "videos/left.mp4": "v"})
    assert dlc(tmp_path).frames == [LabelledFrame(VideoFrame("videos/left.mp4", 0))]
    files(tmp_path, PICTURES)
    assert dlc(tmp_path, Wanted(count=5)).frames == [LabelledFrame(ImageFile("labeled-data/left/img1.png"))]


def test_a_project_with_nothing_to_see_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="This project has no picture yet"):
        dlc(files(tmp_path, {"config.yaml": CONFIG}))


# SLEAP

Instance = tuple[int, Sequence[tuple[float, float] | None]]
Labelled = tuple[int, int, Sequence[Instance]]


def slp(path: Path, labelled: Sequence[Labelled], videos: Sequence[Any], **options: Any) -> Path:
    """A SLEAP file: (video, frame, instances), each instance its kind and places, None for what cannot be seen."""
    frames, instances = np.zeros(len(labelled), FRAMES), list[tuple[int, ...]]()
    points: tuple[list[Any], list[Any]] = ([], [])
    for at, (video, number, inside) in enumerate(labelled):
        start = len(instances)
        for kind, places in inside:
            first = len(points[kind])
            points[kind].extend((*(place or (np.nan, np.nan)), place is not None, True) for place in places)
            instances.append((len(instances), kind, first, len(points[kind])))
        frames[at] = (at, video, number, start, len(instances))
    with h5py.File(path, "w") as file:
        file.create_group("metadata").attrs["json"] = np.bytes_(options.get("json", described()))
        file["frames"], file["instances"] = frames, np.array(instances, INSTANCES)
        file["points"], file["pred_points"] = (np.array(rows, POINTS) for rows in points)
        file["videos_json"] = np.array([json.dumps(video).encode() for video in videos], "S")
        for name, data in options.get("more", {}).items():
            if isinstance(data, list):
                kind = h5py.vlen_dtype(np.int8)
                made = file.create_dataset(name, (len(data),), dtype=kind)
                for at, one in enumerate(data):
                    made[at] = np.frombuffer(one, np.int8)
            else:
                file[name] = data
    return path


def sleap(path: Path, wanted: Wanted | None = None) -> ProjectFrames:
    return frames_of("sleap", path.parent, path.name, wanted)


MOVIE = {"backend": {"filename": "/old/place/left.mp4"}}
USER, MODEL = 0, 1


def test_the_labels_of_a_person_come_before_predictions(tmp_path: Path) -> None:
    files(tmp_path, {"left.mp4": "v"})
    labelled: list[Labelled] = [
        (0, 3, [(MODEL, [(0, 0), (99, 99)])]),
        (0, 8, [(USER, [(1, 2), None]), (MODEL, [(0, 0), (50, 50)])]),
        (0, 9, [(USER, [(1, 2), (30, 40)])]),
    ]
    path = slp(tmp_path / "a.slp", labelled, [MOVIE])
    found = sleap(path)
    assert found.frames == [LabelledFrame(VideoFrame("left.mp4", 9), [[Point(0, 1, 2), Point(1, 30, 40)]])]
    assert found.bones == [(0, 1)]
    assert [frame.picture for frame in sleap(path, Wanted(count=5)).frames] == [
        VideoFrame("left.mp4", 8),
        VideoFrame("left.mp4", 9),
    ]
    assert sleap(path, Wanted(number=0)).frames[0].picture == VideoFrame("left.mp4", 8)
    with pytest.raises(NotFound, match=r"no labelled frame 2\. It has 2 of them"):
        sleap(path, Wanted(number=2))


def test_predictions_are_shown_where_nobody_labelled(tmp_path: Path) -> None:
    files(tmp_path, {"left.mp4": "v"})
    found = sleap(slp(tmp_path / "a.slp", [(0, 3, [(MODEL, [(0, 0), (9, 9)]), (MODEL, [(5, 5), None])])], [MOVIE]))
    assert found.frames[0].animals == [[Point(0, 0, 0), Point(1, 9, 9)], [Point(0, 5, 5)]]


def test_a_frame_with_more_animals_than_usual_is_no_poster(tmp_path: Path) -> None:
    files(tmp_path, {"left.mp4": "v"})
    one: Instance = (MODEL, [(0, 0), (9, 9)])
    labelled: list[Labelled] = [(0, 1, [one]), (0, 2, [one, one, one]), (0, 3, [one, one]), (0, 4, [one, one])]
    found = sleap(slp(tmp_path / "a.slp", labelled, [MOVIE]))
    assert found.frames[0].picture in (VideoFrame("left.mp4", 3), VideoFrame("left.mp4", 4))


def test_frames_of_a_video_that_is_missing_are_passed_over(tmp_path: Path) -> None:
    files(tmp_path, {"left.mp4": "v"})
    gone = {"backend": {"filename": "/old/right.mp4"}}
    labelled: list[Labelled] = [(0, 1, [(USER, [(0, 0), (99, 99)])]), (1, 2, [(USER, [(0, 0), None])])]
    assert sleap(slp(tmp_path / "a.slp", labelled, [gone, MOVIE])).frames[0].picture == VideoFrame("left.mp4", 2)


def test_labels_whose_video_is_missing_are_shown_alone(tmp_path: Path) -> None:
    path = slp(tmp_path / "a.slp", [(0, 1, [(USER, [(0, 0), (90, 40)])])], [MOVIE])
    for wanted in (Wanted(), Wanted(number=0)):
        (frame,) = sleap(path, wanted).frames
        assert frame == LabelledFrame(NoPicture(270, 220), [[Point(0, 90, 90), Point(1, 180, 130)]]), "in the middle"


def test_points_that_lie_nowhere_make_no_ground(tmp_path: Path) -> None:
    path = slp(tmp_path / "a.slp", [(0, 1, [(USER, [(5, 5), (1e9, 1e9)])])], [MOVIE])
    (frame,) = sleap(path).frames
    assert frame == LabelledFrame(NoPicture(40, 40), [[Point(0, 20, 20)]])
    nowhere = slp(tmp_path / "b.slp", [(0, 1, [(USER, [(1e9, 1e9)])])], [MOVIE])
    with pytest.raises(NotFound, match="not beside it"):
        sleap(nowhere)


def test_a_missing_video_is_named_where_there_are_no_labels(tmp_path: Path) -> None:
    path = slp(tmp_path / "a.slp", [], [MOVIE])
    with pytest.raises(NotFound, match=r"not beside it, so there is no picture: /old/place/left\.mp4"):
        sleap(path)


def test_a_package_that_lost_its_pictures_shows_its_labels(tmp_path: Path) -> None:
    (frame,) = sleap(slp(tmp_path / "a.pkg.slp", labelled_at(1), [PACKAGE])).frames
    assert isinstance(frame.picture, NoPicture) and frame.animals


def test_without_labels_the_first_frame_of_the_video(tmp_path: Path) -> None:
    files(tmp_path, {"left.mp4": "v"})
    path = slp(tmp_path / "a.slp", [], [MOVIE])
    assert sleap(path).frames == [LabelledFrame(VideoFrame("left.mp4", 0))]
    with pytest.raises(NotFound, match=r"no labelled frame 0\. It has 0 of them"):
        sleap(path, Wanted(number=0))


def test_a_list_of_images(tmp_path: Path) -> None:
    files(tmp_path, {"pictures/img1.png": "x", "pictures/img2.png": "x"})
    images = {"backend": {"filenames": ["C:\\old\\pictures\\img1.png", "C:\\old\\pictures\\img2.png"]}}
    path = slp(tmp_path / "a.slp", [(0, 1, [(USER, [(0, 0), (9, 9)])]), (0, 7, [(USER, [(0, 0), None])])], [images])
    assert [frame.picture for frame in sleap(path, Wanted(count=5)).frames] == [ImageFile("pictures/img2.png")]


PACKAGE = {"backend": {"filename": ".", "dataset": "video0/video", "input_format": "channels_last"}}


def labelled_at(number: int) -> list[Labelled]:
    return [(0, number, [(USER, [(0, 0), (9, 9)])])]


def test_embedded_pictures_are_found_by_the_number_of_their_frame(tmp_path: Path) -> None:
    more = {"video0/video": [b"first", b"second picture"], "video0/frame_numbers": np.array([3, 70])}
    found = sleap(slp(tmp_path / "a.pkg.slp", labelled_at(70), [PACKAGE], more=more))
    assert found.frames[0].picture == EmbeddedFile(b"second picture")


def test_embedded_pictures_of_one_length(tmp_path: Path) -> None:
    more = {"video0/video": np.frombuffer(b"abc\0defg", np.int8).reshape(2, 4)}
    found = sleap(slp(tmp_path / "a.pkg.slp", labelled_at(1), [PACKAGE], more=more))
    assert found.frames[0].picture == EmbeddedFile(b"defg")


@pytest.mark.parametrize("order", ["channels_last", "channels_first"])
def test_embedded_pixels(order: str, tmp_path: Path) -> None:
    pixels = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    stored = pixels if order == "channels_last" else pixels.transpose(0, 3, 2, 1)
    video = {"backend": {**PACKAGE["backend"], "input_format": order}}
    found = sleap(slp(tmp_path / "a.pkg.slp", labelled_at(1), [video], more={"video0/video": stored}))
    assert found.frames[0].picture == EmbeddedPixels(5, 4, 3, pixels[1].tobytes())


@pytest.mark.parametrize(
    "stored", [np.zeros((1, 2, 2, 9), np.uint8), np.zeros((1, 2, 2, 3), np.float64), np.zeros((1, 2, 2), np.uint8)]
)
def test_embedded_pictures_of_no_known_form_are_named(stored: Any, tmp_path: Path) -> None:
    path = slp(tmp_path / "a.pkg.slp", labelled_at(0), [PACKAGE], more={"video0/video": stored})
    with pytest.raises(Damaged, match="The pictures in this file cannot be read"):
        sleap(path)


def test_points_and_instances_that_lie_outside_their_tables_are_left_out(tmp_path: Path) -> None:
    files(tmp_path, {"left.mp4": "v"})
    path = slp(tmp_path / "a.slp", [(0, 1, [(USER, [(0, 0), (9, 9)])]), (0, 2, [(USER, [(0, 0), (9, 9)])])], [MOVIE])
    with h5py.File(path, "r+") as file:
        instances, frames = file["instances"][:], file["frames"][:]
        instances["point_id_end"][0], frames["instance_id_end"][1] = 2**63, 2**62
        file["instances"][...], file["frames"][...] = instances, frames
    assert [len(frame.animals) for frame in sleap(path, Wanted(count=5)).frames] == [0, 1]


def test_a_file_that_points_elsewhere_is_refused(tmp_path: Path) -> None:
    path = slp(tmp_path / "a.slp", labelled_at(1), [PACKAGE])
    with h5py.File(path, "r+") as file:
        file.create_group("video0")["video"] = h5py.ExternalLink("/etc/other.h5", "/x")
    with pytest.raises(Damaged, match="points to data outside itself"):
        sleap(path)


# All of them


@pytest.mark.parametrize("kind", TOOLS, ids=lambda kind: kind.tool_id)
def test_no_tool_shows_a_file_that_is_not_in_the_listing(kind: PoseTool, tmp_path: Path) -> None:
    files(tmp_path, {"config.yaml": CONFIG, "left.mp4": "v"})
    slp(tmp_path / "a.slp", labelled_at(1), [MOVIE])
    listing = listing_of(tmp_path)
    for candidate in kind.candidates(listing):
        for frame in kind.frames(candidate, listing, CountedReads(tmp_path), Wanted()).frames:
            assert isinstance(frame.picture, ImageFile | VideoFrame) and frame.picture.path in listing

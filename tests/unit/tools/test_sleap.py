"""A SLEAP project: which files are one, what the card says, how videos are repaired, and files that lead away."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from launcher.errors import Damaged
from launcher.tools import tool
from launcher.tools.paths import LocalPaths, NeutralPaths
from launcher.tools.protocol import CARD_BYTES, RECOGNISE_BYTES, Listed, Listing, Part
from tests.unit.tools.made_projects import (
    INSTANCES,
    CountedReads,
    candidates,
    card_of,
    codes,
    contents,
    described,
    files,
    members_of,
    recognised,
    slp,
    video_texts,
)

SLEAP = tool("sleap")
OLD = {"backend": {"filename": "D:\\lab\\videos\\fly.mp4", "grayscale": True}}
NEW = {
    "filename": "/lab/videos/fly.mp4",
    "backend": {"type": "MediaVideo", "filename": "/lab/videos/fly.mp4", "shape": [9, 1.50, 1]},
}
LISTED = {"filename": ["/lab/a/img1.png", "/lab/a/img2.png"], "backend": {"type": "ImageVideo"}}
PACKED = {"backend": {"filename": ".", "dataset": "video0/video"}}
#: A package as sleap-io 0.9 writes it: with the place where it was written.
PACKED_THERE = {"filename": "/lab/made/fly.pkg.slp", **PACKED}


@pytest.mark.parametrize(
    ("names", "projects"),
    [
        (["a.slp", "b/c.pkg.slp"], {"a.slp": "a", "b/c.pkg.slp": "c"}),
        (["a.slp", "a.predictions.slp"], {"a.slp": "a"}),
        (["a.mp4", "a.predictions.slp"], {}),
        (["x/a.mp4", "a.predictions.slp"], {"a.predictions.slp": "a.predictions"}),
        (["a.predictions.slp"], {"a.predictions.slp": "a.predictions"}),
        (["a.predictions.slp", "a.predictions.csv"], {"a.predictions.slp": "a.predictions"}),
        (["ab.mp4", "a.predictions.slp"], {"a.predictions.slp": "a.predictions"}),
        (["a.v1.slp", "a.v1.predictions.slp"], {"a.v1.slp": "a.v1"}),
        (["m/training_config.yaml", "m/labels.slp", "m/viz/deep/x.slp", "n/y.slp"], {"n/y.slp": "y"}),
        (["m/training_config.json", "m/labels.slp"], {}),
        (["m/initial_config.yaml", "m/labels.slp"], {}),
        (["a.slp", "evaluations/unet-0bad.predictions.slp"], {"a.slp": "a"}),
        (["p/a.slp", "p/evaluations/unet-0bad.predictions.slp", "b.slp"], {"p/a.slp": "a", "b.slp": "b"}),
        (["evaluations/u-0bad.predictions.slp"], {"evaluations/u-0bad.predictions.slp": "u-0bad.predictions"}),
        (
            ["a.slp", "evaluations/mine.predictions.slp"],
            {"a.slp": "a", "evaluations/mine.predictions.slp": "mine.predictions"},
        ),
        (["m/my_training_config.yaml", "m/labels.slp"], {"m/labels.slp": "labels"}),
    ],
)
def test_which_files_are_projects(names: list[str], projects: dict[str, str]) -> None:
    found = SLEAP.candidates(Listing(Listed(name, 1) for name in names))
    assert {candidate.marker: candidate.name for candidate in found} == projects
    assert all(candidate.folder == candidate.marker.rpartition("/")[0] for candidate in found)


@pytest.mark.parametrize("userblock", [0, 512, 1024, 2048])
def test_a_file_with_what_sleap_writes_is_recognised_wherever_its_header_stands(tmp_path: Path, userblock: int) -> None:
    slp(tmp_path / "a.slp", userblock=userblock)
    assert recognised(SLEAP, tmp_path, "a.slp")
    assert card_of(SLEAP, tmp_path, "a.slp").labelled_frames == 1


def test_other_files_of_that_name_are_not_ours(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.slp", "w") as file:
        file["data"] = [1, 2, 3]
    files(tmp_path, {"text.slp": "solid 1\n" * 900, "short.slp": "x"})
    assert not any(recognised(SLEAP, tmp_path, name) for name in ("other.slp", "text.slp", "short.slp"))


@pytest.mark.parametrize(
    ("kinds", "labelled", "predicted", "multi"),
    [
        ([[0], [0], [1]], 2, 1, False),
        ([[0, 1], []], 1, 1, False),
        ([[0, 0]], 1, 0, True),
        ([[1, 1], [0]], 1, 1, True),
        ([], 0, 0, False),
    ],
)
def test_frames_are_counted_by_who_made_their_instances(
    tmp_path: Path, kinds: Sequence[Sequence[int]], labelled: int, predicted: int, multi: bool
) -> None:
    slp(tmp_path / "a.slp", kinds)
    card = card_of(SLEAP, tmp_path, "a.slp")
    assert (card.labelled_frames, card.predicted_frames, card.multi_animal) == (labelled, predicted, multi)


def test_nodes_edges_and_the_version_that_wrote_them(tmp_path: Path) -> None:
    slp(tmp_path / "a.slp", json=described(("head", "tail", "ear"), provenance={"sleap_version": "1.6.6"}))
    card = card_of(SLEAP, tmp_path, "a.slp")
    assert (card.body_parts, card.skeleton) == (("head", "tail", "ear"), (("head", "tail"),))
    assert card.tool_version == "1.6.6"


def test_videos_in_both_shapes_are_matched_to_files_beside_the_project(tmp_path: Path) -> None:
    slp(tmp_path / "p/a.slp", videos=[OLD, NEW, LISTED, PACKED])
    files(tmp_path / "p", {"videos/fly.mp4": "v", "a/img1.png": "1", "a/img2.png": "2"})
    card = card_of(SLEAP, tmp_path, "p/a.slp")
    assert [(video.named, video.member) for video in card.videos] == [
        ("D:\\lab\\videos\\fly.mp4", "videos/fly.mp4"),
        ("/lab/videos/fly.mp4", "videos/fly.mp4"),
        ("/lab/a/img1.png", "a/img1.png"),
        (".", "a.slp"),
    ]
    assert codes(card) == {"paths-adjusted": "5 paths from another computer will be adjusted."}


def test_a_package_holds_its_pictures_whatever_it_is_called_now(tmp_path: Path) -> None:
    slp(tmp_path / "copy.pkg.slp", videos=[PACKED_THERE])
    card = card_of(SLEAP, tmp_path, "copy.pkg.slp")
    assert [(video.named, video.member) for video in card.videos] == [(".", "copy.pkg.slp")]
    assert "video-missing" not in codes(card)


def test_a_project_without_its_video_says_which(tmp_path: Path) -> None:
    slp(tmp_path / "a.slp", videos=[OLD])
    assert codes(card_of(SLEAP, tmp_path, "a.slp"))["video-missing"].startswith("The video D:\\lab\\videos\\fly.mp4")


def test_what_belongs_to_a_project(tmp_path: Path) -> None:
    slp(tmp_path / "a.slp", videos=[OLD, LISTED])
    slp(tmp_path / "a.pkg.slp")
    slp(tmp_path / "b.slp")
    slp(tmp_path / "a.predictions.slp", [[1]])
    files(
        tmp_path,
        {
            "videos/fly.mp4": "v",
            "frames/img1.png": "1",
            "frames/img2.png": "2",
            "frames/notes.txt": "n",
            "else.txt": "x",
            "models/run1/training_config.yaml": "x",
            "models/run1/best.ckpt": "x",
            "models/stray.txt": "x",
            "evaluations/run1-0bad.predictions.slp": "x",
        },
    )
    assert list(members_of(SLEAP, tmp_path, "a.slp")) == [
        "a.predictions.slp",
        "a.slp",
        "evaluations/run1-0bad.predictions.slp",
        "frames/img1.png",
        "frames/img2.png",
        "models/run1/best.ckpt",
        "models/run1/training_config.yaml",
        "videos/fly.mp4",
    ]
    card = card_of(SLEAP, tmp_path, "a.slp")
    assert card.models == ("run1",)
    assert codes(card)["runs-code"].endswith("models/run1/best.ckpt.")


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("a.slp", Part.LABELS),
        ("models/r/best.ckpt", Part.MODELS),
        ("v/fly.mp4", Part.VIDEOS),
        ("f/img.png", Part.FRAMES),
        ("a.analysis.h5", Part.RESULTS),
        ("notes.txt", Part.OTHER),
    ],
)
def test_every_file_has_its_part(path: str, part: Part) -> None:
    assert SLEAP.part_of(path) is part


@pytest.mark.parametrize("rows", [200, 400_000])
def test_what_is_too_much_to_read_is_told_from_the_shapes(tmp_path: Path, rows: int) -> None:
    slp(tmp_path / "a.slp", [[0]] * rows, chunks=(64,))
    reads = CountedReads(tmp_path)
    card = card_of(SLEAP, tmp_path, "a.slp", lambda _: reads)
    assert reads.bytes <= CARD_BYTES
    assert (card.labelled_frames, card.predicted_frames) == ((200, 0) if rows == 200 else (None, 0))
    assert ("not-counted" in codes(card)) is (rows != 200)


def test_many_instances_are_told_from_the_frames_when_only_people_labelled(tmp_path: Path) -> None:
    slp(tmp_path / "a.slp", [[0] * 40] * 2000, chunks=(64,))
    card = card_of(SLEAP, tmp_path, "a.slp")
    assert (card.labelled_frames, card.predicted_frames, card.multi_animal) == (2000, 0, True)


@pytest.mark.parametrize("variable", [False, True])
@pytest.mark.parametrize("folder", ["/s", "/scratch/" + "long/" * 60 + "über"])
def test_videos_are_repaired_and_nothing_else_changes(tmp_path: Path, variable: bool, folder: str) -> None:
    file = slp(tmp_path / "a.slp", [[0], [1, 1]], [OLD, NEW, LISTED, PACKED], variable=variable)
    with h5py.File(file, "r+") as opened:
        opened["videos_json"].attrs["note"] = "kept"
        opened["more/deep"] = np.arange(5)
    before = contents(file)
    changes = SLEAP.rewrite_paths(
        file, LocalPaths(folder, ("videos/fly.mp4", "a/img1.png", "a/img2.png"), windows=False)
    )
    videos = [json.loads(text) for text in video_texts(file)]
    assert videos[0] == {"backend": {"filename": f"{folder}/videos/fly.mp4", "grayscale": True}}
    assert videos[1]["filename"] == videos[1]["backend"]["filename"] == f"{folder}/videos/fly.mp4"
    assert videos[2]["filename"] == [f"{folder}/a/img1.png", f"{folder}/a/img2.png"]
    assert videos[3] == PACKED
    assert ": " not in "".join(video_texts(file))
    assert contents(file) == before
    assert [change.field for change in changes] == [
        "videos_json[0].backend.filename",
        "videos_json[1].filename",
        "videos_json[1].backend.filename",
        "videos_json[2].filename[0]",
        "videos_json[2].filename[1]",
    ]
    SLEAP.is_sound(file)


def test_the_source_of_a_package_is_repaired_too(tmp_path: Path) -> None:
    file = slp(tmp_path / "a.pkg.slp", videos=[PACKED])
    with h5py.File(file, "r+") as opened:
        source = opened.create_group("video0/source_video")
        source.attrs["json"] = json.dumps(OLD)
        opened["video0/video"] = np.zeros(9, "u1")
    before = contents(file)
    changes = SLEAP.rewrite_paths(file, LocalPaths("/s", ("fly.mp4",), windows=False))
    with h5py.File(file, "r") as opened:
        assert json.loads(opened["video0/source_video"].attrs["json"])["backend"]["filename"] == "/s/fly.mp4"
    assert [change.field for change in changes] == ["video0/source_video.backend.filename"]
    assert contents(file) == before


def test_a_list_of_a_hundred_thousand_pictures_is_repaired_though_no_card_reads_it(tmp_path: Path) -> None:
    names = [f"/lab/recordings/of/the/open/field/img{number:06}.png" for number in range(100_000)]
    file = slp(tmp_path / "a.slp", videos=[{"filename": names, "backend": {"filename": names}}])
    assert file.stat().st_size > 8 * 1024 * 1024
    SLEAP.rewrite_paths(file, LocalPaths("/s", ("img000007.png",), windows=False))
    assert json.loads(video_texts(file)[0])["filename"][6:8] == [names[6], "/s/img000007.png"]
    SLEAP.is_sound(file)
    card = card_of(SLEAP, tmp_path, "a.slp")
    assert (card.labelled_frames, card.videos, "not-counted" in codes(card)) == (1, (), True)


def test_what_is_unknown_here_stays_as_it_is(tmp_path: Path) -> None:
    file = slp(tmp_path / "a.slp", videos=[OLD])
    before = file.read_bytes()
    assert not SLEAP.rewrite_paths(file, LocalPaths("/s", ("other.mp4",), windows=False))
    assert not SLEAP.rewrite_paths(file, NeutralPaths("/s", ["/home"], ("fly.mp4",), windows=False))
    assert file.read_bytes() == before


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def external_link(file: Path) -> None:
    with h5py.File(file, "r+") as opened:
        del opened["frames"]
        opened["frames"] = h5py.ExternalLink("secret.h5", "/frames")


def external_storage(file: Path) -> None:
    with h5py.File(file, "r+") as opened:
        del opened["instances"]
        opened.create_dataset("instances", (3,), "u1", external=[("secret.h5", 0, 3)])


def virtual_dataset(file: Path) -> None:
    layout = h5py.VirtualLayout((3,), "u1")
    layout[:] = h5py.VirtualSource("secret.h5", "data", (3,))
    with h5py.File(file, "r+") as opened:
        del opened["videos_json"]
        opened.create_virtual_dataset("videos_json", layout)


def soft_link(file: Path) -> None:
    with h5py.File(file, "r+") as opened:
        opened["far"] = h5py.ExternalLink("secret.h5", "/")
        del opened["frames"]
        opened["frames"] = h5py.SoftLink("/far/frames")


def still_open(file: Path) -> None:
    data = file.read_bytes()
    with h5py.File(file, "w", libver="latest") as opened:
        for name in ("metadata", "frames", "instances", "videos_json"):
            opened.create_group(name)
    new = bytearray(file.read_bytes())
    assert new[8] == 3 and data
    new[11] |= 0b101
    file.write_bytes(new)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (truncate, "truncated"),
        (external_link, "points to data outside itself"),
        (external_storage, "points to data outside itself"),
        (virtual_dataset, "points to data outside itself"),
        (soft_link, "points to data outside itself"),
        (still_open, "not closed by the program that wrote it"),
    ],
)
def test_files_that_are_cut_off_or_lead_away_are_named_and_never_followed(
    tmp_path: Path, harm: Callable[[Path], None], words: str
) -> None:
    file = slp(tmp_path / "a.slp", videos=[OLD])
    slp(tmp_path / "secret.h5")
    harm(file)
    before = file.read_bytes()

    def look() -> object:
        return recognised(SLEAP, tmp_path, "a.slp") and card_of(SLEAP, tmp_path, "a.slp")

    attempts: list[Callable[[], object]] = [look, lambda: SLEAP.is_sound(file)]
    attempts.append(lambda: SLEAP.rewrite_paths(file, LocalPaths("/s", ("fly.mp4",), windows=False)))
    for attempt in attempts:
        with pytest.raises(Damaged, match=words):
            attempt()
    assert file.read_bytes() == before


def wrong_videos(file: Any) -> None:
    del file["videos_json"]
    file["videos_json"] = np.array([b"no json"])


def wrong_metadata(file: Any) -> None:
    file["metadata"].attrs["json"] = np.bytes_(b"[" * 5000)


def wrong_table(file: Any) -> None:
    del file["frames"]
    file["frames"] = np.zeros((3, 3))


def foreign_decoder(file: Any) -> None:
    del file["instances"]
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk((4,))
    plan.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, ())
    h5py.h5d.create(file.id, b"instances", h5py.h5t.py_create(INSTANCES), h5py.h5s.create_simple((4,)), plan)


@pytest.mark.parametrize("harm", [wrong_videos, wrong_metadata, wrong_table, foreign_decoder])
def test_malformed_contents_end_in_one_sentence(tmp_path: Path, harm: Callable[[Any], None]) -> None:
    slp(tmp_path / "a.slp", videos=[OLD])
    with h5py.File(tmp_path / "a.slp", "r+") as file:
        harm(file)
    with pytest.raises(Damaged):
        card_of(SLEAP, tmp_path, "a.slp")


def test_counts_that_claim_more_than_there_is_are_cut_at_the_end(tmp_path: Path) -> None:
    slp(tmp_path / "a.slp", [[0], [1]])
    with h5py.File(tmp_path / "a.slp", "r+") as file:
        frames = file["frames"][()]
        frames["instance_id_end"] = 2**63 + 5
        file["frames"][...] = frames
    assert card_of(SLEAP, tmp_path, "a.slp").labelled_frames == 1


def test_a_table_of_a_trillion_rows_costs_nothing(tmp_path: Path) -> None:
    slp(tmp_path / "a.slp", [[0], [1]], chunks=(64,))
    with h5py.File(tmp_path / "a.slp", "r+") as file:
        file["instances"].resize((10**12,))
    card = card_of(SLEAP, tmp_path, "a.slp")
    assert (card.labelled_frames, card.predicted_frames) == (None, None)


def test_random_damage_never_ends_in_anything_but_an_answer(tmp_path: Path) -> None:
    file = slp(tmp_path / "a.slp", [[0], [1, 1]], [OLD])
    whole, random = file.read_bytes(), np.random.default_rng(7)
    for _ in range(300):
        data = bytearray(whole)
        for at in random.integers(0, len(data), 4):
            data[at] = random.integers(0, 256)
        file.write_bytes(data)
        # Whatever it is, it is a card, a no, or the one error that a person can read.
        with contextlib.suppress(Damaged):
            assert not recognised(SLEAP, tmp_path, "a.slp") or card_of(SLEAP, tmp_path, "a.slp").videos is not None


def test_recognising_reads_no_more_than_promised(tmp_path: Path) -> None:
    slp(tmp_path / "a.slp")
    with h5py.File(tmp_path / "a.slp", "r+") as file:
        for number in range(4000):
            file.create_group(f"session_with_a_rather_long_name_{number}")
    reads = CountedReads(tmp_path)
    candidate = candidates(SLEAP, tmp_path)["a.slp"]
    assert SLEAP.recognise(candidate, (tmp_path / "a.slp").stat().st_size, reads)
    assert reads.bytes <= RECOGNISE_BYTES

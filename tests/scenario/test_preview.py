"""`preview` on real projects in a real bucket: what a person sees, what it costs, and what is said where nothing is."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from launcher.projects.preview_marks import mark
from tests.conftest import Result, Site

OPEN_FIELD = "openfield-Pranav-2018-10-30"
CLIP = "tests/data/json_format_v1/centered_pair_low_quality.mp4"
SAMPLE = Path(__file__).parents[2] / "resources" / "sample"


def look(site: Site, what: str, *more: str) -> tuple[Result, Path]:
    """The command, and the file that it was told to write."""
    out = site.folder / "picture.png"
    out.unlink(missing_ok=True)
    return site.run("preview", site.data_uri + what, "-o", out, *more), out


def has_colour(picture: Image.Image, colour: str) -> bool:
    """Are there pixels of exactly this colour, more than chance would bring?"""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return int((np.asarray(picture) == wanted).all(axis=2).sum()) > 20


def assert_marks(file: Path, body_parts: int) -> None:
    with Image.open(file) as picture:
        assert picture.mode == "RGB"
        seen = [part for part in range(7) if has_colour(picture, mark(part).colour)]
    assert seen == list(range(body_parts))


def test_the_open_field_its_clip_and_an_image(site: Site, real_data: Path) -> None:
    site.upload(real_data / OPEN_FIELD, "mouse/")
    done, out = look(site, "mouse/", "--size", "512x292", "--json")
    assert done.code == 0, done.err
    assert {key: done.json[key] for key in ("file", "width", "height")} == {
        "file": str(out), "width": 512, "height": 292,
    }  # fmt: skip
    assert 0 < done.json["bytes_read"] < 1_000_000
    assert_marks(out, 4)
    first = out.read_bytes()

    again, out = look(site, "mouse", "--size", "512x292", "--json")
    assert (again.json["bytes_read"], out.read_bytes()) == (0, first), "the second look reads nothing"

    done, out = look(site, "mouse/videos/m3v1mp4.mp4", "--frame", "1234", "--json")
    assert done.code == 0, done.err
    assert (done.json["width"], done.json["height"]) == (640, 480)
    assert done.json["video"]["frames"] == 2330 and done.json["video"]["seconds"] == pytest.approx(77.7, abs=0.1)
    assert done.json["bytes_read"] < 600_000
    with Image.open(out) as picture:
        levels = np.asarray(picture.convert("L"))
    mouse = np.argwhere(levels[:460] < 40).mean(axis=0)
    assert mouse == pytest.approx((370, 300), abs=30), "where the mouse is in that frame"

    done, _ = look(site, "mouse/videos/m3v1mp4.mp4", "--frame", "2330")
    assert done.code == 10
    assert "This video has no frame 2330" in done.err and "It has 2330 frames" in done.err

    done, out = look(site, "mouse/labeled-data/m4s1/img0003.png")
    assert done.code == 0, done.err
    with Image.open(out) as ours, Image.open(real_data / OPEN_FIELD / "labeled-data/m4s1/img0003.png") as theirs:
        assert (np.asarray(ours) == np.asarray(theirs.convert("RGB"))).all()


def test_sleap_projects_with_and_without_their_clip(site: Site, real_data: Path) -> None:
    site.upload(real_data / "sleap-samples", "pair/")
    for name, parts in (("minimal_instance.slp", 2), ("centered_pair_predictions.slp", 7)):
        done, out = look(site, f"pair/{name}")
        assert done.code == 0, done.err
        assert CLIP in done.err, "the labels alone, and why"
        assert_marks(out, parts)

    done, out = look(site, "pair/small_robot_minimal.slp", "--size", "512x292")
    assert done.code == 0, done.err
    assert_marks(out, 2)

    site.put("pair/centered_pair_low_quality.mp4", (real_data / "sleap-samples/centered_pair_small.mp4").read_bytes())
    for name, parts in (("minimal_instance.slp", 2), ("centered_pair_predictions.slp", 7)):
        done, out = look(site, f"pair/{name}", "--json")
        assert done.code == 0, done.err
        assert done.json["bytes_read"] < 1_500_000
        assert_marks(out, parts)


def test_the_sample_projects_whole_and_by_number(site: Site) -> None:
    site.upload(SAMPLE / "two-mice", "mice/")
    done, out = look(site, "mice/two-mice.slp", "--whole", "--size", "592x600", "--frame", "11", "--json")
    assert (done.code, done.json["width"], done.json["height"]) == (0, 592, 444), done.err
    assert_marks(out, 6)
    done, out = look(site, "mice/two-mice.slp", "--frame", "12")
    assert done.code == 10
    assert "It has 12 of them" in done.err and not out.exists()


def test_a_saved_project_shows_the_video_that_it_only_refers_to(site: Site, tmp_path: Path) -> None:
    site.upload(SAMPLE / "two-mice", "mice/")
    folder = tmp_path / "here"
    assert site.run("stage", site.data_uri + "mice/two-mice.slp", folder).code == 0
    assert site.run("save", folder).code == 0
    saved = site.run("projects", site.home_uri, "--json").json["projects"][0]["uri"]
    out = tmp_path / "picture.png"
    done = site.run("preview", saved, "-o", out, "--size", "512x292")
    assert done.code == 0, done.err
    assert_marks(out, 6)
    video = saved.rpartition("/")[0] + "/two-mice.mp4"
    assert site.objects(site.home_bucket).keys().isdisjoint({video.removeprefix(f"s3://{site.home_bucket}/")})
    done = site.run("preview", video, "-o", out, "--frame", "75")
    assert done.code == 0, done.err


def test_what_cannot_be_shown_is_one_sentence(site: Site, tmp_path: Path) -> None:
    shutil.copytree(SAMPLE / "two-mice", tmp_path / "mice")
    movie = tmp_path / "mice/two-mice.mp4"
    movie.write_bytes(movie.read_bytes()[:30_000])
    site.upload(tmp_path / "mice", "mice/")
    site.put("mice/notes.txt", b"x")
    cases = {
        ("mice/two-mice.slp",): (4, "two-mice.mp4"),
        ("mice/two-mice.mp4", "--frame", "140"): (4, "two-mice.mp4"),
        ("mice/gone.mp4",): (10, "There is nothing here"),
        ("mice/notes.txt",): (10, "There is no pose project here"),
    }
    for arguments, (code, words) in cases.items():
        done, out = look(site, *arguments)
        assert (done.code, words in done.err, out.exists()) == (code, True, False), (arguments, done.err)
        assert "Traceback" not in done.err and len(done.err.strip().splitlines()) == 1


def test_a_picture_that_cannot_be_written_is_said(site: Site) -> None:
    site.upload(SAMPLE / "two-mice", "mice/")
    done = site.run("preview", site.data_uri + "mice/two-mice.mp4", "-o", site.folder / "no" / "such" / "folder.png")
    assert done.code == 6
    assert "folder.png" in done.err

"""The way of a project, by the commands alone, on the real server and real projects."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.watching import small_project


def test_open_field_goes_the_whole_way(site: Site, real_data: Path) -> None:
    site.upload(real_data / "openfield-Pranav-2018-10-30", "2018/openfield-Pranav-2018-10-30/")

    (project,) = site.run("projects", site.data_uri, "--json").json["projects"]
    assert project["tool"] == "deeplabcut"
    assert project["body_parts"] == ["snout", "leftear", "rightear", "tailbase"]
    assert project["labelled_frames"] == 116
    assert [video["present"] for video in project["videos"]] == [True]

    staged = site.run("stage", project["uri"], "--json")
    assert staged.code == 0, staged.err
    folder = Path(staged.json["dir"])
    config = (folder / "config.yaml").read_text()
    assert f"project_path: {folder}" in config
    assert f"  {folder}/videos/m3v1mp4.mp4:\n    crop: 0, 640, 0, 480" in config

    (folder / "config.yaml").write_text(config.replace("pcutoff: 0.4", "pcutoff: 0.6"))
    saved = site.run("save", folder, "--json")
    assert saved.code == 0, saved.err
    assert len(saved.json["saved"]) == 119
    assert saved.json["by_reference"] == ["videos/m3v1mp4.mp4"]

    (status,) = site.run("status", folder, "--json").json["projects"]
    assert status["all_saved"]
    assert status["unsaved_files"] == 0
    assert site.run("verify", folder, "--json").json["bad"] == []

    home = site.objects(site.home_bucket, f"person/projects/{project['id']}/")
    assert len(home) == 119
    for key, data in home.items():
        path = key.removeprefix(f"person/projects/{project['id']}/")
        if path == "config.yaml":
            assert b"pcutoff: 0.6" in data
            assert b"project_path: '.'\n" in data
            assert str(folder).encode() not in data
        else:
            assert data == (real_data / "openfield-Pranav-2018-10-30" / path).read_bytes(), path


def test_another_computer_goes_on_from_the_home_bucket(site: Site, real_data: Path) -> None:
    site.upload(real_data / "openfield-Pranav-2018-10-30", "openfield/")
    folder = Path(site.run("stage", f"{site.data_uri}openfield/", "--json").json["dir"])
    (folder / "labeled-data" / "notes.txt").write_text("mouse 4 turned left")
    first = site.run("save", folder, "--json").json

    other = site.another_computer()
    (project,) = other.run("projects", other.home_uri, "--json").json["projects"]
    assert project["id"] == first["project"]
    assert project["labelled_frames"] == 116
    assert [video["present"] for video in project["videos"]] == [True], "the video is known by reference"
    staged = other.run("stage", project["uri"], "--json").json
    there = Path(staged["dir"])
    assert (there / "labeled-data" / "notes.txt").read_text() == "mouse 4 turned left"
    assert (there / "videos" / "m3v1mp4.mp4").stat().st_size == (folder / "videos" / "m3v1mp4.mp4").stat().st_size
    assert f"project_path: {there}" in (there / "config.yaml").read_text()

    again = other.run("save", there, "--json").json
    assert again["saved"] == []
    assert again["failed"] == []
    assert again["by_reference"] == ["videos/m3v1mp4.mp4"]


def test_a_second_save_of_nothing_changed_sends_nothing(site: Site, real_data: Path) -> None:
    site.upload(real_data / "sleap-samples", "flies/")
    staged = site.run("stage", f"{site.data_uri}flies/small_robot_minimal.slp", "--json").json
    assert [row["field"] for row in staged["repaired"]]
    folder = staged["dir"]
    assert len(site.run("save", folder, "--json").json["saved"]) == 1
    before = site.objects(site.home_bucket)
    again = site.run("save", folder, "--json").json
    assert (again["saved"], again["unchanged"], again["failed"]) == ([], 1, [])
    assert site.objects(site.home_bucket) == before


def test_the_source_bucket_is_never_written(site: Site, real_data: Path) -> None:
    site.upload(real_data / "sleap-samples", "flies/")
    before = site.objects(site.data_bucket)
    folder = Path(site.run("stage", f"{site.data_uri}flies/minimal_instance.slp", "--json").json["dir"])
    (folder / "export.csv").write_text("frame,x,y\n0,1,2\n")
    assert site.run("save", folder, "--json").code == 0
    assert site.objects(site.data_bucket) == before


def test_where_the_settings_arrive_damaged_half_a_project_is_not_brought_in_silence(
    site: Site, proxy: FaultProxy
) -> None:
    """A look at a part of a file has no checksum; the file itself then comes as it is."""
    for path, data in small_project(2).items():
        site.put(f"reaching/{path}", data)
    flip = Rule(Fault.FLIP, path="*/reaching/config.yaml", method="GET", times=1, at=0)
    proxy.rules.append(flip)
    done = site.run("stage", f"{site.data_uri}reaching/", "--json")
    assert (flip.used, done.code) == (1, 4), (done.out, done.err)
    (skipped,) = done.json["skipped"]
    assert skipped["key"] == "config.yaml" and "only it was brought" in skipped["reason"]
    again = site.run("stage", f"{site.data_uri}reaching/", "--json")
    assert (again.code, again.json["files"]) == (0, len(small_project(2)))

"""The project's folder: what counts as a file of it, and how verified files get in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launcher import errors
from launcher.journal import Stat
from launcher.projects.listed import look_into, paths_of
from launcher.projects.local_files import Folders, place, scan, stat_of


def test_a_scan_sees_every_plain_file_and_names_the_rest(tmp_path: Path) -> None:
    for path in ("config.yaml", "labeled-data/ü ä/img 1.png", "deep/.pose-launcher/x", ".hidden"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"x")
    (tmp_path / ".pose-launcher").mkdir()
    (tmp_path / ".pose-launcher" / "project.json").write_bytes(b"{}")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link.png").symlink_to(tmp_path / "config.yaml")
    (tmp_path / "away").symlink_to("/")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / os.fsdecode(b"bad\xff.png")).write_bytes(b"x")
    found = scan(tmp_path)
    assert sorted(found.files) == [".hidden", "config.yaml", "deep/.pose-launcher/x", "labeled-data/ü ä/img 1.png"]
    assert sorted(paths_of(tmp_path)) == sorted(found.files)
    assert found.files["config.yaml"] == Stat.of((tmp_path / "config.yaml").stat())
    assert found.left_out == {
        "link.png": "it is a link, not a file",
        "away": "it is a link, not a file",
        "dangling": "it is a link, not a file",
        "pipe": "it is a device or pipe, not a file",
        "bad\ufffd.png": "its name is not valid text",
    }


def test_a_folder_that_goes_while_it_is_looked_at_is_no_trouble(tmp_path: Path) -> None:
    left_out: dict[str, str] = {}
    assert look_into(str(tmp_path), "gone/", left_out) == ([], [])
    assert left_out == {}


def test_a_missing_folder_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound, match="folder is not there"):
        scan(tmp_path / "gone")


def test_only_plain_files_have_a_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    (tmp_path / "l").symlink_to(tmp_path / "f")
    assert stat_of(tmp_path / "f") == Stat.of((tmp_path / "f").stat())
    for name in ("l", "nothing", "f/below"):
        assert stat_of(tmp_path / name) is None


def test_folders_are_made_but_never_through_a_link(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    assert Folders(root).target("a/b/c.png") == root / "a/b/c.png"
    assert (root / "a/b").is_dir()
    (root / "link").symlink_to(outside)
    (root / "file").write_bytes(b"x")
    for path in ("link/c.png", "link/deeper/c.png", "file/c.png"):
        with pytest.raises(errors.LocalDisk, match="in the way"):
            Folders(root).target(path)
    assert list(outside.iterdir()) == []


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    made = tmp_path / "partial"
    made.write_bytes(b"verified")
    return made


def test_a_verified_file_gets_its_name(tmp_path: Path, partial: Path) -> None:
    target = tmp_path / "config.yaml"
    first = place(partial, target, None)
    assert (target.read_bytes(), first, partial.exists()) == (b"verified", stat_of(target), False)
    partial.write_bytes(b"newer")
    place(partial, target, first)
    assert target.read_bytes() == b"newer"


def test_work_that_appeared_or_changed_meanwhile_is_kept(tmp_path: Path, partial: Path) -> None:
    target = tmp_path / "config.yaml"
    target.write_bytes(b"work")
    seen = stat_of(target)
    for expected in (None, Stat(4, 1, 1, 1)):
        with pytest.raises(errors.ChangedMeanwhile, match="The file here was kept"):
            place(partial, target, expected)
    target.unlink()
    with pytest.raises(errors.ChangedMeanwhile):
        place(partial, target, seen)
    assert partial.read_bytes() == b"verified"


def test_a_persons_own_link_is_kept(tmp_path: Path, partial: Path) -> None:
    (tmp_path / "big").write_bytes(b"on the big disk")
    (tmp_path / "video.mp4").symlink_to(tmp_path / "big")
    with pytest.raises(errors.ChangedMeanwhile):
        place(partial, tmp_path / "video.mp4", None)
    assert (tmp_path / "video.mp4").is_symlink()
    assert (tmp_path / "big").read_bytes() == b"on the big disk"


@pytest.mark.skipif(os.name == "nt", reason="there the system itself refuses")
@pytest.mark.parametrize("mode", ["ab", "r+b"])
def test_a_file_that_a_program_may_write_into_is_kept_until_it_closes_it(
    tmp_path: Path, partial: Path, mode: str
) -> None:
    """What the program wrote next would be in no file that has a name."""
    target = tmp_path / "log.csv"
    target.write_bytes(b"here")
    seen = stat_of(target)
    with target.open(mode), pytest.raises(errors.ChangedMeanwhile) as told:
        place(partial, target, seen)
    assert "A program has this file open" in str(told.value)
    assert target.read_bytes() == b"here"
    with target.open("rb"):  # who only reads loses nothing
        place(partial, target, seen)
    assert target.read_bytes() != b"here"


def test_a_folder_in_the_place_of_a_file_is_kept_and_said(tmp_path: Path, partial: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_bytes(b"mine")
    with pytest.raises(errors.ChangedMeanwhile, match="notes") as told:
        place(partial, tmp_path / "notes", None)
    assert "A folder is in the place of this file" in str(told.value)
    assert (tmp_path / "notes" / "mine.txt").read_bytes() == b"mine"

"""A folder of this computer, listed as a bucket is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launcher import errors
from launcher.desk.files.local import list_folder


def test_folders_first_then_files_and_no_links(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".pose-launcher").mkdir()
    (tmp_path / "a.csv").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "pipe")
    (page,) = list_folder(tmp_path)
    assert page["prefixes"] == [f"{tmp_path}/b/"]
    assert [row[:2] for row in page["objects"]] == [[f"{tmp_path}/a.csv", 3]]


def test_everything_below_comes_without_folders(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "x.mp4").write_bytes(b"x")
    pages = list(list_folder(tmp_path, recursive=True))
    assert [row[0] for page in pages for row in page["objects"]] == [f"{tmp_path}/b/c/x.mp4"]
    assert not any(page["prefixes"] for page in pages)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound):
        list(list_folder(tmp_path / "nowhere"))

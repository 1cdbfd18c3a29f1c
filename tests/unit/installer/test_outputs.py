"""Files that the admin's commands leave behind, where something else lies in their place already."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from installer.outputs import write_output
from launcher import errors
from tests.conftest import ROOT
from tests.unit.installer.at_the_desk import Admin

#: Every command that writes a file that it was named.
WRITES = (("deploy", "--template"), ("probe", "-o"))


@pytest.mark.parametrize("words", WRITES, ids=" ".join)
def test_a_link_is_not_followed(admin: Admin, tmp_path: Path, words: tuple[str, ...]) -> None:
    mine, link = tmp_path / "mine.txt", tmp_path / "out.json"
    mine.write_text("mine")
    link.symlink_to(mine)
    said = admin.run(*words, link)
    assert (said.code, "no ordinary file" in said.err) == (2, True)
    assert (mine.read_text(), link.is_symlink()) == ("mine", True)


@pytest.mark.parametrize("place", ["", "/dev/null", "/dev/stdout"])
def test_nor_is_a_folder_or_a_device_replaced(admin: Admin, tmp_path: Path, place: str) -> None:
    before = Path(place or tmp_path).lstat()
    assert admin.run("deploy", "--template", place or tmp_path).code == 2
    assert Path(place or tmp_path).lstat().st_mode == before.st_mode


@pytest.mark.parametrize("words", WRITES, ids=" ".join)
def test_where_nothing_can_be_written_it_is_said(admin: Admin, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "missing" / "out.json", tmp_path / "file" / "out.json", Path("/proc/out.json")):
        said = admin.run(*words, place)
        assert (said.code, "cannot be written" in said.err) == (6, True)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """The limit of a process on the size of its files stands in for the disk's end."""
    file = tmp_path / "out.json"
    file.write_text("before")
    program = "import sys, pathlib, installer.outputs as o; o.write_output(pathlib.Path(sys.argv[1]), 'x' * 9_000)"
    command = ["bash", "-c", 'ulimit -f 1 && exec "$@"', "-", sys.executable, "-c", program, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Nothing was left half-written" in done.stderr
    assert (file.read_text(), [path.name for path in tmp_path.iterdir()]) == ("before", ["out.json"])


def test_two_at_once_leave_one_of_both_whole(tmp_path: Path) -> None:
    file, texts = tmp_path / "out.html", [letter * 2_000_000 for letter in "ab"]
    writers = [threading.Thread(target=write_output, args=(file, text)) for text in texts for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert file.read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["out.html"]


def test_the_rights_of_a_file_stay_and_a_new_one_has_the_usual(tmp_path: Path) -> None:
    file, usual = tmp_path / "out.json", tmp_path / "usual"
    usual.touch()
    write_output(file, "1")
    assert file.stat().st_mode == usual.stat().st_mode
    file.chmod(0o600)
    write_output(file, b"2")
    assert (file.stat().st_mode & 0o777, file.read_text()) == (0o600, "2")


def test_a_name_that_is_too_long_for_the_disk(tmp_path: Path) -> None:
    with pytest.raises(errors.LocalDisk):
        write_output(tmp_path / ("x" * 300), "")

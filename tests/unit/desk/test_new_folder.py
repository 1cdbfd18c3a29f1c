"""A folder of ours is there whole or not at all, also after its maker was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from launcher import errors
from launcher.desk.new_folder import is_unfinished, new_folder, remove_unfinished
from tests.conftest import ROOT

_MAKER = """
import sys, time
from pathlib import Path
from launcher.desk.new_folder import new_folder
with new_folder(Path(sys.argv[1])):
    (Path(sys.argv[1]) / "half.slp").write_bytes(b"half")
    print("begun", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_maker_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "labels.csv").write_bytes(b"a person's")
    made = subprocess.Popen(
        [sys.executable, "-c", _MAKER, str(tmp_path / "copy")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with made:
        assert made.stdout is not None and made.stdout.readline() == "begun\n"
        remove_unfinished(tmp_path)
        assert (tmp_path / "copy" / "half.slp").is_file(), "it is being made"
        with pytest.raises(errors.NotDone, match="holds something already"), new_folder(tmp_path / "copy"):
            pass
        made.send_signal(signal.SIGKILL)
    remove_unfinished(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["project", "project/labels.csv"]


def test_what_somebody_worked_in_since_its_maker_was_killed_stays(tmp_path: Path) -> None:
    """It may have been whole but for the last step: a person opens it, and labels."""
    folder = tmp_path / "copy"
    made = subprocess.Popen([sys.executable, "-c", _MAKER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with made:
        assert made.stdout is not None and made.stdout.readline() == "begun\n"
        time.sleep(3)  # it takes its time, and is at work all the while
        (folder / "late.slp").write_bytes(b"by the maker, as far as anybody can tell")
        made.send_signal(signal.SIGKILL)
    assert is_unfinished(folder)
    time.sleep(3)
    (folder / "labels.csv").write_bytes(b"a person's")
    assert not is_unfinished(folder), "it is asked about as any other project that nobody looks after"
    with pytest.raises(errors.NotDone, match="holds something already"), new_folder(folder):
        pass
    remove_unfinished(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["half.slp", "labels.csv", "late.slp"]

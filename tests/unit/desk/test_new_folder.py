"""A folder of ours is there whole or not at all, also after its maker was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import errors
from launcher.desk.new_folder import new_folder, remove_unfinished
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

"""On a disk that a tool has filled, the launcher still writes down what it does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from launcher.journal import reserve
from tests.conftest import ROOT

_PLACE = ROOT / "tests" / "scenario" / "bad_place.py"
_START = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from launcher import errors
from launcher.journal import Journal, reserve
folder = Path(sys.argv[2])
journal = Journal(folder / "journal.sqlite")
journal.settled_fact("who", "me")
(folder / reserve.NAME).write_bytes(bytes(reserve.SIZE))
def fill():
    with (folder / "by a tool").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass
"""
_OPENED_AFTERWARDS = """
journal.close()
fill()
with Journal(folder / "journal.sqlite") as again:
    again.settled_fact("place", "here")
"""
_OPEN_ALL_THE_TIME = """
fill()
for number in range(10):
    try:
        journal.settled_fact(f"place {number}", "here" * 100_000)
    except errors.LocalDisk:
        journal.settled_fact("place", "here" * 100_000)
        break
else:
    sys.exit("the disk was not full")
"""


@pytest.mark.parametrize("then", [_OPENED_AFTERWARDS, _OPEN_ALL_THE_TIME])
def test_a_full_disk_does_not_keep_it_from_writing(then: str, tmp_path: Path) -> None:
    disk = [sys.executable, str(_PLACE), "disk", str(tmp_path), "24576", "--"]
    done = subprocess.run(
        [*disk, sys.executable, "-c", _START + then, str(ROOT), str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("free", "was_there", "is_there"),
    [
        (reserve.PLENTY + 1, False, True),
        (reserve.PLENTY + 1, True, True),
        (reserve.PLENTY - 1, False, False),
        (reserve.PLENTY - 1, True, True),
        (reserve.FULL - 1, True, False),
        (0, False, False),
    ],
)
def test_it_is_set_aside_only_where_there_is_plenty(
    free: int, tmp_path: Path, *, was_there: bool, is_there: bool
) -> None:
    if was_there:
        (tmp_path / reserve.NAME).touch()
    reserve.look_after(tmp_path, lambda _: free)
    assert (tmp_path / reserve.NAME).exists() is is_there


def test_it_takes_the_space_that_it_promises(tmp_path: Path) -> None:
    reserve.look_after(tmp_path, lambda _: reserve.PLENTY + 1)
    assert (tmp_path / reserve.NAME).stat().st_blocks * 512 >= reserve.SIZE

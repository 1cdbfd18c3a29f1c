"""The saver's process is found by what it wrote down, and started once, by however many at a time."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from launcher import errors
from launcher.config.find import Found
from launcher.desk import saver_process
from launcher.desk.desk import Setup
from launcher.runs.keeper import birth
from launcher.session.facts import session_facts


def setup_in(state: Path) -> Setup:
    state.mkdir(exist_ok=True, mode=0o700)
    site = state.with_name("site.toml")
    site.write_text('schema = 1\n[s3]\nendpoint_url = "http://127.0.0.1:1"\n[home]\nuri = "s3://home/{user}/"\n')
    return Setup(Found(site, "--site"), Found(state, "--state-dir"), session_facts({}))


@pytest.mark.parametrize(
    "damaged",
    [
        '{"pid": 1e999, "birth": "x"}',
        '{"pid": Infinity, "birth": "x"}',
        '{"pid": 99999999999999999999999999, "birth": "x"}',
        '{"pid": 4611686018427387904, "birth": "x"}',
        '{"pid": "12", "birth": "x"}',
        "[" * 100_000,
        "null",
        "",
    ],
    ids=range(8),
)
def test_what_is_no_note_of_a_saver_is_none(tmp_path: Path, damaged: str) -> None:
    """Every command asks; a flipped bit must not keep all of them from working."""
    (tmp_path / "saver.json").write_text(damaged)
    assert saver_process.find(tmp_path) is None


def test_one_that_another_window_has_just_started_is_the_saver(tmp_path: Path) -> None:
    """It holds the lock already, and has not written down its number yet: ours ends, and that is no failure."""
    setup = setup_in(tmp_path / "state")
    mine = {"pid": os.getpid(), "birth": birth(os.getpid())}
    later = threading.Timer(6.0, lambda: (tmp_path / "state" / "saver.json").write_text(json.dumps(mine)))
    with FileLock(tmp_path / "state" / "saver.lock", mode=0o600):
        later.start()
        found = saver_process.start(setup, os.environ)
    later.join()
    assert found.pid == os.getpid()


def test_a_log_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    setup = setup_in(tmp_path / "state")
    (tmp_path / "state" / "saver.log").mkdir()
    with pytest.raises(errors.LocalDisk, match=r"saver\.log"):
        saver_process.start(setup, os.environ)


def test_a_saver_that_cannot_start_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = setup_in(tmp_path / "state")
    monkeypatch.setattr("sys.executable", "/no/such/python")
    with pytest.raises(errors.NotDone, match=r"saver\.log"):
        saver_process.start(setup, os.environ)

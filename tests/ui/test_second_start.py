"""One window a state dir, and nobody else can call it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from launcher.ui.second_start import FirstWindow, raise_first
from tests.conftest import ROOT


@pytest.fixture
def first(tmp_path: Path) -> Iterator[FirstWindow]:
    made = FirstWindow(tmp_path / "window")
    assert made.is_first()
    yield made
    made.close()


def test_a_second_start_raises_the_first(first: FirstWindow, tmp_path: Path) -> None:
    raised = threading.Event()
    first.listen(raised.set)
    assert _is_first_elsewhere(tmp_path / "window") == "False True"
    assert raised.wait(10)


def test_a_window_that_was_killed_leaves_no_trace(tmp_path: Path) -> None:
    code = "import sys, os; from pathlib import Path; from launcher.ui.second_start import FirstWindow; "
    code += "f = FirstWindow(Path(sys.argv[1])); assert f.is_first(); f.listen(print); os._exit(9)"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "window")], cwd=ROOT, check=False)
    assert done.returncode == 9
    next_one = FirstWindow(tmp_path / "window")
    assert next_one.is_first(), "the lock of a dead process is nobody's"
    next_one.listen(lambda: None)
    assert raise_first(tmp_path / "window")
    next_one.close()


def test_after_closing_another_may_be_first(first: FirstWindow, tmp_path: Path) -> None:
    first.listen(lambda: None)
    first.close()
    assert _is_first_elsewhere(tmp_path / "window") == "True -"
    assert not (tmp_path / "window" / "window.json").exists()


def test_only_this_user_learns_the_key(first: FirstWindow, tmp_path: Path) -> None:
    first.listen(lambda: None)
    file = tmp_path / "window" / "window.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_wrong_key_is_refused_and_the_next_call_works(first: FirstWindow, tmp_path: Path) -> None:
    raised = threading.Event()
    first.listen(raised.set)
    address = json.loads((tmp_path / "window" / "window.json").read_text())["address"]
    with pytest.raises(AuthenticationError):
        Client(address, authkey=b"guess")
    assert not raised.is_set()
    assert raise_first(tmp_path / "window") and raised.wait(10)


def test_anything_but_the_one_word_does_nothing(first: FirstWindow, tmp_path: Path) -> None:
    raised = threading.Event()
    first.listen(raised.set)
    told = json.loads((tmp_path / "window" / "window.json").read_text())
    with Client(told["address"], authkey=bytes.fromhex(told["key"])) as caller:
        caller.send_bytes(b"\x80\x04cos\nsystem\n.")
        assert caller.recv_bytes() == b"done"
    assert not raised.is_set()


def _is_first_elsewhere(folder: Path) -> str:
    """Another process tries: is it first, and if not, does the first answer?"""
    code = "import sys; from pathlib import Path; from launcher.ui.second_start import FirstWindow, raise_first; "
    code += "d = Path(sys.argv[1]); f = FirstWindow(d).is_first(); print(f, '-' if f else raise_first(d))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()

"""What is there before the first paint, and what a person waits for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.__main__ import is_for_window
from tests.conftest import ROOT, Site
from tests.scenario.watching import small_project

#: Paints once, says what was imported until then, and leaves.
_PAINT_ONCE = """
import json, sys
from launcher import app
from launcher.ui.main_window import MainWindow
from PySide6.QtCore import QTimer
begin = MainWindow.begin
def first_paint(window):
    assert window.isVisible()
    print(json.dumps(sorted(sys.modules)), flush=True)
    begin(window)
    QTimer.singleShot(0, window.leave)
MainWindow.begin = first_paint
sys.exit(app.main(["--state-dir", sys.argv[1], "--site", sys.argv[1] + "/none.toml"]))
"""
EXPENSIVE = ("boto3", "botocore", "awscrt", "pycurl", "s3fs", "urllib3", "aiohttp", "h5py", "numpy", "av", "PIL",
             "pydantic", "yaml", "sqlite3", "launcher.desk", "launcher.storage", "launcher.tools")  # fmt: skip


def test_nothing_expensive_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PAINT_ONCE, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules = set(json.loads(done.stdout))
    assert not [name for name in EXPENSIVE if name in modules]
    assert (tmp_path / "window" / "layout.json").is_file(), "the layout is remembered"


#: Says which of our modules were imported later than the desk was made, and leaves.
_AT_WORK = """
import json, sys
from launcher import app
from PySide6.QtCore import QTimer
from launcher.ui.main_window import MainWindow
make, begin, there = app._desk, MainWindow.begin, set()
def made(*of):
    desk = make(*of)
    there.update(sys.modules)
    return desk
def first_paint(window):
    begin(window)
    QTimer.singleShot(6000, lambda: leave(window))
def leave(window):
    assert there
    print(json.dumps([name for name in sys.modules if name.startswith("launcher") and name not in there]), flush=True)
    window.leave()
app._desk, MainWindow.begin = made, first_paint
sys.exit(app.main(["--state-dir", sys.argv[1], "--site", sys.argv[2]]))
"""


def test_what_many_threads_ask_for_at_once_was_imported_by_one(site: Site) -> None:
    """Else one of them may be handed half of a module: "cannot import name"."""
    for path, data in small_project(2).items():
        site.put(f"reaching/{path}", data)
    assert site.run("stage", f"{site.data_uri}reaching/").code == 0
    assert site.run("save").code == 0
    done = subprocess.run(
        [sys.executable, "-c", _AT_WORK, str(site.state), str(site.file)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(site.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    site.run("finish", "--deadline", "20")
    assert done.returncode == 0, done.stderr
    of_the_desk = [name for name in json.loads(done.stdout) if not name.startswith("launcher.ui.")]
    assert of_the_desk == []


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ([], True),
        (["--site", "x.toml"], True),
        (["--state-dir=/d", "--site=x"], True),
        (["--site"], False),
        (["places"], False),
        (["--site", "x.toml", "places"], False),
        (["--json"], False),
        (["--help"], False),
    ],
)
def test_without_a_command_the_window_is_meant(words: list[str], answer: bool) -> None:
    assert is_for_window(words) is answer

"""The whole half of the admin in one story, on a real S3 server, as `pose-admin rehearse` tells it."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT

STORY = [
    "a new account is told what to ask for",
    "the image builder makes pose-1",
    "deploy",
    "register",
    "log in",
    "open and save",
    "cut off",
    "come back and go on",
    "publish while somebody works",
    "roll back",
]


def test_from_a_new_account_to_a_rolled_back_image() -> None:
    command = [sys.executable, "-P", "-m", "installer", "rehearse", "--short", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"]
    names = [step["name"] for step in report["steps"]]
    assert [name for name in names if name in STORY] == STORY
    assert "Traceback" not in done.stderr

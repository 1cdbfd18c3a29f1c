"""The whole half of the admin in one story, on a real S3 server, as `pose-admin rehearse` tells it."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from typing import Any

import pytest

from installer.rehearsal.mishaps import OF_FLEETS, OF_PEOPLE, OF_THE_ASSISTANT
from installer.rehearsal.traps import TRAPS
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


#: What the whole story has beside the short one: everything that is known to go wrong, by its name.
WENT_WRONG = [
    *(f"the Image Assistant: {mishap}" for mishap in OF_THE_ASSISTANT),
    *(f"a fleet that does not start: {mishap}" for mishap in OF_FLEETS),
    "a fleet that does not start: quota of 0, without a word",
    *(f"registering: {mishap}" for mishap in OF_PEOPLE),
    "registering: the pool is full",
    *(f"trap: {name}" for name in TRAPS),
]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_everything_that_is_known_to_go_wrong_has_its_step() -> None:
    report = told(1500)
    names = [step["name"] for step in report["steps"]]
    assert [name for name in names if name in STORY] == STORY
    assert [name for name in names if name in WENT_WRONG] == WENT_WRONG


def test_from_a_new_account_to_a_rolled_back_image_and_on_by_hand() -> None:
    command = [sys.executable, "-P", "-m", "installer", "rehearse", "--json", "--short", "--stay"]
    rehearsal = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with rehearsal:
        try:
            assert rehearsal.stdout and rehearsal.stderr
            names = [step["name"] for step in json.loads(rehearsal.stdout.readline())["steps"]]
            line = next(line for line in rehearsal.stderr if "In another terminal: " in line)
            words = shlex.split(line.partition("In another terminal: pose-admin ")[2])
            by_hand = [sys.executable, "-P", "-m", "installer", *words, "--json"]
            done = subprocess.run(by_hand, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        finally:
            rehearsal.send_signal(signal.SIGINT)
    assert [name for name in names if name in STORY] == STORY
    assert [one["email"] for one in json.loads(done.stdout)["users"]] == ["ann@lab.example.org", "bob@lab.example.org"]
    assert rehearsal.returncode == 0


def told(within_s: float, *words: str) -> Any:
    """The report of a rehearsal that went well."""
    command = [sys.executable, "-P", "-m", "installer", "rehearse", "--json", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=within_s, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    assert report["ok"]
    return report

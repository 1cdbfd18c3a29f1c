"""A command that the window started goes on when the window is gone."""

from __future__ import annotations

import gc
import shutil
import time
import warnings
from pathlib import Path

import psutil

from launcher import errors
from launcher.config.find import Found
from launcher.ui.commands import OurCommands, Outcome, Told


def test_one_whose_files_were_cleaned_up_is_followed_to_its_end(tmp_path: Path) -> None:
    """Else its row would run for ever, and the saver, which waits for the end of the session to save, with it."""
    running = OurCommands(None, Found(tmp_path, "--state-dir")).start(["no-such-command"])
    shutil.rmtree(tmp_path / "window")
    assert running.told() == Told()
    until = time.monotonic() + 30
    while (outcome := running.outcome()) is None and time.monotonic() < until:
        time.sleep(0.02)
    assert outcome == Outcome(errors.BadUsage.exit_code)


def test_one_that_nobody_follows_any_more_goes_on_without_a_word(tmp_path: Path) -> None:
    commands = OurCommands(None, Found(tmp_path, "--state-dir"))
    before = {child.pid for child in psutil.Process().children()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        running = commands.start(["gpu", "--watch"])
        assert running.outcome() is None
        (child,) = [one for one in psutil.Process().children() if one.pid not in before]
        del running
        gc.collect()
    assert child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    child.kill()
    child.wait(30)

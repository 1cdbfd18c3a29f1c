"""A command that the window started goes on when the window is gone."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import psutil

from launcher.config.find import Found
from launcher.ui.commands import OurCommands


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

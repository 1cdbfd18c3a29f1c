"""A start without a screen is told in words, before Qt would end the process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from launcher.session.screen import has_display, why_no_window
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("environ", "system", "answer"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":1"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "win32", True),
    ],
)
def test_where_a_window_can_be_shown(environ: dict[str, str], system: str, answer: bool) -> None:
    assert has_display(environ, system) is answer


@pytest.mark.parametrize("display", [":54321", ":54321.0", "unix:54321", "localhost:54321.0", "127.0.0.1:54321"])
def test_a_display_that_nobody_serves_is_named(display: str) -> None:
    assert display in why_no_window({"DISPLAY": display}, "linux")


@pytest.mark.parametrize(
    "environ",
    [
        {"DISPLAY": ":54321", "QT_QPA_PLATFORM": "offscreen"},
        {"DISPLAY": ":54321", "WAYLAND_DISPLAY": "wayland-0"},
        {"DISPLAY": "/private/tmp/launch/org.xquartz:0"},
    ],
)
def test_what_only_trying_can_tell_is_tried(environ: dict[str, str]) -> None:
    assert why_no_window(environ, "linux") == ""


@pytest.mark.parametrize("display", [None, ":54321"])
def test_the_window_without_a_screen_says_so_and_names_the_commands(display: str | None) -> None:
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    done = subprocess.run(
        [sys.executable, "-m", "launcher"],
        cwd=ROOT,
        env=environ | ({"DISPLAY": display} if display else {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "display" in done.stderr and "--help" in done.stderr
    assert "Qt" not in done.stderr

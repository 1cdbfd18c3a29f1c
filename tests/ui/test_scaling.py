"""The window at 100, 200 and 300 %: in a process of its own, since Qt takes the scale when it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

#: Opens the window with something running and something unsaved, and says what is cut off or drawn too coarsely.
_LOOK = """
import asyncio, json, sys
import qasync
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from launcher.ui.theme import Appearance, Theme
from tests.ui.driving import choose_first, until, window_on
from tests.ui.stand_ins import DATA, CalmDesk, job, saved

def cut_off(window):
    for one in window.findChildren(QAbstractButton):
        if one.isVisible() and one.text() and one.width() < one.minimumSizeHint().width():
            yield f"{type(one).__name__} {one.text()!r}"
    for one in window.findChildren(QLabel):
        if one.isVisible() and one.text() and not one.wordWrap() and one.width() < one.sizeHint().width():
            yield f"label {one.text()!r}"

async def look(app, size):
    desk = CalmDesk(states=[saved(f"{DATA}openfield/", 3, 1_200_000)], trained=[job()],
                    ends=[{"name": "maximum", "ends": "", "seconds_left": 1500}])
    async with window_on(desk, Theme(app, Appearance.LIGHT), size=size) as window:
        await choose_first(window)
        await until(lambda: window.running.runs and window.keeping.states)
        window.show_details(shown=True)
        await asyncio.sleep(0.3)
        shot = window.grab()
        icon = window.top.findChildren(QAbstractButton)[0].icon().pixmap(20, 20)
        print(json.dumps({
            "cut": sorted(set(cut_off(window))), "size": [window.width(), window.height()],
            "ratio": shot.devicePixelRatio(), "pixels": [shot.width(), shot.height()],
            "icon": window.devicePixelRatioF() * 20,
        }), flush=True)

app = QApplication([])
app.setQuitOnLastWindowClosed(False)
font = QFont()
font.setPixelSize(13)
app.setFont(font)
qasync.run(look(app, (int(sys.argv[1]), int(sys.argv[2]))))
"""


@pytest.mark.parametrize(("scale", "width", "height"), [(1.0, 1024, 768), (2.0, 1920, 1080), (3.0, 1280, 720)])
def test_nothing_is_cut_off_at_any_scale(scale: float, width: int, height: int) -> None:
    """300 % is a screen of 3840 by 2160 pixels that has room for 1280 by 720."""
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(width), str(height)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["cut"] == []
    assert seen["size"] == [width, height], "it fits, and does not grow beyond the screen"
    assert seen["ratio"] == scale and seen["pixels"] == [round(width * scale), round(height * scale)]

"""The window without a screen: one loop for each test, a desk and commands with character."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
import pytest
import qasync
from PySide6.QtWidgets import QApplication

from launcher.desk import saver_process
from launcher.ui.theme import Appearance, Theme
from tests.conftest import Site

Story = Callable[[], Awaitable[None]]
#: Of a story that does not say how long it may take.
LONGEST_S = 60.0
#: A cancelled wait leaves its timer in Qt until it is due. Whoever runs Qt's loop then must find its loop.
_loops: list[qasync.QEventLoop] = []


@pytest.fixture
def drive(qapp: QApplication) -> Iterator[Callable[..., None]]:
    """Runs a story on Qt's loop, as the program does: `drive(story)`, or `drive(story, 600)` for a long one."""

    def run(story: Story, longest_s: float = LONGEST_S) -> None:
        loop.run_until_complete(asyncio.wait_for(story(), longest_s))

    qapp.setQuitOnLastWindowClosed(False)
    with qasync.QEventLoop(qapp) as loop:
        asyncio.set_event_loop(loop)
        _loops.append(loop)
        yield run
        asyncio.set_event_loop(None)


@pytest.fixture(scope="module", autouse=True)
def widgets_end_where_they_were_made() -> Iterator[None]:
    """As in the program: no other thread takes back what belongs to Qt, and nothing of it is left to a later test."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def no_silent_failure(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What the window logs as an error is a defect that a person would only see as a strange notice."""
    yield
    bad = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not bad, [record.getMessage() for record in bad]


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """Light, whatever the system says."""
    made = Theme(qapp, Appearance.LIGHT)
    yield made
    qapp.styleHints().colorSchemeChanged.disconnect(made.apply)
    made.deleteLater()


@pytest.fixture
def ended_saver(site: Site) -> Iterator[None]:
    """The saver outlives the window, as it should; not the test. When it ends, the window keeps no trace of it."""
    yield
    if saver := saver_process.find(site.state):
        saver_process.end(saver, 10)
        until = time.monotonic() + 10
        while psutil.pid_exists(saver.pid) and time.monotonic() < until:
            time.sleep(0.02)
        assert not psutil.pid_exists(saver.pid)

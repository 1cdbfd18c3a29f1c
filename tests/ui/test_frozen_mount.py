"""The real window at work while a real mount is frozen or killed: it goes on, says so, and keeps its place."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from launcher.ui.dialogs.pick import Pick
from launcher.ui.main_window import MainWindow
from launcher.ui.models.places import PlaceRole
from launcher.ui.theme import Theme
from tests.conftest import ROOT, Site
from tests.scenario.test_mounts import HAS_FUSE, mounts_below
from tests.ui.driving import said, until
from tests.ui.test_with_a_real_server import real_window

pytestmark = pytest.mark.usefixtures("ended_saver")
Drive = Callable[[Callable[[], Any]], None]
SAMPLE = ROOT / "resources" / "sample" / "open-arena-Sample-2026-01-15"
#: More rows than the window has room for.
NOTES = 60
#: Five and ten seconds are promised; a busy computer gets more.
HEALED_S = 40.0


@pytest.fixture
def mount(site: Site) -> Iterator[int]:
    """The data bucket, mounted by a process of its own; its number, or 0 where this computer has no FUSE."""
    site.upload(SAMPLE, f"{SAMPLE.name}/")
    for number in range(NOTES):
        site.put(f"notes-{number:02}.txt", b"x")
    site.write(extra=f'mount = "{site.folder}/mnt"')
    started = site.run("mounts", "start", "--json")
    assert (started.code == 0) is HAS_FUSE, started.out
    (row,) = started.json["mounts"]
    yield int(row["pid"] or 0)
    if row["pid"]:
        with suppress(ProcessLookupError):
            os.kill(row["pid"], signal.SIGCONT)
    site.run("mounts", "stop")
    for left in mounts_below(site.folder):
        subprocess.run(["fusermount3", "-u", "-z", left], check=False)


class Ticks:
    """A timer of the window's thread: while it comes, that thread waits for nobody."""

    def __init__(self, window: MainWindow) -> None:
        self.count = 0
        self._timer = QTimer(window)
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)

    def _tick(self) -> None:
        self.count += 1

    async def go_on(self, what: str, times: int = 20) -> None:
        """It comes so often again."""
        wanted = self.count + times
        await until(lambda: self.count >= wanted, f"the window stands still: {what}")


def turn_wheel(window: MainWindow, down: int) -> None:
    """As a person does over the list of files."""
    view = window.browser.files.viewport()
    at = QPointF(view.rect().center())
    turned = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, -120 * down),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, turned)


def place_caption(window: MainWindow) -> str:
    """What the left side says of the bucket; it stands there once, mounted or not."""
    model = window.browsing.places
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    captions = [str(row.data(PlaceRole.CAPTION)) for row in rows if str(row.data()).startswith("Recordings")]
    assert len(captions) <= 1, captions
    return "".join(captions)


async def work(window: MainWindow, ticks: Ticks) -> None:
    """Scroll a list, open a folder, look at a frame of a video, look at everything anew: each answers."""
    files, view = window.browsing.level.files, window.browser.files
    window.acts["look-again"].trigger()
    window.acts["show-files"].trigger()
    await until(lambda: files.rowCount() == NOTES + 1, "the list answers")
    view.verticalScrollBar().setValue(0)
    for _ in range(8):
        turn_wheel(window, 3)
        await ticks.go_on("while it scrolls", 3)
    assert view.verticalScrollBar().value() > 0
    view.activated.emit(files.index(0, 0))
    await until(lambda: files.rowCount() > NOTES + 1, "a folder opens")
    window.acts["show-videos"].trigger()
    await until(lambda: window.browsing.level.videos.rowCount() == 1, "the video is listed")
    window.browser.videos.setCurrentIndex(window.browsing.level.videos_shown.index(0, 0))
    await until(lambda: "frames" in said(window.inspector), "a frame of the video is there")
    window.acts["show-projects"].trigger()
    await until(lambda: window.shown.rowCount() == 1, "the project's card is there")
    await ticks.go_on("after all that")


async def pick_inside(window: MainWindow, ticks: Ticks, mounted: str) -> None:
    """Somebody looks for a file of theirs in the frozen mount itself, and gives up."""
    window.acts["upload"].trigger()
    await until(lambda: window.findChildren(Pick), "the list to pick from")
    (asked,) = window.findChildren(Pick)
    await until(lambda: asked.places.count(), "where to begin")
    asked.go(mounted)
    await ticks.go_on("while a frozen folder is looked into")
    asked.reject()
    await ticks.go_on("after giving up")


def test_a_frozen_mount_stalls_nothing(drive: Drive, theme: Theme, site: Site, mount: int) -> None:
    """Nobody heals it here: what waited for it would wait for ever."""
    if not HAS_FUSE:
        return  # `mounts start` said so in words

    async def story() -> None:
        async with real_window(site, theme) as window:
            ticks = Ticks(window)
            await until(lambda: place_caption(window) == "shared, read-only · mounted", "the mount is seen")
            os.kill(mount, signal.SIGSTOP)
            await work(window, ticks)
            await until(lambda: place_caption(window) == "shared, read-only · no mount", "its place says it")
            await pick_inside(window, ticks, f"{site.folder}/mnt")
            assert psutil.Process(mount).status() == psutil.STATUS_STOPPED, "all this was while it stood still"

    drive(story)


@pytest.mark.parametrize("fault", [signal.SIGSTOP, signal.SIGKILL])
def test_a_fault_is_told_and_healed_and_the_person_stays_where_they_were(
    drive: Drive, theme: Theme, site: Site, mount: int, fault: signal.Signals
) -> None:
    if not HAS_FUSE:
        return
    assert site.run("watch", "--background").code == 0

    async def story() -> None:
        async with real_window(site, theme) as window:
            ticks = Ticks(window)
            await until(lambda: place_caption(window) == "shared, read-only · mounted", "the mount is seen")
            await until(lambda: window.session_news.mounts.seen, "the saver has seen it")
            heard: list[str] = []
            window.session_news.told.connect(heard.append)
            window.acts["show-files"].trigger()
            here = window.browsing.history.now
            os.kill(mount, fault)
            await work(window, ticks)
            await until(lambda: "✓ The mount of Recordings is back." in heard, "it is healed", HEALED_S)
            await until(lambda: place_caption(window) == "shared, read-only · mounted", "its place says it")
            assert window.browsing.history.now == here
            await ticks.go_on("at the end")

    drive(story)
    assert (site.folder / "mnt" / "notes-00.txt").read_bytes() == b"x"

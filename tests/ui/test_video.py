"""A video in the details: a frame, the slider, size and length in words, and what cannot be shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage

from launcher.projects.preview_images import too_large
from launcher.ui import words
from launcher.ui.main_window import MainWindow
from launcher.ui.theme import Theme
from tests.ui.driving import choose_first, press, said, until, window_on
from tests.ui.stand_ins import DATA, CalmDesk, page

Drive = Callable[[Callable[[], Any]], None]
FACTS = {"width": 640, "height": 480, "frames": 2330, "seconds": 77.7}


def png() -> bytes:
    """A small gray picture."""
    image, buffer = QImage(64, 48, QImage.Format.Format_RGB32), QBuffer()
    image.fill(Qt.GlobalColor.gray)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


@dataclass
class FilmedDesk(CalmDesk):
    """Its videos have frames; they come when they are let go."""

    asked: list[int] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def video_frame(self, uri: str, number: int, width: int, height: int) -> tuple[bytes, dict[str, float]]:
        self.asked.append(number)
        self.go.wait(30)
        return png(), dict(FACTS)


class AbsurdDesk(CalmDesk):
    """Its video claims more pixels than any camera has."""

    def video_frame(self, uri: str, number: int, width: int, height: int) -> tuple[bytes, dict[str, float]]:
        raise too_large(uri, 1_000_000, 1_000_000)


async def choose_video(window: MainWindow) -> None:
    """The first video of the place."""
    await choose_first(window)
    window.acts["show-videos"].trigger()
    await until(lambda: window.browsing.level.videos.rowCount() == 1, "a video")
    window.browser.videos.setCurrentIndex(window.browsing.level.videos_shown.index(0, 0))


def test_a_frame_with_size_and_length_in_words(drive: Drive, theme: Theme) -> None:
    desk = FilmedDesk(levels={DATA: [page("m4.mp4")]})
    desk.go.set()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_video(window)
            await until(lambda: words.unbroken("640 by 480 pixels · 2,330 frames · 1 min") in said(window.inspector))
            assert "m4.mp4" in said(window.inspector) and "Frame 0 of 2,330" in said(window.inspector)
            slider = window.inspector.video.slider
            slider.setFocus()
            press(slider, Qt.Key.Key_PageUp)
            press(slider, Qt.Key.Key_Right)
            await until(lambda: "Frame 117 of 2,330 · 4 s" in said(window.inspector))
            assert slider.accessibleName() == "Frame 117 of 2,330 · 4 s of the video"
            window.acts["show-projects"].trigger()
            assert "Open in DeepLabCut" in said(window.inspector) and "Frame" not in said(window.inspector)

    drive(story)


def test_frames_that_the_slider_left_behind_are_not_asked_for(drive: Drive, theme: Theme) -> None:
    desk = FilmedDesk(levels={DATA: [page("m4.mp4")]})
    desk.go.set()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_video(window)
            await until(lambda: window.inspector.video.slider.maximum() == 2329)
            desk.go.clear()
            for number in range(10, 400, 10):
                window.inspector.video.slider.setValue(number)
            await until(lambda: len(desk.asked) == 2)
            desk.go.set()
            await until(lambda: "Frame 390 of 2,330" in said(window.inspector))
        assert len(desk.asked) <= 3, "the first wish, and the last one"

    drive(story)


@pytest.mark.parametrize(
    ("desk", "sentence"),
    [(CalmDesk(levels={DATA: [page("m4.mp4")]}), "This video cannot be read"),
     (AbsurdDesk(levels={DATA: [page("m4.mp4")]}), "1000000 x 1000000 pixels is too large")],
)  # fmt: skip
def test_what_cannot_be_shown_is_said_calmly(drive: Drive, theme: Theme, desk: CalmDesk, sentence: str) -> None:
    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_video(window)
            await until(lambda: sentence in said(window.inspector))
            assert window.acts["download"].isEnabled(), "the rest works"

    drive(story)


def test_the_search_narrows_the_videos_too(drive: Drive, theme: Theme) -> None:
    levels = {DATA: [page("day1/cam-left.mp4", "day1/cam-right.mp4", "day2/cam-left.avi")]}

    async def story() -> None:
        async with window_on(CalmDesk(levels=levels), theme) as window:
            await choose_first(window)
            window.acts["show-videos"].trigger()
            shown = window.browsing.level.videos_shown
            await until(lambda: shown.rowCount() == 3)
            window.top.search.setText("DAY1 left")
            assert [shown.index(row, 0).data() for row in range(shown.rowCount())] == ["cam-left.mp4"]
            window.top.search.setText("zebrafish")
            assert "Nothing here passes the filter" in said(window.browser)
            window.acts["show-all"].trigger()
            assert shown.rowCount() == 3

    drive(story)


@pytest.mark.parametrize(
    ("size", "facts", "sentence"),
    [
        (29_300_000, FACTS, "29.3 MB · 640 by 480 pixels · 2,330 frames · 1 min"),
        (None, {}, ""),
        (1000, {"frames": 1}, "1.0 kB · 1 frame"),
    ],
)
def test_facts_of_a_video(size: int | None, facts: dict[str, float], sentence: str) -> None:
    assert words.video_facts(size, facts) == sentence

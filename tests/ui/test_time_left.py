"""How long the session lasts: calm while there is time, told at fifteen and at five minutes, and why it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel

from launcher.ui.theme import Theme
from launcher.ui.time_left import ends_of, news, next_look_s
from tests.ui.driving import said, until, window_on
from tests.ui.stand_ins import CalmDesk, Json, running_tool
from tests.ui.test_screen_reader import spoken

Drive = Callable[[Callable[[], Any]], None]
LONGEST = "The session ends in 14 minutes: the longest time that a session may last is over then."


def session(seconds: int, warning: str = "", idle: int | None = None) -> Json:
    """A `session` with one limit."""
    return {
        "limits": [{"name": "maximum", "ends": "", "seconds_left": seconds}],
        "warning": {"level": "told", "words": warning},
        "idle": {"seconds_left": idle} if idle is not None else None,
    }


@dataclass
class EndingDesk(CalmDesk):
    """The session is nearly over."""

    row: Json | None = None

    def session(self) -> Json:
        return self.row or session(899, LONGEST, 2400)


def test_a_near_end_is_told_with_its_reason(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(EndingDesk(), theme) as window:
            await until(lambda: "! 14 min left" in said(window.bottom))
            await until(lambda: f"! {LONGEST}" in said(window.notice))
            names = [one.name for one in spoken(window.bottom) if one.role == QAccessible.Role.StaticText]
            assert any("14 min left" in name for name in names)

    drive(story)


def test_while_there_is_time_nothing_is_told(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(EndingDesk(row=session(1700, "later")), theme) as window:
            await until(lambda: "! 28 min left" in said(window.bottom))
            assert not window.notice.isVisible()

    drive(story)


def test_an_unattended_run_is_warned_of_the_idle_limit(drive: Drive, theme: Theme) -> None:
    desk = EndingDesk(row=session(7200, "", 2400), tools=[running_tool()])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.running.runs and "2 h left" in said(window.bottom))
            window.time_left.changed.emit()
            (shown,) = (one for one in window.bottom.findChildren(QLabel) if one.text() == "2 h left")
            assert "disconnected in 40 min: what runs does not count" in shown.accessibleDescription()

    drive(story)


@pytest.mark.parametrize(
    ("before", "left", "is_news"),
    [
        (None, 3600, False),
        (None, 800, True),
        (1000, 901, False),
        (901, 899, True),
        (899, 400, False),
        (301, 299, True),
        (200, 100, False),
        (800, 950, False),
        (950, 890, True),
        (500, None, False),
    ],
)
def test_it_is_said_once_at_each_mark(before: float | None, left: float | None, is_news: bool) -> None:
    assert news(before, left) == is_news


@pytest.mark.parametrize(("left", "pause"), [(3630.0, 30.5), (3600.0, 0.5), (320.0, 20.5), (120.0, 10.0), (None, 60.0)])
def test_at_most_one_repaint_a_minute_until_the_last_five(left: float | None, pause: float) -> None:
    assert next_look_s(left) == pause


@pytest.mark.parametrize(
    ("seconds", "line"),
    [(7200, "2 h left"), (301, "! 5 min left"), (299, "! 4 min 50 s left"), (245, "! 4 min left"), (42, "! 42 s left")],
)
def test_the_last_minutes_have_their_seconds(seconds: int, line: str) -> None:
    shown = ends_of(session(seconds), 100.0).line(100.0)
    assert shown is not None and shown.signed == line


def test_time_goes_on_between_two_looks() -> None:
    ends = ends_of(session(600), 100.0)
    assert ends.seconds_left(160.0) == 540.0
    assert ends.seconds_left(900.0) == 0.0
    assert ends_of({"limits": []}, 1.0).seconds_left(2.0) is None

"""What the window asks by itself: a folder that is gone, another session at work. Calm, in words, with its answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton

from launcher.ui.commands import Outcome
from launcher.ui.theme import Theme
from tests.ui.driving import button, lines, said, until, window_on
from tests.ui.stand_ins import DATA, HOME, CalmDesk, PlayedCommands, saved
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]
Json = dict[str, Any]
SAVED_PLACE = f"{HOME}projects/openfield-0badcafe/"


def stopped(kind: str, **more: Any) -> Json:
    """A project whose saver stopped."""
    problem = {"what": "Saving it has stopped", "next": "Nothing was deleted.", "detail": "", "kind": kind, **more}
    return saved(f"{DATA}openfield/") | {"all_saved": False, "home": SAVED_PLACE, "problem": problem}


def held() -> Json:
    """Ben works on it."""
    return stopped("held", holder={"who": "ben", "where": "lab-7", "since": "2026-01-05T09:00:00Z"})


@pytest.mark.parametrize(("kind", "told"), [("emptied", "is empty"), ("vanished", "is gone, or is another one")])
def test_a_folder_that_is_gone_is_asked_about(drive: Drive, theme: Theme, kind: str, told: str) -> None:
    commands = PlayedCommands([Outcome(0, {"files": 132})])

    async def story() -> None:
        async with window_on(CalmDesk(states=[stopped(kind)]), theme, commands) as window:
            await until(lambda: told in said(window.asking.pane))
            assert "nothing was deleted in the home bucket. What shall be done?" in said(window.asking.pane)
            assert "✕ Saving openfield-0badcafe has stopped" in said(window.bottom)
            assert faults(window.asking.pane) == []
            button(window.asking.pane, "Bring back what was saved").click()
            await until(lambda: "✓ 132 files are back" in said(window.strip))
            assert not window.asking.pane.isVisible()
        assert commands.asked == [("stage", SAVED_PLACE)]

    drive(story)


def test_what_was_put_back_is_looked_at_again_and_the_question_goes(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[stopped("emptied")])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.asking.pane.isVisible())
            desk.states = [saved(f"{DATA}openfield/")]
            button(window.asking.pane, "I put it back, look again").click()
            await until(lambda: "✓ All results saved" in said(window.bottom))
            desk.states = [stopped("emptied")]
            window.keeping.look_now()
            await until(lambda: window.asking.pane.isVisible(), "a second time is a new question")

    drive(story)


def test_what_is_no_longer_needed_is_put_away(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {"project": "openfield-0badcafe"})])

    async def story() -> None:
        async with window_on(CalmDesk(states=[stopped("vanished")]), theme, commands) as window:
            await until(lambda: window.asking.pane.isVisible())
            button(window.asking.pane, "It is no longer needed here").click()
            await until(lambda: "What was saved stays in the home bucket." in said(window.strip))
        assert commands.asked == [("put-away", "/scratch/openfield-0badcafe")]

    drive(story)


def test_another_session_is_named_and_takes_nothing_away(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[held()])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "ben is working on openfield-0badcafe at lab-7" in said(window.asking.pane))
            assert "saved by itself as soon as that session has ended or broken off" in said(window.asking.pane)
            assert "! Not saved yet: ben is working on openfield-0badcafe" in said(window.bottom)
            button(window.asking.pane, "Wait").click()
            await until(lambda: not window.asking.pane.isVisible())
            desk.states = [saved(f"{DATA}openfield/")]
            window.keeping.look_now()
            await until(lambda: "✓ openfield-0badcafe is yours again: saving goes on." in said(window.notice))

    drive(story)


def test_what_the_other_session_saved_can_be_looked_at(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(states=[held()]), theme) as window:
            await until(lambda: lines(window) and window.asking.pane.isVisible())
            button(window.asking.pane, "Look at what they saved").click()
            now = window.browsing.history.now
            assert now is not None and now.uri == SAVED_PLACE

    drive(story)


def test_the_keyboard_reaches_the_answers(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(states=[held()]), theme, size=(1024, 768)) as window:
            await until(lambda: window.asking.pane.isVisible())
            first, *_ = window.asking.pane.findChildren(QPushButton)
            first.setFocus()
            assert first.hasFocus() and first.accessibleDescription().startswith("ben is working on")
            assert window.width() == 1024, "a long sentence must not widen the window"

    drive(story)


def test_a_lease_since_a_moment_that_no_day_has_is_asked_about_too(drive: Drive, theme: Theme) -> None:
    """It lies in the bucket, where others may write, too."""
    holder = {"who": "ben", "where": "lab-7", "since": "0001-01-01T00:00:00+14:00"}

    async def story() -> None:
        async with window_on(CalmDesk(states=[stopped("held", holder=holder)]), theme) as window:
            await until(lambda: "ben is working on openfield-0badcafe at lab-7" in said(window.asking.pane))

    drive(story)

"""The first page, once; and *what is this?* on every field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWhatsThis

from launcher import errors
from launcher.ui.theme import Theme
from launcher.ui.what_is_this import fields
from tests.ui.driving import button, cards, press, said, until, window_on
from tests.ui.stand_ins import CalmDesk
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_a_new_person_sees_three_pictures_and_never_again(drive: Drive, theme: Theme, size: tuple[int, int]) -> None:
    desk = CalmDesk(is_new=True)

    async def story() -> None:
        async with window_on(desk, theme, size=size) as window:
            pane = window.first_run.pane
            await until(lambda: pane.isVisible() and cards(window))
            pictures = [one for one in pane.findChildren(QLabel) if not one.pixmap().isNull()]
            assert len(pictures) == 3 and faults(pane) == []
            assert "goes to your home bucket by itself" in said(pane)
            assert cards(window) and window.browser.cards.isVisible(), "it blocks nothing"
            assert window.width() == size[0]
            button(pane, "Got it").click()
            await until(lambda: not desk.is_new)
            assert not pane.isVisible()
        async with window_on(desk, theme) as window:
            await until(lambda: "first run" not in window.tasks.names())
            assert not window.first_run.pane.isVisible()

    drive(story)


def test_who_wants_it_again_gets_it(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await until(lambda: cards(window))
            press(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
            assert window.first_run.pane.isVisible()

    drive(story)


@dataclass
class HomeAwayDesk(CalmDesk):
    """It is not known who has been here before."""

    def is_first_run(self) -> bool:
        raise errors.Unreachable("127.0.0.1")


def test_while_nothing_is_known_nobody_is_taken_for_a_newcomer(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(HomeAwayDesk(), theme) as window:
            await until(lambda: cards(window) and "first run" not in window.tasks.names())
            assert not window.first_run.pane.isVisible() and not window.notice.isVisible()

    drive(story)


def test_every_field_says_what_it_is(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            all_fields = fields(window)
            assert len(all_fields) >= 20
            for widget, text in all_fields:
                assert widget.whatsThis() == text and "<" not in text and len(text) < 120
                assert widget.accessibleDescription(), text
            window.acts["what-is-this"].trigger()
            assert QWhatsThis.inWhatsThisMode()
            QWhatsThis.leaveWhatsThisMode()
            QApplication.restoreOverrideCursor()

    drive(story)

"""Train, compare and copy from a card, by our own commands on a real server: what they lack is said in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt

from launcher.ui.dialogs.compare import CompareModels
from launcher.ui.dialogs.train import TrainSettings
from launcher.ui.main_window import MainWindow
from launcher.ui.theme import Theme
from tests.conftest import Site
from tests.ui.driving import button, choose_first, press, said, until
from tests.ui.test_files_and_tools import shows
from tests.ui.test_with_a_real_server import SAMPLE, real_window

pytestmark = pytest.mark.usefixtures("ended_saver")

Drive = Callable[[Callable[[], Any]], None]


def test_a_computer_without_the_tools_says_what_is_missing(drive: Drive, theme: Theme, site: Site) -> None:
    site.upload(SAMPLE, f"{SAMPLE.name}/")

    async def story() -> None:
        async with real_window(site, theme) as window:
            await choose_first(window)
            button(window.inspector, "Train …").click()
            press(await shows(window, TrainSettings), Qt.Key.Key_Return)
            await until(lambda: has_ended(window, "DeepLabCut is not installed on this computer"), "", 60)
            assert "Nothing was started." in said(window.strip), "it was brought, and is as it was"
            button(window.strip, "Dismiss").click()
            await until(lambda: "Make a copy for SLEAP" in said(window.inspector))
            button(window.inspector, "Make a copy for SLEAP").click()
            await until(lambda: has_ended(window, "not installed here: sleap"), "", 60)
            window.acts["compare"].trigger()
            asked = await shows(window, CompareModels)
            await until(lambda: "No model of this project was found. Train one first" in said(asked))
            assert not button(asked, "Compare").isEnabled()
            await until(lambda: not [name for name in window.tasks.names() if name.startswith(("poster", "details"))])

    drive(story)


def has_ended(window: MainWindow, words: str) -> bool:
    """What a command says on its way can be read before it is over."""
    return words in said(window.strip) and "Dismiss" in said(window.strip)

"""Comparing models from a card, looking at what was found, and copies for another tool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt

from launcher.ui.commands import Outcome
from launcher.ui.comparison_seen import comparison_of, error
from launcher.ui.dialogs.compare import CompareModels
from launcher.ui.dialogs.comparison import ComparisonView
from launcher.ui.dialogs.pick import Pick
from launcher.ui.panes.intervals import IntervalChart
from launcher.ui.theme import Theme
from tests.ui.driving import button, cards, choose_first, press, said, until, window_on
from tests.ui.stand_ins import DATA, HOME, CalmDesk, PlayedCommands, comparable, compared, page
from tests.ui.test_files_and_tools import shown, shows
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]
PAGE = "/scratch/openfield-0badcafe/comparisons/one/comparison.html"


def test_what_is_ticked_is_compared_on_the_chosen_frames(drive: Drive, theme: Theme) -> None:
    desk, commands = CalmDesk(has_browser=True), PlayedCommands([Outcome(0, compared())])

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await choose_first(window)
            button(window.inspector, "Compare models …").click()
            asked = await shows(window, CompareModels)
            await until(lambda: asked.models.topLevelItemCount() == 2)
            rows = [[asked.models.topLevelItem(row).text(at) for at in range(3)] for row in range(2)]
            assert rows[0] == ["resnet-a", "there already", "known"]
            assert rows[1] == ["resnet-b", "are made first", "not known: shown, not ranked"]
            assert asked.frames.currentText() == "The 23 frames that were kept from resnet-a"
            assert faults(asked) == []
            asked.models.topLevelItem(1).setCheckState(0, Qt.CheckState.Unchecked)
            button(asked, "Compare").click()
            await until(lambda: desk.pages == [PAGE], "the page is opened in the browser")
            whole = ("compare-models", f"{DATA}openfield/", "--model", "dlc/resnet-a", "--split", "train-1")
            assert commands.asked == [whole]
            await until(lambda: "✓ 2 models compared" in said(window.strip))
            await until(lambda: "The page is open in the browser" in said(window.notice))

    drive(story)


def test_without_a_browser_the_window_shows_it(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_first(window)
            window.acts["compare"].trigger()
            asked = await shows(window, CompareModels)
            await until(lambda: asked.answers.topLevelItemCount() == 1)
            assert asked.answers.topLevelItem(0).text(0) == "2026-01-05 10:00 UTC: resnet-a, unet"
            asked.answers.setCurrentItem(asked.answers.topLevelItem(0))
            button(asked, "Open the chosen page").click()
            view = await shows(window, ComparisonView)
            text = said(view)
            assert "There is no web browser here." in text and PAGE in text
            assert "the difference is inside the noise of 23 frames" in text
            rows = [[view.scores.topLevelItem(row).text(at) for at in range(4)] for row in range(2)]
            assert rows[0] == ["resnet-a", "2.49 px (2.19 to 2.89)", "95.1 %", "yes"]
            assert rows[1][3] == "no: it learned from 3 of these 23 frames"
            assert faults(view) == []
            button(view, "Show its folder").click()
            await until(lambda: window.browser.tab == "files")
            now = window.browsing.history.now
            assert now is not None and now.uri == "/scratch/openfield-0badcafe/comparisons/one/"

    drive(story)


def test_nothing_ticked_compares_nothing_and_files_can_be_added(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, compared())])
    files_here = {"/home/ann/": [page("a.slp", base="/home/ann/")]}

    async def story() -> None:
        async with window_on(
            CalmDesk(models=comparable(models=[], comparisons=[]), levels=files_here), theme, commands
        ) as window:
            await choose_first(window)
            window.acts["compare"].trigger()
            asked = await shows(window, CompareModels)
            await until(lambda: "No model of this project was found. Train one first" in said(asked))
            assert not button(asked, "Compare").isEnabled()
            button(asked, "Add prediction files …").click()
            files = await shows(window, Pick)
            await until(lambda: files.files.rowCount() == 1, "the folder is listed")
            files.view.selectRow(0)
            button(files, "Choose 1 file").click()
            await until(lambda: asked.models.topLevelItemCount() == 1)
            assert button(asked, "Compare").isEnabled()
            button(asked, "Compare").click()
            await until(lambda: commands.asked)
            assert commands.asked[0][2:4] == ("--file", "/home/ann/a.slp")

    drive(story)


def test_a_project_that_is_not_here_is_brought_first(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(models=comparable(dir="", models=[], splits=[], comparisons=[], labels=[]))

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_first(window)
            window.acts["compare"].trigger()
            asked = await shows(window, CompareModels)
            await until(lambda: "is not on this computer yet" in said(asked))
            assert not button(asked, "Compare").isEnabled()

    drive(story)


def test_intervals_are_said_as_they_are_drawn(theme: Theme) -> None:
    scores = comparison_of(compared()).scores
    chart = IntervalChart(scores, theme)
    chart.resize(600, 80)
    assert chart.grab().toImage().pixelColor(0, 0).isValid()
    assert chart.accessibleDescription() == "resnet-a: 2.49 px (2.19 to 2.89)\nunet: 1.96 px (1.66 to 2.36)"
    chart.deleteLater()


def test_a_model_that_found_nothing_has_no_number() -> None:
    found = compared()
    found["comparison"]["models"][0]["rows"][0]["numbers"]["mean_px"] = {"value": None, "low": None, "high": None}
    assert [error(one) for one in comparison_of(found).scores] == ["nothing found", "1.96 px (1.66 to 2.36)"]


# Copies


@pytest.mark.parametrize("by_key", [False, True])
def test_a_copy_for_another_tool_is_made_and_shown(drive: Drive, theme: Theme, by_key: bool) -> None:
    made = {
        "dir": "/scratch/openfield-sleap-1", "marker": "openfield.pkg.slp", "tool": "sleap", "frames": 116,
        "uri": f"{HOME}projects/openfield-sleap-1/openfield.pkg.slp", "project": "openfield-sleap-1",
    }  # fmt: skip
    row = {
        "uri": made["uri"],
        "id": "openfield-sleap-1",
        "name": "openfield-sleap",
        "tool": "sleap",
        "dir": made["dir"],
    }

    class WithCopy(CalmDesk):
        """Knows the copy as a project of this computer."""

        def here(self) -> list[dict[str, Any]]:
            return [*super().here(), row]

    commands = PlayedCommands([Outcome(0, made)])

    async def story() -> None:
        async with window_on(WithCopy(), theme, commands) as window:
            await choose_first(window)
            await until(lambda: "SLEAP cannot open it: it is a DeepLabCut project." in said(window.inspector))
            if by_key:
                modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
                press(window, Qt.Key.Key_K, modifiers)
            else:
                button(window.inspector, "Make a copy for SLEAP").click()
            await until(lambda: commands.asked == [("convert", f"{DATA}openfield/", "--to", "sleap")])
            await until(lambda: "✓ A project for SLEAP with 116 labelled frames" in said(window.strip))
            await until(lambda: "openfield-sleap" in cards(window))
            await until(lambda: window.chosen is not None and window.chosen.name == "openfield-sleap")

    drive(story)


def test_what_no_copy_can_be_made_of_says_so(drive: Drive, theme: Theme) -> None:
    class NoWay(CalmDesk):
        """Every other tool is a stranger."""

        def tools_for(self, tool_id: str) -> list[dict[str, Any]]:
            return [row | {"copies": False} for row in super().tools_for(tool_id)]

    async def story() -> None:
        async with window_on(NoWay(), theme) as window:
            await choose_first(window)
            await until(lambda: "cannot open it" in said(window.inspector))
            assert "Make a copy" not in said(window.inspector)
            window.acts["copy-for"].trigger()
            await until(lambda: "There is no other tool that a copy" in said(window.notice))
            assert shown(window, CompareModels) is None

    drive(story)

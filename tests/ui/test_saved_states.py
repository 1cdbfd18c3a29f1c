"""Earlier saved states in the window: seen, looked into, brought back, and refused in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidget

from launcher import errors
from launcher.ui import earlier
from launcher.ui.commands import Outcome
from launcher.ui.dialogs.saved_states import SavedStatesView
from launcher.ui.main_window import MainWindow
from launcher.ui.theme import Theme
from tests.ui.driving import button, choose_first, press, said, until, window_on
from tests.ui.stand_ins import DATA, HOME, CalmDesk, PlayedCommands, earlier_state, in_state, running_tool, saved
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]
Json = dict[str, Any]
NOW = datetime(2026, 1, 31, 15, 0, tzinfo=UTC)
OLDER, NEWER = "2026-01-05T09:00:00.100Z", "2026-01-05T10:00:00.200Z"


def a_desk(**changes: Any) -> CalmDesk:
    """Two states: the labels were changed between them."""
    return CalmDesk(
        earlier=[earlier_state(NEWER, 2, 2400), earlier_state(OLDER, 2, 2100, session="another-session-of-mine")],
        inside={
            NEWER: [in_state("config.yaml"), in_state("labels.csv")],
            OLDER: [in_state("config.yaml"), in_state("labels.csv", 900, is_newest=False)],
        },
        **changes,
    )


def rows(tree: QTreeWidget) -> list[str]:
    found = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    return [" | ".join(item.text(column) for column in range(tree.columnCount())) for item in found if item]


async def opened(window: MainWindow) -> SavedStatesView:
    """By keyboard."""
    await choose_first(window)
    press(window, Qt.Key.Key_F9, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: window.findChildren(SavedStatesView), "the view is there")
    (view,) = window.findChildren(SavedStatesView)
    return view


def test_states_are_listed_in_words_and_looked_into(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(a_desk(), theme) as window:
            view = await opened(window)
            await until(lambda: len(rows(view.files)) == 2, "the files of the newest")
            first, second = rows(view.states)
            assert first.startswith("5 Jan") and first.endswith("| 2 files · 2.4 kB | this session")
            assert second.endswith("| 2 files · 2.1 kB | another-sess…")
            assert rows(view.files)[0] == "config.yaml | 1.2 kB | as it is now"
            assert not button(view, "Bring back this file").isEnabled()
            press(view.states, Qt.Key.Key_Down)
            await until(lambda: rows(view.files)[:1] == ["labels.csv | 900 bytes | changed since"])
            assert faults(view) == []

    drive(story)


def test_one_file_comes_back_and_the_way_back_is_named(drive: Drive, theme: Theme) -> None:
    done = {"at": OLDER, "before": "2026-01-31T14:05:12.300Z", "restored": ["labels.csv"], "unchanged": 0}
    commands = PlayedCommands([Outcome(0, done)])

    async def story() -> None:
        async with window_on(a_desk(), theme, commands) as window:
            view = await opened(window)
            assert "bringing that one back undoes it" in said(view)
            await until(lambda: rows(view.states))
            view.states.setCurrentIndex(view.states.model().index(1, 0))
            await until(lambda: rows(view.files)[:1] == ["labels.csv | 900 bytes | changed since"])
            view.files.setCurrentIndex(view.files.model().index(0, 0))
            button(view, "Bring back this file").click()
            await until(lambda: "✓ 1 file as they were" in said(window.strip))
            assert "To undo, bring back the state of" in said(window.strip)
        assert commands.asked == [("restore", f"{HOME}projects/openfield-0badcafe/labels.csv", "--at", OLDER)]

    drive(story)


def test_the_whole_project_comes_back(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {"at": OLDER, "before": NEWER, "restored": ["a", "b"]})])

    async def story() -> None:
        async with window_on(a_desk(), theme, commands) as window:
            view = await opened(window)
            await until(lambda: rows(view.states))
            button(view, "Bring back the whole project").click()
            await until(lambda: commands.asked)
            assert "Bringing back openfield of" in said(window.strip)
        assert commands.asked == [("restore", f"{HOME}projects/openfield-0badcafe/", "--at", NEWER)]

    drive(story)


def test_while_a_tool_has_it_open_nothing_can_be_brought_back(drive: Drive, theme: Theme) -> None:
    state = saved(f"{DATA}openfield/")
    desk = a_desk(states=[state], tools=[running_tool(tool="deeplabcut", dir=state["dir"])])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.running.runs and window.keeping.states)
            view = await opened(window)
            await until(lambda: "DeepLabCut has this project open" in said(view))
            assert not button(view, "Bring back the whole project").isEnabled()

    drive(story)


def test_what_the_command_refuses_is_said_in_its_words(drive: Drive, theme: Theme) -> None:
    refused = Outcome(4, {}, "A pose tool has this project open: openfield. Nothing was changed. Close it first.")

    async def story() -> None:
        async with window_on(a_desk(), theme, PlayedCommands([refused])) as window:
            view = await opened(window)
            await until(lambda: rows(view.states))
            button(view, "Bring back the whole project").click()
            await until(lambda: "Nothing was changed. Close it first." in said(window.strip))

    drive(story)


@dataclass
class ForgetfulServerDesk(CalmDesk):
    """It does not answer the first time it is asked for states."""

    asked: int = 0

    def saved_states(self, uri: str) -> Json:
        self.asked += 1
        if self.asked == 1:
            raise errors.Unreachable("127.0.0.1")
        return super().saved_states(uri)


def test_a_server_that_is_away_is_told_and_asked_again(drive: Drive, theme: Theme) -> None:
    calm = a_desk()
    desk = ForgetfulServerDesk(earlier=calm.earlier, inside=calm.inside)

    async def story() -> None:
        async with window_on(desk, theme) as window:
            view = await opened(window)
            await until(lambda: "The storage server does not answer" in said(view))
            button(view, "Try again").click()
            await until(lambda: len(rows(view.states)) == 2)

    drive(story)


def test_nothing_saved_yet_says_so(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            view = await opened(window)
            await until(lambda: "nothing to bring back" in said(view))
            assert not button(view, "Bring back the whole project").isEnabled()

    drive(story)


@pytest.mark.parametrize(
    ("moment", "said_as"),
    [
        (NOW - timedelta(minutes=55), "today at 14:05"),
        (NOW - timedelta(days=1, minutes=55), "yesterday at 14:05"),
        (NOW - timedelta(days=3, minutes=55), "28 Jan at 14:05"),
        (NOW - timedelta(days=40, minutes=55), "22 Dec 2025 at 14:05"),
    ],
)
def test_a_time_in_words(moment: datetime, said_as: str) -> None:
    assert earlier.when(moment, NOW) == said_as


def test_two_states_of_one_minute_are_told_apart() -> None:
    data = {"home": HOME, "session": "s1", "states": [earlier_state(f"2026-01-31T14:05:{s}Z") for s in ("40", "12")]}
    assert [row.when for row in earlier.saved_states_of(data, NOW).rows] == ["today at 14:05:40", "today at 14:05:12"]

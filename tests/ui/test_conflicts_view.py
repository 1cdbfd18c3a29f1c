"""Files in two versions: told without alarm, shown side by side, decided in a click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidget

from launcher import errors
from launcher.ui.commands import Outcome
from launcher.ui.dialogs.conflicts import ConflictsView
from launcher.ui.main_window import MainWindow
from launcher.ui.panes.address_field import AddressField
from launcher.ui.theme import Theme
from tests.ui.driving import button, choose_first, lines, press, said, until, window_on
from tests.ui.stand_ins import DATA, CalmDesk, PlayedCommands, in_two_versions, running_tool, saved
from tests.ui.test_saved_states import rows
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]
Json = dict[str, Any]


def kept_twice() -> Json:
    """A project of which one file was changed by Ben as well."""
    item = {"path": "config.yaml", "state": "saved as a conflict copy", "cause": "another session changed it too"}
    return saved(f"{DATA}openfield/") | {"items": [item]}


def a_desk(*files: Json, **changes: Any) -> CalmDesk:
    return CalmDesk(states=[kept_twice()], two_versions=list(files or (in_two_versions(),)), **changes)


async def opened(window: MainWindow) -> ConflictsView:
    await until(lambda: "1 file in two versions" in said(window.bottom))
    press(window, Qt.Key.Key_F9, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    await until(lambda: window.findChildren(ConflictsView))
    (view,) = window.findChildren(ConflictsView)
    await until(lambda: "Looking" not in said(view))
    return view


def choose(files: QTreeWidget, row: int) -> None:
    files.setCurrentIndex(files.model().index(row, 0))


def test_it_is_told_in_the_bar_on_the_card_and_in_the_details(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(a_desk(), theme) as window:
            await choose_first(window)
            await until(lambda: lines(window)[0] == "! saved · 1 file in two versions")
            assert "✓ All results saved" in said(window.bottom), "both are in the bucket: that is true as well"
            button(window.bottom, "! 1 file in two versions").click()
            await until(lambda: window.findChildren(ConflictsView))
            window.findChildren(ConflictsView)[0].reject()
            assert button(window.inspector, "Files in two versions …").isEnabled()

    drive(story)


def test_both_versions_stand_side_by_side(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(a_desk(), theme) as window:
            view = await opened(window)
            assert rows(view.files) == ["config.yaml | openfield-0badcafe"]
            text = said(view)
            assert "saved by ann\n5 Jan" in text and "saved by ben\n5 Jan" in text
            assert "1.8 kB" in text and "Nothing was replaced" in text
            ours, theirs = view.findChildren(AddressField)
            assert ours.text().endswith("config (conflict 2026-01-05 1000 ann-1a2b).yaml")
            assert theirs.text().endswith("/config.yaml")
            narrow = ours.shown(ours.fontMetrics().horizontalAdvance("1000 ann-1a2b).yaml … "))
            assert narrow.startswith("…") and narrow.endswith("ann-1a2b).yaml"), "its end tells the two apart"
            assert faults(view) == []

    drive(story)


@pytest.mark.parametrize(
    ("answer", "keep", "told"),
    [
        ("Keep mine", "mine", "Yours is the file now"),
        ("Keep the other", "theirs", "The other version is the file now"),
        ("Keep both", "both", "Both are files now"),
    ],
)
def test_one_click_decides(drive: Drive, theme: Theme, answer: str, keep: str, told: str) -> None:
    commands = PlayedCommands([Outcome(0, {"path": "config.yaml", "kept": keep})])

    async def story() -> None:
        async with window_on(a_desk(), theme, commands) as window:
            view = await opened(window)
            button(view, answer).click()
            await until(lambda: told in said(window.strip))
            assert "Both contents stay" in said(window.strip)
            assert not window.findChildren(ConflictsView), "nothing is left to decide"
        folder = "/scratch/openfield-0badcafe"
        assert commands.asked == [("conflicts", folder, f"{folder}/config.yaml", "--keep", keep)]

    drive(story)


@pytest.mark.parametrize(
    ("answer", "keep", "told"),
    [
        ("Keep the file", "mine", "The file stays as it is"),
        ("Keep the copy", "theirs", "The copy is the file now"),
        ("Keep both", "both", "Both are files now"),
    ],
)
def test_where_both_were_brought_neither_is_called_mine(
    drive: Drive, theme: Theme, answer: str, keep: str, told: str
) -> None:
    brought = in_two_versions()
    brought |= {"both_here": True, "mine": brought["theirs"], "theirs": brought["mine"]}
    commands = PlayedCommands([Outcome(0, {"path": "config.yaml", "kept": keep})])

    async def story() -> None:
        async with window_on(a_desk(brought, in_two_versions("notes.md")), theme, commands) as window:
            view = await opened(window)
            text = said(view)
            assert "The file\nsaved by ben" in text and "The copy beside it\nsaved by ann" in text
            assert "On this computer" not in text
            assert faults(view) == []
            choose(view.files, 1)
            assert "On this computer\nsaved by ann" in said(view)
            button(view, "Keep mine")
            choose(view.files, 0)
            button(view, answer).click()
            await until(lambda: told in said(window.strip))
        folder = "/scratch/openfield-0badcafe"
        assert commands.asked == [("conflicts", folder, f"{folder}/config.yaml", "--keep", keep)]

    drive(story)


def test_while_a_tool_has_the_project_open_only_mine_can_be_kept(drive: Drive, theme: Theme) -> None:
    desk = a_desk(tools=[running_tool(tool="deeplabcut", dir=kept_twice()["dir"])])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.running.runs)
            view = await opened(window)
            assert "DeepLabCut has this project open" in said(view)
            assert button(view, "Keep mine").isEnabled()
            assert not button(view, "Keep the other").isEnabled() and not button(view, "Keep both").isEnabled()

    drive(story)


@dataclass
class DeniedConflictsDesk(CalmDesk):
    """The person may not read the list any more."""

    def conflicts(self) -> list[Json]:
        raise errors.Refused("s3://lab-home/me/.pose-launcher/conflicts/openfield-0badcafe.json")


def test_a_list_that_cannot_be_read_is_told_with_a_way_on(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(DeniedConflictsDesk(states=[kept_twice()]), theme) as window:
            view = await opened(window)
            assert "You do not have access. Your local files are safe." in said(view)
            assert button(view, "Try again").isEnabled()
            assert not button(view, "Keep mine").isEnabled()

    drive(story)


def test_nothing_to_decide_says_so(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            window.acts["conflicts"].trigger()
            (view,) = window.findChildren(ConflictsView)
            await until(lambda: "No file has two versions" in said(view))

    drive(story)


def test_names_and_people_from_the_bucket_are_plain_text(drive: Drive, theme: Theme) -> None:
    hostile = in_two_versions("<b>a\u202eb</b>.csv")
    hostile["theirs"]["who"] = "<img src=x>\n"

    async def story() -> None:
        async with window_on(a_desk(hostile), theme) as window:
            view = await opened(window)
            assert rows(view.files)[0].startswith("<b>a\\u202eb</b>.csv")
            assert "saved by <img src=x>\\u000a" in said(view)

    drive(story)


NO_DAY = "0001-01-01T00:00:00+14:00"


def test_a_moment_that_no_day_has_hides_no_version(drive: Drive, theme: Theme) -> None:
    """The list of copies lies in the bucket, where others may write, too."""
    odd = in_two_versions()
    odd["theirs"] |= {"at": NO_DAY}

    async def story() -> None:
        async with window_on(a_desk(odd), theme) as window:
            view = await opened(window)
            assert rows(view.files) == ["config.yaml | openfield-0badcafe"]
            assert "saved by ben\n" in said(view) and button(view, "Keep both").isEnabled()

    drive(story)


def test_what_cannot_be_understood_is_told_where_it_was_asked_for(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(a_desk({"path": "config.yaml"}), theme) as window:
            view = await opened(window)
            assert "! The launcher made a mistake" in said(view) and button(view, "Try again").isEnabled()

    drive(story)

"""The end panel: green when everything is confirmed, one click to save, stop and leave, nothing ended unasked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit

from launcher import errors
from launcher.ui import ending
from launcher.ui.activities import Activity
from launcher.ui.commands import Outcome, Told
from launcher.ui.dialogs.ending import Ending, StopAllQuestion
from launcher.ui.dialogs.jobs import JobsView
from launcher.ui.dialogs.run_log import RunLog
from launcher.ui.ending import Situation
from launcher.ui.main_window import MainWindow
from launcher.ui.rows import Run, SavedState
from launcher.ui.theme import Theme
from tests.ui.driving import button, press, said, until, window_on
from tests.ui.stand_ins import DATA, CalmDesk, Json, PlayedCommands, job, running_tool, saved, stray_project
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]
DONE = SavedState("s3://b/p/", "/scratch/p", True, 0, 0, "2026-01-05T10:00:00Z")
LEFT = SavedState("s3://b/p/", "/scratch/p", False, 2, 3_000_000, None)
OPEN = Run("r1", "sleap", "fly-pair", "running", "/scratch/f")


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (Situation([DONE]), "✓ Everything is in the home bucket, confirmed by the server. You can leave."),
        (Situation([]), "✓ Nothing was brought to this computer. You can leave."),
        (Situation(None), "Looking what is saved …"),
        (Situation([DONE], failure="The journal is damaged"), "✕ Not known what is saved: The journal is damaged"),
        (Situation([DONE], [OPEN]), "! What is on disk is saved, but a tool is open: it may hold more."),
        (Situation([DONE], strays=["maze"]), "! What was brought here is saved, but not every project is kept."),
        (
            Situation([DONE], doubt="Not known whether a tool is open: no answer."),
            "! What was brought here is saved. Not known whether a tool is open: no answer.",
        ),
        (Situation([DONE], is_looking=True), "Looking what is open, and what tools left elsewhere …"),
        (Situation([DONE], [OPEN], doubt="x"), "! What is on disk is saved, but a tool is open: it may hold more."),
        (Situation([DONE, LEFT]), "! 2 files are not confirmed yet · 3.0 MB"),
        (Situation([LEFT], rate=500_000.0), "! 2 files are not confirmed yet · 3.0 MB · 6 s left"),
    ],
)
def test_green_is_said_only_when_everything_is_confirmed(now: Situation, line: str) -> None:
    assert ending.headline(now).signed == line
    assert now.is_green == line.startswith("✓")


@pytest.mark.parametrize(("left", "deadline"), [(None, 900), (7200.0, 900), (300.0, 285), (10.0, 5)])
def test_saving_ends_before_the_session_does(left: float | None, deadline: int) -> None:
    assert ending.deadline_s(left) == deadline


@dataclass
class BusyDesk(CalmDesk):
    """What is missing is confirmed when the end of the session has saved it."""

    states: list[Json] = field(default_factory=lambda: [saved(f"{DATA}openfield/", 2, 3_000_000)])

    def all_goes(self) -> None:
        self.states = [saved(f"{DATA}openfield/")]


async def opened(window: MainWindow) -> Ending:
    await until(lambda: window.keeping.states is not None)
    press(window, Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: window.findChildren(Ending))
    (panel,) = window.findChildren(Ending)
    return panel


def test_one_click_saves_and_leaves(drive: Drive, theme: Theme) -> None:
    desk = BusyDesk()
    complete = {"complete": True, "projects": [{"saved": [{}, {}], "failed": []}]}
    commands = PlayedCommands([Outcome(0, complete)], [Told(1_000_000)])
    commands.hold.clear()

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            panel = await opened(window)
            await until(lambda: "! 2 files are not confirmed yet · 3.0 MB" in said(panel))
            assert panel.tree.isVisible() and faults(panel) == []
            button(panel, "Save, stop and leave").click()
            await until(lambda: commands.asked, "the end of the session is asked to save")
            started = desk.savers
            desk.all_goes()
            commands.hold.set()
            await until(window.closed.is_set, "it closes when everything is confirmed")
            assert desk.savers == started, "no second writer meanwhile"
        assert commands.asked == [("finish", "--deadline", "900")]

    drive(story)


def test_all_green_needs_nothing_but_to_leave(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()

    async def story() -> None:
        async with window_on(CalmDesk(states=[saved(f"{DATA}openfield/")]), theme, commands) as window:
            panel = await opened(window)
            await until(lambda: "✓ Everything is in the home bucket" in said(panel))
            assert not panel.tree.isVisible()
            button(panel, "Leave").click()
            await until(window.closed.is_set)
        assert commands.asked == []

    drive(story)


def test_a_project_on_the_desktop_keeps_the_panel_from_being_green_and_one_click_keeps_it(
    drive: Drive, theme: Theme
) -> None:
    desk = BusyDesk(states=[saved(f"{DATA}openfield/")], stray=[stray_project("maze")])
    commands = PlayedCommands([Outcome(0, {"complete": True, "projects": []})])
    commands.hold.clear()

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: window.asking.strays, "it was found")
            panel = await opened(window)
            await until(lambda: "not every project is kept" in said(panel))
            assert "maze lies where nothing survives the session. One click keeps it, too." in said(panel)
            button(panel, "Save, stop and leave").click()
            await until(lambda: commands.asked, "it is kept, and the end of the session saves it")
            assert desk.stray == [] and not desk.states[-1]["all_saved"]
            desk.all_goes()
            commands.hold.set()
            await until(window.closed.is_set)

    drive(story)


def test_who_left_it_there_on_purpose_is_not_held_up_by_it(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[saved(f"{DATA}openfield/")], stray=[stray_project("maze")])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.asking.pane.isVisible())
            button(window.asking.pane, "Leave it there").click()
            panel = await opened(window)
            await until(lambda: "✓ Everything is in the home bucket" in said(panel))

    drive(story)


def test_a_tool_is_stopped_only_after_asking(drive: Drive, theme: Theme) -> None:
    desk = BusyDesk(tools=[running_tool()])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.running.runs)
            panel = await opened(window)
            await until(lambda: "SLEAP is open with fly-pair" in said(panel))
            button(panel, "Save, stop and leave").click()
            await until(lambda: window.findChildren(StopAllQuestion))
            (asked,) = window.findChildren(StopAllQuestion)
            assert "Labels that are not saved in their windows are lost" in said(asked)
            assert button(asked, "Leave them open").isDefault()
            press(asked, Qt.Key.Key_Escape)
            await until(lambda: not window.findChildren(StopAllQuestion))
            assert desk.tools and not window.closed.is_set()

            button(panel, "Save, stop and leave").click()
            await until(lambda: window.findChildren(StopAllQuestion))
            desk.all_goes()
            button(window.findChildren(StopAllQuestion)[0], "Stop, save and leave").click()
            await until(window.closed.is_set)
            assert desk.tools == []

    drive(story)


def test_a_training_is_stopped_at_its_checkpoint(drive: Drive, theme: Theme) -> None:
    job = running_tool(run="job-1", task="train", state="running", message="epoch 3 of 20, about 4 min left")
    desk = BusyDesk(states=[saved(f"{DATA}openfield/")], tools=[job])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.running.runs)
            panel = await opened(window)
            await until(lambda: "SLEAP works on fly-pair: epoch 3 of 20, about 4 min left." in said(panel))
            assert "✓" not in said(panel), "it writes as long as it runs"
            button(panel, "Save, stop and leave").click()
            await until(lambda: window.findChildren(StopAllQuestion))
            (asked,) = window.findChildren(StopAllQuestion)
            assert "keeps its last checkpoint and can be continued" in said(asked)
            assert "Labels" not in said(asked), "it holds none"
            button(asked, "Stop, save and leave").click()
            await until(window.closed.is_set)
        assert desk.tools == []

    drive(story)


def test_a_training_has_no_window_but_a_view_and_a_log(drive: Drive, theme: Theme) -> None:
    desk, commands = CalmDesk(trained=[job("job-1")], logs={"job-1": "epoch 3: loss 0.2"}), PlayedCommands()

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: window.running.runs)
            window.running_deeds.show_run(window.running.runs[0])
            await until(lambda: window.findChildren(JobsView))
            await until(lambda: window.findChildren(JobsView)[0].log.toPlainText() == "epoch 3: loss 0.2")
            window.places.setCurrentIndex(window.browsing.places.index(5))
            window.acts["run-log"].trigger()
            await until(lambda: window.findChildren(RunLog))
            assert "epoch 3: loss 0.2" in window.findChildren(RunLog)[0].findChildren(QPlainTextEdit)[0].toPlainText()
        assert commands.asked == [], "its project is not opened by that"

    drive(story)


@dataclass
class ForgetfulDesk(CalmDesk):
    """Everything is saved, and one of the two other questions finds no answer, or one that comes late."""

    states: list[Json] = field(default_factory=lambda: [saved(f"{DATA}openfield/")])
    no_runs: bool = False
    no_strays: bool = False
    goes_on: threading.Event = field(default_factory=threading.Event)

    def runs(self) -> list[Json]:
        if self.no_runs:
            raise errors.LocalDisk(title="The launcher's memory cannot be read")
        return super().runs()

    def strays(self) -> list[Json]:
        self.goes_on.wait(30)
        if self.no_strays:
            raise errors.LocalDisk(title="The home cannot be read")
        return super().strays()


def test_green_waits_for_the_look_what_tools_left_elsewhere(drive: Drive, theme: Theme) -> None:
    desk = ForgetfulDesk(stray=[stray_project("maze")])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            panel = await opened(window)
            await until(lambda: "Looking what is open, and what tools left elsewhere" in said(panel))
            await asyncio.sleep(0.3)
            assert "✓" not in said(panel)
            desk.goes_on.set()
            await until(lambda: "! What was brought here is saved, but not every project is kept." in said(panel))
            assert "maze lies where nothing survives the session." in said(panel)

    drive(story)


def test_what_a_tool_left_since_the_last_look_is_found_when_the_panel_opens(drive: Drive, theme: Theme) -> None:
    desk = ForgetfulDesk()
    desk.goes_on.set()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.session_news.are_strays_known)
            desk.stray = [stray_project("maze")]
            panel = await opened(window)
            await until(lambda: "not every project is kept" in said(panel))

    drive(story)


@pytest.mark.parametrize(
    ("no_runs", "doubt"),
    [
        (True, "Not known whether a tool is open: The launcher's memory cannot be read."),
        (False, "Not known whether a tool left a project where it is lost: The home cannot be read."),
    ],
)
def test_what_cannot_be_looked_at_is_not_called_green_and_leaving_is_the_persons_choice(
    drive: Drive, theme: Theme, no_runs: bool, doubt: str
) -> None:
    desk = ForgetfulDesk(no_runs=no_runs, no_strays=not no_runs)
    desk.goes_on.set()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            panel = await opened(window)
            await until(lambda: f"! What was brought here is saved. {doubt}" in said(panel))
            assert "✓" not in said(panel)
            button(panel, "Leave all the same").click()
            await until(window.closed.is_set)

    drive(story)


@dataclass
class StubbornDesk(BusyDesk):
    """The tool does not let itself be stopped."""

    def stop_run(self, run: str) -> Json:
        return self.tools[0]


def test_a_tool_that_does_not_stop_keeps_the_window(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()

    async def story() -> None:
        async with window_on(StubbornDesk(tools=[running_tool()]), theme, commands) as window:
            await until(lambda: window.running.runs)
            panel = await opened(window)
            button(panel, "Save, stop and leave").click()
            await until(lambda: window.findChildren(StopAllQuestion))
            button(window.findChildren(StopAllQuestion)[0], "Stop, save and leave").click()
            await until(lambda: "SLEAP could not be stopped" in said(panel))
        assert commands.asked == []

    drive(story)


def test_what_could_not_go_is_named_and_leaving_is_the_persons_choice(drive: Drive, theme: Theme) -> None:
    failed = {"path": "labels.csv", "cause": "The storage server does not answer", "next": "Try again."}
    commands = PlayedCommands([Outcome(12, {"projects": [{"saved": [], "failed": [failed]}]})])

    async def story() -> None:
        async with window_on(BusyDesk(), theme, commands) as window:
            panel = await opened(window)
            button(panel, "Save, stop and leave").click()
            await until(lambda: "is lost if you leave now. 1 file is not done. labels.csv: The storage" in said(panel))
            assert not window.closed.is_set()
            button(panel, "Leave all the same").click()
            await until(window.closed.is_set)

    drive(story)


def test_staying_is_possible_at_any_time(drive: Drive, theme: Theme) -> None:
    desk, commands = BusyDesk(), PlayedCommands()
    commands.hold.clear()

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            panel = await opened(window)
            button(panel, "Save, stop and leave").click()
            await until(lambda: commands.asked)
            button(panel, "Stay").click()
            desk.all_goes()
            commands.hold.set()
            await until(lambda: "✓ All results saved" in said(window.bottom))
            rows: list[Activity] = window.activities.rows()
            assert not window.closed.is_set() and [one.state for one in rows] == ["done"]
            assert window.keeping.keeps_saving, "the saver goes on"

    drive(story)


@dataclass
class ClingingDesk(CalmDesk):
    """It cannot let go of what it has open, as where the disk is full."""

    def close(self) -> None:
        super().close()
        raise OSError(28, "No space left on device")


def test_a_window_closes_also_where_something_cannot_be_let_go(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(ClingingDesk(), theme) as window:
            await until(lambda: window.keeping.states is not None)
            window.close()
            await until(window.closed.is_set)
            assert not window.isVisible()

    drive(story)

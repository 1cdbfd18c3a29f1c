"""The whole window on a desk with character: what a person sees and can do."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QMenu, QPlainTextEdit

from launcher import errors
from launcher.ui.commands import Outcome, Told
from launcher.ui.dialogs.leaving import Leaving
from launcher.ui.dialogs.question import TrustQuestion
from launcher.ui.dialogs.run_log import RunLog
from launcher.ui.dialogs.stopping import StopQuestion
from launcher.ui.dialogs.unsaved import Unsaved
from launcher.ui.main_window import MainWindow
from launcher.ui.memory import Memory
from launcher.ui.models.projects import ProjectRole
from launcher.ui.panes.pictures import Picture, Strip
from launcher.ui.rows import place_of
from launcher.ui.theme import Appearance, Theme, contrast
from tests.ui.driving import button, cards, choose_first, lines, press, said, until, window_on
from tests.ui.stand_ins import (
    DATA,
    HOME,
    CalmDesk,
    DeniedDesk,
    LostCatalogueDesk,
    OfflineDesk,
    PaintedDesk,
    PlayedCommands,
    SlowDesk,
    finding,
    page,
    project,
    running_tool,
    saved,
)

Drive = Callable[[Callable[[], Any]], None]
HOSTILE = "<b>bold</b> \u202egnp\x1b[31m &amp; \n" + "x" * 900


def test_a_newcomer_sees_places_and_projects(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await until(lambda: cards(window) == ["openfield", "fly-pair"])
            model = window.browsing.places
            assert [model.index(row).data() for row in range(model.rowCount())] == [
                "Places",
                "Home",
                "Open field",
                "This computer",
            ]
            assert lines(window) == ["✓ healthy", "✓ healthy"]
            assert "Nothing is chosen" in said(window.inspector)
            assert "Nothing to save yet" in said(window.bottom)

    drive(story)


def test_remembered_places_are_there_before_the_desk_answers(drive: Drive, theme: Theme) -> None:
    class SlowStartDesk(CalmDesk):
        go = threading.Event()

        def places(self) -> list[dict[str, Any]]:
            self.go.wait(30)
            return super().places()

    desk = SlowStartDesk()
    known = [place_of(row) for row in CalmDesk().places()[:2]]

    async def story() -> None:
        async with window_on(desk, theme, memory=Memory(site="lab", places=known)) as window:
            assert window.browsing.places.index(2).data() == "Open field", "nobody waits for these"
            await until(lambda: cards(window) == ["openfield", "fly-pair"])
            assert window.browsing.places.rowCount() == 3
            desk.go.set()
            await until(lambda: window.browsing.places.rowCount() == 4)
            assert cards(window) == ["openfield", "fly-pair"]

    drive(story)


def test_choosing_a_card_shows_its_details(drive: Drive, theme: Theme) -> None:
    missing = finding("video-missing", "warning", "The video m4.mp4 is not beside this project.", "Put it there.")
    desk = CalmDesk([project(health=[missing])])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_first(window)
            text = said(window.inspector)
            assert "openfield" in text
            assert "DeepLabCut 3 · one animal · 116 labelled frames · 1 video · 29.3 MB" in text
            assert (
                "! Opens here, but read this first:\nThe video m4.mp4 is not beside this project. Put it there." in text
            )
            assert button(window.inspector, "Open in DeepLabCut").isEnabled()
            assert lines(window) == ["! its video is not beside it"]

    drive(story)


@pytest.mark.parametrize(("wide", "high"), [(640, 480), (384, 384), (640, 200)])
def test_what_is_clicked_stays_where_it_is_when_pictures_come(drive: Drive, theme: Theme, wide: int, high: int) -> None:
    class LatePicturesDesk(PaintedDesk):
        go, strip_goes = threading.Event(), threading.Event()

        def frame(self, project: Any, width: int, height: int) -> bytes:
            self.go.wait(30)
            return _png(wide, high)

        def strip(self, project: Any, count: int, width: int, height: int) -> list[bytes]:
            self.strip_goes.wait(30)
            return [_png(wide, high)] * count

    desk = LatePicturesDesk()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_first(window)
            openers = button(window.inspector, "Open in DeepLabCut")
            (frame, *_), (strip,) = (window.inspector.findChildren(kind) for kind in (Picture, Strip))
            await until(lambda: openers.y() > strip.y() > frame.height())  # everything is laid out
            empty, where = [one.grab().toImage() for one in (frame, strip)], openers.pos()
            desk.go.set()
            await until(lambda: frame.grab().toImage() != empty[0])
            assert openers.pos() == where
            desk.strip_goes.set()
            await until(lambda: strip.grab().toImage() != empty[1])
            assert openers.pos() == where

    drive(story)


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_a_box_without_a_tick_can_be_seen(theme: Theme, appearance: Appearance) -> None:
    theme.choose(appearance)
    box = QCheckBox("Begin with pretrained weights")
    box.resize(box.sizeHint())
    picture, middle = box.grab().toImage(), box.height() // 2
    drawn = {picture.pixelColor(left, middle).name() for left in range(16)}  # the words begin further right
    assert max(contrast(colour, theme.tokens.background) for colour in drawn) >= 3.0


def test_a_damaged_project_cannot_be_opened(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk([project(health=[finding("damaged", "error", "config.yaml cannot be read.", "Ask its owner.")])])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_first(window)
            assert "✕ config.yaml cannot be read. Ask its owner." in said(window.inspector)
            assert not button(window.inspector, "Open in DeepLabCut").isEnabled()

    drive(story)


def test_names_are_plain_text_everywhere(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk([project(name=HOSTILE, uri=f"{DATA}{HOSTILE}/", body_parts=["<i>snout</i>"])])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_first(window)
            assert "<b>bold</b> \\u202egnp\\u001b[31m" in said(window.inspector)
            assert all(one.textFormat() == Qt.TextFormat.PlainText for one in window.findChildren(QLabel) if one.text())
            tooltip = window.shown.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
            assert "&lt;b&gt;" in tooltip and "<b>" not in tooltip
            assert window.width() == 1440, "a long name must not widen the window"

    drive(story)


def test_offline_says_so_and_comes_back(drive: Drive, theme: Theme) -> None:
    desk = OfflineDesk()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "The storage server does not answer" in said(window.browser))
            assert "Your local files are safe." in said(window.browser)
            assert "not reachable" in window.browsing.places.index(2).data(Qt.ItemDataRole.AccessibleTextRole)
            desk.plugged_in = True
            button(window.browser, "Try again").click()
            await until(lambda: cards(window) == ["openfield", "fly-pair"])

    drive(story)


def test_denied_names_who_can_help(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(DeniedDesk(), theme) as window:
            await until(lambda: "You do not have access" in said(window.browser))
            assert "Ask your admin for the right that is missing." in said(window.browser)

    drive(story)


def test_slow_says_that_it_looks_and_leaving_is_possible(drive: Drive, theme: Theme) -> None:
    desk = SlowDesk()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "Looking for projects …" in said(window.browser))
            await until(lambda: "takes its time" in said(window.browser))
            desk.go.set()
            await until(lambda: cards(window) == ["openfield", "fly-pair"])

    drive(story)


def test_closing_does_not_wait_for_a_frozen_server(drive: Drive, theme: Theme) -> None:
    desk = SlowDesk()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "Looking for projects …" in said(window.browser))
        assert desk.closed and not desk.go.is_set()
        desk.go.set()

    drive(story)


def test_a_closed_window_leaves_nothing_behind(drive: Drive, theme: Theme) -> None:
    windows: list[weakref.ref[MainWindow]] = []

    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await choose_first(window)
            windows.append(weakref.ref(window))

    drive(story)
    gc.collect()
    assert windows[0]() is None, "what Qt still holds would be called when nothing of it is there any more"


def test_an_empty_place_offers_its_files(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk([], levels={DATA: [page("notes.txt", folders=["raw/"])]})

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "There are no pose projects here" in said(window.browser))
            button(window.browser, "Show the files").click()
            await until(lambda: window.browsing.level.files.rowCount() == 2)
            assert window.browser.tab == "files"

    drive(story)


def test_without_a_catalogue_it_says_what_to_do(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(LostCatalogueDesk(), theme) as window:
            await until(lambda: "There is no site catalogue on this computer" in said(window.browser))
            assert "Name one with --site FILE." in said(window.browser)

    drive(story)


def test_after_another_look_the_same_project_is_chosen(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await until(lambda: len(cards(window)) == 2)
            window.browser.cards.setFocus()
            window.browser.cards.setCurrentIndex(window.shown.index(1, 0))
            press(window.browser.cards, Qt.Key.Key_F4)
            assert "Looking for projects …" in said(window.browser), "it is said at once, whatever the server does"
            await until(lambda: len(cards(window)) == 2)
            assert window.chosen is not None and window.chosen.name == "fly-pair"
            assert QApplication.focusWidget() is window.browser.cards

    drive(story)


def test_a_huge_place_stays_usable(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk([project(f"p{n:05}") for n in range(5000)])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.shown.rowCount() == 5000)
            window.top.search.setText("p04999")
            assert cards(window) == ["p04999"]

    drive(story)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Down])
def test_from_the_search_to_the_first_card(drive: Drive, theme: Theme, key: Qt.Key) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await until(lambda: len(cards(window)) == 2)
            window.top.search.setText("fly")
            press(window.top.search, key)
            assert QApplication.focusWidget() is window.browser.cards
            assert window.chosen is not None and window.chosen.name == "fly-pair"

    drive(story)


def test_chips_and_search_narrow_and_say_so(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk([project(), project("fly-pair", tool="sleap", labelled_frames=0, body_parts=["wingL"])])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: len(cards(window)) == 2)
            button(window.browser, "SLEAP").click()
            assert cards(window) == ["fly-pair"]
            button(window.browser, "Labelled").click()
            assert cards(window) == ["openfield"]
            window.top.search.setText("wingl")
            assert cards(window) == [] and "Nothing here passes the filter" in said(window.browser)
            button(window.browser, "Show everything").click()
            assert len(cards(window)) == 2 and window.top.search.text() == ""
            window.top.search.setText("wingL")
            assert cards(window) == ["fly-pair"], "body parts are searched, whatever their case"

    drive(story)


def test_mine_is_what_is_in_the_home_or_was_brought_here(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[saved(f"{DATA}openfield/")])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: lines(window) == ["✓ healthy · saved", "✓ healthy"])
            button(window.browser, "Mine").click()
            assert cards(window) == ["openfield"]

    drive(story)


def test_places_history_and_crumbs(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk([project(), project("mine", uri=f"{HOME}projects/mine/")])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: cards(window) == ["openfield"])
            window.places.clicked.emit(window.browsing.places.index(1))
            await until(lambda: cards(window) == ["mine"])
            assert "Home" in said(window.top)
            press(window.places, Qt.Key.Key_Backspace)
            await until(lambda: cards(window) == ["openfield"])
            window.places.clicked.emit(window.browsing.places.index(3))
            await until(lambda: cards(window) == ["openfield"] and window.places.currentIndex().row() == 3)
            assert not window.acts["forward"].isEnabled()

    drive(story)


def test_opening_starts_the_command_and_shows_how_it_goes(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {"seconds_to_window": 4.2})], steps=[Told(1000), Told(14_650_000)])

    async def story() -> None:
        commands.hold.clear()
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            press(window.browser.cards, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            press(window.browser.cards, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            await until(lambda: "Opening openfield in DeepLabCut" in said(window.strip))
            await until(lambda: "50 %" in said(window.strip))
            commands.runs[0].steps.append(Told(14_650_000, "Starting DeepLabCut on openfield …"))
            await until(lambda: "Starting DeepLabCut on openfield …" in said(window.strip))
            assert "50 %" not in said(window.strip), "what comes after the last byte has no number"
            commands.hold.set()
            await until(lambda: "✓ Its window is open after 4 s" in said(window.strip))
            assert commands.asked == [("open", f"{DATA}openfield/")], "a second press is no second start"

    drive(story)


def test_a_failed_command_says_why_and_can_be_tried_again(drive: Drive, theme: Theme) -> None:
    why = "The storage server does not answer. Your local files are safe."
    commands = PlayedCommands([Outcome(12, {}, why), Outcome(0, {"files": 119, "bytes": 29_300_000})])

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["bring"].trigger()
            await until(lambda: why in said(window.strip))
            button(window.strip, "Try again").click()
            await until(lambda: "✓ It is here: 119 files, 29.3 MB" in said(window.strip))

    drive(story)


def test_cancelling_says_cancelled_not_failed(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands(steps=[Told(1000)])

    async def story() -> None:
        commands.hold.clear()
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["bring"].trigger()
            await until(lambda: "Bringing openfield here" in said(window.strip))
            button(window.strip, "Cancel").click()
            await until(lambda: "Cancelled. What arrived so far is kept." in said(window.strip))
            assert commands.runs[0].cancelled
            button(window.strip, "Dismiss").click()
            assert not window.strip.isVisible()

    drive(story)


def test_a_project_that_carries_code_is_asked_about_once(drive: Drive, theme: Theme) -> None:
    asked = {"title": "openfield comes from s3://lab-data/ and can run programs", "reasons": ["a pickle: m.pickle"],
             "advice": "Open it only if you trust everyone who can write there."}  # fmt: skip
    commands = PlayedCommands([Outcome(4, {"run": None, "question": asked}), Outcome(0, {"seconds_to_window": 2.0})])

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["open"].trigger()
            await until(lambda: window.findChildren(TrustQuestion))
            (question,) = window.findChildren(TrustQuestion)
            assert "a pickle: m.pickle" in said(question)
            assert button(question, "Leave it closed").isDefault(), "Return must not agree"
            button(question, "I trust it, open it").click()
            await until(lambda: "✓ Its window is open after 2 s" in said(window.strip))
            assert commands.asked[-1] == ("open", f"{DATA}openfield/", "--trust")

    drive(story)


def test_declining_starts_nothing(drive: Drive, theme: Theme) -> None:
    asked = {"title": "It can run programs", "reasons": [], "advice": "Do not."}
    commands = PlayedCommands([Outcome(4, {"question": asked})])

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["open"].trigger()
            await until(lambda: window.findChildren(TrustQuestion))
            press(window.findChildren(TrustQuestion)[0], Qt.Key.Key_Escape)
            await until(lambda: "Nothing was started. Your files are unchanged." in said(window.browser))
            assert len(commands.asked) == 1

    drive(story)


def test_closing_says_what_goes_on(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands(steps=[Told(1000)])

    async def story() -> None:
        commands.hold.clear()
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["bring"].trigger()
            await until(lambda: commands.runs)
            window.close()
            await until(lambda: window.findChildren(Leaving))
            assert "Bringing openfield here" in said(window.findChildren(Leaving)[0])
            button(window.findChildren(Leaving)[0], "Stay").click()
            await until(lambda: "leaving" not in window.tasks.names())
            assert window.isEnabled() and not window.closed.is_set()
            window.close()
            await until(lambda: window.findChildren(Leaving))
            button(window.findChildren(Leaving)[-1], "Close the window").click()
            await until(window.closed.is_set)
        assert not commands.runs[0].cancelled, "what was begun goes on"

    drive(story)


def test_saving_and_what_will_be_saved(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[saved(f"{DATA}openfield/", files=2, size=2_000_000)])
    commands = PlayedCommands([Outcome(0, {"saved": [{}, {}], "bytes": 2_000_000})])

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: "! 2 files not saved yet · 2.0 MB" in said(window.bottom))
            button(window.bottom, "! 2 files not saved yet · 2.0 MB").click()
            (listed,) = window.findChildren(Unsaved)
            assert button(listed, "Save results to home bucket").isDefault()
            desk.states = [saved(f"{DATA}openfield/")]
            press(listed, Qt.Key.Key_Return)
            await until(lambda: "✓ 2 files saved, 2.0 MB" in said(window.strip))
            await until(lambda: "✓ All results saved" in said(window.bottom))
            assert commands.asked == [("save",)]

    drive(story)


def test_without_projects_here_there_is_nothing_to_save(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "Nothing to save yet" in said(window.bottom))
            assert not button(window.bottom, "Save results to home bucket").isEnabled()
            assert desk.savers == 0, "nothing was brought here: no saver is needed"
            press(window, Qt.Key.Key_F9)
            assert "Nothing to save yet: no project was brought to this computer." in said(window.notice)
            desk.states = [saved(f"{DATA}openfield/")]
            window.acts["look-again"].trigger()
            await until(lambda: "✓ All results saved" in said(window.bottom))
            assert desk.savers == 1

    drive(story)


def test_an_unreadable_journal_is_a_state_of_the_bar(drive: Drive, theme: Theme) -> None:
    class BrokenJournalDesk(CalmDesk):
        def status(self) -> list[dict[str, Any]]:
            raise errors.LocalDisk("journal", title="The local disk is full")

    async def story() -> None:
        async with window_on(BrokenJournalDesk(), theme) as window:
            await until(
                lambda: "! Not known what is saved: The local disk is full. Look again with F4." in said(window.bottom)
            )

    drive(story)


def test_save_is_there_at_once_when_a_tool_was_opened(drive: Drive, theme: Theme) -> None:
    class ForgetfulDesk(CalmDesk):
        """Looks what is saved once, and then takes its time."""

        looks, go = 0, threading.Event()

        def status(self) -> list[dict[str, Any]]:
            self.looks += 1
            if self.looks > 1:
                self.go.wait(30)
            return super().status()

    desk, commands = ForgetfulDesk(), PlayedCommands()

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: "Nothing to save yet" in said(window.bottom))
            await choose_first(window)
            window.acts["open"].trigger()
            await until(lambda: "Looking what is saved …" in said(window.bottom))
            button(window.bottom, "Save results to home bucket").click()
            await until(lambda: commands.asked[-1] == ("save",), "nobody has to wait for the look")
            desk.go.set()

    drive(story)


def test_when_a_tool_ends_what_it_wrote_is_looked_at(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[saved(f"{DATA}openfield/")], tools=[running_tool()])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            window.running.every_s = 0.05
            await until(lambda: "✓ All results saved" in said(window.bottom))
            await until(lambda: window.browsing.places.rowCount() == 6)
            desk.states, desk.tools = [saved(f"{DATA}openfield/", files=1, size=1000)], []
            await until(lambda: "! 1 file not saved yet · 1.0 kB" in said(window.bottom))

    drive(story)


def test_a_mistake_of_ours_never_ends_the_looking(drive: Drive, theme: Theme, caplog: pytest.LogCaptureFixture) -> None:
    class StumblingDesk(CalmDesk):
        """Fails as nobody foresaw, until it finds its feet."""

        stumbles = True

        def status(self) -> list[dict[str, Any]]:
            return [{"not": "a status"}] if self.stumbles else super().status()

        def runs(self) -> list[dict[str, Any]]:
            return [{"not": "a run"}] if self.stumbles else super().runs()

    desk = StumblingDesk(states=[saved(f"{DATA}openfield/", files=2)], tools=[running_tool()])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            window.running.every_s = 0.05
            await until(lambda: "! Not known what is saved: The launcher made a mistake" in said(window.bottom))
            assert button(window.bottom, "Save results to home bucket").isEnabled()
            desk.stumbles = False
            press(window, Qt.Key.Key_F4)
            await until(lambda: "! 2 files not saved yet" in said(window.bottom))
            await until(lambda: window.browsing.places.rowCount() == 6, "the tool that runs")

    drive(story)
    assert caplog.records, "it is in the log"
    caplog.clear()  # these were wanted


def test_time_left_and_gpu_in_the_bar(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(ends=[{"name": "maximum", "ends": "", "seconds_left": 11_525}])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "3 h 12 min left" in said(window.bottom))
            await until(lambda: "No GPU here" in said(window.bottom))

    drive(story)


def test_running_tools_are_found_again_and_brought_to_the_front(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {})])

    async def story() -> None:
        async with window_on(CalmDesk(tools=[running_tool()]), theme, commands) as window:
            places = window.browsing.places
            await until(lambda: places.rowCount() == 6)
            assert places.index(5).data(Qt.ItemDataRole.AccessibleTextRole) == "SLEAP · fly-pair, its window is open"
            window.places.clicked.emit(places.index(5))
            await until(lambda: commands.asked == [("open", "/scratch/f")])

    drive(story)


async def _choose_run(window: MainWindow) -> None:
    places = window.browsing.places
    await until(lambda: places.rowCount() == 6)
    window.places.setCurrentIndex(places.index(5))


#: Colours, a title, a bar that is drawn over and over, and another one below it.
_LOG = "loading\r\n\t<b>\x1b[31mred\x1b]0;x\u202e\n 10 %\r 90 %\r      \r100 %\n\n\n      \x1b[A\rdone\n"


def test_the_log_of_a_running_tool_is_plain_text(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(tools=[running_tool()], logs={"r1": _LOG})

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await _choose_run(window)
            press(window, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
            await until(lambda: window.findChildren(RunLog))
            (lines,) = window.findChildren(RunLog)[0].findChildren(QPlainTextEdit)
            assert lines.toPlainText() == "loading\n        <b>red\\u001b]0;x\\u202e\n100 %\n\ndone"
            assert lines.isReadOnly()

    drive(story)


def test_a_running_tool_is_stopped_only_after_a_question(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(tools=[running_tool()])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: cards(window))
            press(window, Qt.Key.Key_Delete)
            assert "Choose a running tool on the left first." in said(window.notice)
            await _choose_run(window)
            press(window, Qt.Key.Key_Delete)
            await until(lambda: window.findChildren(StopQuestion))
            (asked,) = window.findChildren(StopQuestion)
            assert "Labels that are not saved in its window are lost." in said(asked)
            press(asked, Qt.Key.Key_Return)
            await until(lambda: not window.findChildren(StopQuestion))
            assert desk.tools, "Return leaves it open"

    drive(story)


def test_a_running_tool_can_be_stopped(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(tools=[running_tool()]), theme) as window:
            await _choose_run(window)
            press(window, Qt.Key.Key_Delete)
            await until(lambda: window.findChildren(StopQuestion))
            button(window.findChildren(StopQuestion)[0], "Stop SLEAP").click()
            await until(lambda: "SLEAP has ended." in said(window.notice))
            await until(lambda: window.browsing.places.rowCount() == 4)

    drive(story)


@pytest.mark.parametrize(
    ("row", "offered"), [(5, ["Show the log of the running tool", "Stop the running tool …"]), (2, [])]
)
def test_what_a_right_click_offers(drive: Drive, theme: Theme, row: int, offered: list[str]) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(tools=[running_tool()]), theme) as window:
            await _choose_run(window)
            pane = window.places
            where = pane.visualRect(pane.model().index(row, 0)).center()
            mouse = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, pane.mapToGlobal(where))
            pane.contextMenuEvent(mouse)
            menus = pane.findChildren(QMenu)
            assert [action.text() for menu in menus for action in menu.actions()] == offered
            for menu in menus:
                menu.close()

    drive(story)


def test_a_tool_that_does_not_end_is_told(drive: Drive, theme: Theme) -> None:
    class StubbornDesk(CalmDesk):
        """Its tool hangs in the kernel."""

        def stop_run(self, run: str) -> dict[str, Any]:
            return self.tools[0]

    async def story() -> None:
        async with window_on(StubbornDesk(tools=[running_tool()]), theme) as window:
            await _choose_run(window)
            press(window, Qt.Key.Key_Delete)
            await until(lambda: window.findChildren(StopQuestion))
            button(window.findChildren(StopQuestion)[0], "Stop SLEAP").click()
            await until(lambda: "! SLEAP could not be stopped." in said(window.notice))

    drive(story)


def test_pictures_arrive_on_cards_and_in_the_details(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(PaintedDesk(png=_png()), theme) as window:
            await choose_first(window)
            index = window.shown.index(0, 0)
            await until(lambda: isinstance(index.data(ProjectRole.POSTER), QPixmap))
            await until(lambda: window.inspector.grab().toImage().pixelColor(150, 200).name() == "#336699")

    drive(story)


def test_a_picture_that_cannot_be_decoded_leaves_the_rest_well(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(PaintedDesk(png=b"not a picture"), theme) as window:
            await choose_first(window)
            await until(lambda: not [name for name in window.tasks.names() if name.startswith("poster")])
            assert window.shown.index(0, 0).data(ProjectRole.POSTER) is None
            assert "openfield" in said(window.inspector) and not window.notice.isVisible()

    drive(story)


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_the_details_are_a_drawer_when_it_is_narrow(drive: Drive, theme: Theme, size: tuple[int, int]) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme, size=size) as window:
            await choose_first(window)
            narrow = size[0] <= 1100
            assert window.inspector.isVisible() is not narrow
            press(window.browser.cards, Qt.Key.Key_F2)
            assert window.inspector.isVisible() is narrow
            window.resize(1024, 768) if not narrow else window.resize(1600, 900)
            await until(lambda: window.inspector.isVisible() is narrow)
            assert window.inspector.geometry().right() < window.width()

    drive(story)


def test_everything_by_keyboard(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(levels={DATA: [page("a.txt")]}), theme) as window:
            await until(lambda: cards(window))
            window.activateWindow()
            press(window.places, Qt.Key.Key_Slash)
            assert QApplication.focusWidget() is window.top.search
            press(window.top.search, Qt.Key.Key_3)
            assert window.top.search.text() == "3", "figures are typed while the search field has the keyboard"
            press(window.top.search, Qt.Key.Key_Escape)
            assert window.top.search.text() == "" and QApplication.focusWidget() is window.browser.cards
            press(window.browser.cards, Qt.Key.Key_3)
            await until(lambda: window.browsing.level.files.rowCount() == 1)
            press(window.browser.files, Qt.Key.Key_1)
            stops = set()
            for _ in range(6):
                press(QApplication.focusWidget() or window, Qt.Key.Key_F8)
                stops.add(QApplication.focusWidget())
            assert {window.places, window.browser.cards, window.top.search} <= stops

    drive(story)


def test_what_a_screen_reader_hears(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await choose_first(window)
            silent = [
                type(one).__name__
                for kind in (
                    "QPushButton",
                    "QToolButton",
                    "QLineEdit",
                    "QListView",
                    "QTableView",
                    "QTabBar",
                )
                for one in window.findChildren(_widget_kind(kind))
                if one.isVisible() and not _heard(one)
            ]
            assert silent == []
            card = window.shown.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
            assert card == "openfield, DeepLabCut 3, 116 labelled frames · 1 video · 29.3 MB, healthy"

    drive(story)


def test_every_target_is_large_enough(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await choose_first(window)
            small = [
                (one.accessibleName() or one.text(), one.size().toTuple())
                for kind in ("QPushButton", "QToolButton")
                for one in window.findChildren(_widget_kind(kind))
                if one.isVisible() and min(one.width(), one.height()) < 24
            ]
            assert small == []

    drive(story)


def _widget_kind(name: str) -> Any:
    from PySide6 import QtWidgets

    return getattr(QtWidgets, name)


def _heard(widget: Any) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface else ""


def _png(wide: int = 64, high: int = 48) -> bytes:
    image = QImage(wide, high, QImage.Format.Format_RGB32)
    image.fill("#336699")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())

"""What a session tells beside the work: a mount that is away and comes back, a project that would be lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QFrame

from launcher.ui.commands import Outcome
from launcher.ui.dialogs.keys import Keys
from launcher.ui.mounts_seen import told
from launcher.ui.theme import Theme
from tests.ui.driving import button, choose_first, said, until, window_on
from tests.ui.stand_ins import DATA, CalmDesk, MountedDesk, PlayedCommands, mounted, running_tool, saved, stray_project
from tests.ui.test_asking import held
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ("", "mounted", ""),
        ("mounted", "mounted", ""),
        ("mounted", "hung", "! The mount of Open field does not answer and is begun anew"),
        ("mounted", "cache disk full", "has no room left on the disk and is begun anew"),
        ("mounted", "dead", "is read from S3 directly: you can go on, and nothing is lost"),
        ("", "hung", "does not answer"),
        ("hung", "dead", ""),
        ("hung", "mounted", "✓ The mount of Open field is back"),
        ("not mounted", "mounted", "✓ The mount of Open field is back"),
        ("dead", "not mounted", "! The mount of Open field does not come back: no room"),
        ("mounted", "not mounted", ""),
    ],
)
def test_what_is_said_of_a_mount(before: str, now: str, words: str) -> None:
    said_now = list(told({DATA: (before, 0.0)} if before else {}, [mounted(now, "no room")]))
    assert len(said_now) == bool(words)
    assert words in "".join(said_now)


def test_a_mount_without_words_is_stopped_on_purpose() -> None:
    assert list(told({DATA: ("dead", 0.0)}, [mounted("not mounted")])) == []
    assert list(told({DATA: ("hung", 0.0)}, [])) == []


def test_a_mount_that_went_and_came_between_two_looks_is_told() -> None:
    (sentence,) = told({DATA: ("mounted", 0.0)}, [mounted() | {"started": 9.0}])
    assert sentence == "✓ The mount of Open field is back."


class SeenDesk(MountedDesk):
    """It is mounted as long as the saver sees it so."""

    def places(self) -> list[dict[str, Any]]:
        self.is_mounted = self.mounts[0]["state"] == "mounted"
        return super().places()


def test_a_mount_that_is_away_is_told_once_and_its_place_stays(drive: Drive, theme: Theme) -> None:
    desk = SeenDesk(mounts=[mounted()])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            places = window.browsing.places

            def captions() -> list[str]:
                rows = (places.index(row, 0) for row in range(places.rowCount()))
                return [row.data(places_caption) for row in rows if row.data() == "Open field"]

            await until(lambda: captions() == ["shared, read-only · mounted"], "a bucket and its mount are one place")
            chosen = window.browsing.history.now
            desk.mounts = [mounted("hung", "it does not answer")]
            await until(lambda: "The mount of Open field does not answer" in said(window.browser), "it is told")
            await until(lambda: captions() == ["shared, read-only · no mount"], "its place says it")
            assert window.browsing.history.now == chosen, "nobody was sent elsewhere"
            button(window.notice, "Dismiss").click()
            desk.mounts = [mounted()]
            await until(lambda: "✓ The mount of Open field is back." in said(window.browser))
            await until(lambda: captions() == ["shared, read-only · mounted"])

    from launcher.ui.models.places import PlaceRole

    places_caption = PlaceRole.CAPTION
    drive(story)


def test_a_project_on_the_desktop_is_kept_with_one_click(drive: Drive, theme: Theme) -> None:
    desk, commands = CalmDesk(stray=[stray_project()]), PlayedCommands([Outcome(0, {"dir": "/scratch/maze"})])

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            pane = window.asking.pane
            await until(lambda: "maze-ann-2026-01-05 lies in /home/ann/Desktop/" in said(pane))
            assert "where nothing survives the session: 12 files, 3.1 MB." in said(pane)
            assert faults(pane) == []
            button(pane, "Move it to where it is kept").click()
            desk.stray = []
            await until(lambda: "✓ It is at /scratch/maze now, and saved from there." in said(window.strip))
            assert not pane.isVisible()
        assert commands.asked == [("stray", "keep", "/home/ann/Desktop/maze-ann-2026-01-05")]

    drive(story)


def test_of_a_project_that_is_named_otherwise_than_its_folder_the_folder_is_told(drive: Drive, theme: Theme) -> None:
    """As a copy of a SLEAP project: its file is named as that of the first one."""
    desk = CalmDesk(stray=[stray_project("flies") | {"dir": "/home/ann/second try"}])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "flies lies in /home/ann/second try, where" in said(window.asking.pane))

    drive(story)


def test_questions_come_two_at_once_and_in_their_order(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(strange=["The clock is off."])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            pane = window.asking.pane

            def questions() -> list[str]:
                found = pane.findChildren(QFrame, "Notice")
                rows = sorted((row.y(), row.accessibleName()) for row in found if row.isVisible())
                return [name.split(" ")[0] for _, name in rows]

            await until(lambda: questions() == ["The"])
            desk.stray = [stray_project(name) for name in ("first", "second")]
            window.running.one_ended.emit()
            await until(lambda: questions() == ["first", "second"], "what can be lost is weightier than what is odd")
            desk.states = [held()]
            window.keeping.look_now()
            await until(lambda: questions() == ["ben", "first"], "work that is not saved is weightier")
            button(pane, "Wait").click()
            await until(lambda: questions() == ["first", "second"])
            for _ in range(2):
                button(pane, "Leave it there").click()
            await until(lambda: questions() == ["The"])

    drive(story)


def test_who_leaves_it_there_is_not_asked_again(drive: Drive, theme: Theme) -> None:
    desk, commands = CalmDesk(stray=[stray_project()]), PlayedCommands()

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: window.asking.pane.isVisible())
            button(window.asking.pane, "Leave it there").click()
            desk.stray = [stray_project(), stray_project("second")]
            window.running.one_ended.emit()  # a tool ended: it is looked again at once
            await until(lambda: "second lies in" in said(window.asking.pane))
            assert "maze-ann" not in said(window.asking.pane)
        assert commands.asked == []
        assert desk.left_there == [stray_project()["dir"]], "nor is it taken along when the session ends"

    drive(story)


def test_a_terminal_is_there_where_the_site_allows_one_and_nowhere_else(drive: Drive, theme: Theme) -> None:
    allowed, forbidden = CalmDesk(terminal=True, states=[saved(f"{DATA}openfield/")]), CalmDesk()

    async def story() -> None:
        async with window_on(forbidden, theme) as window:
            await until(lambda: "terminal" not in window.tasks.names() and window.keeping.is_fresh)
            assert not window.acts["terminal"].isVisible()
            window.acts["keys"].trigger()
            assert "Open a terminal there" not in said(window.findChildren(Keys)[0])
        async with window_on(allowed, theme) as window:
            await until(window.acts["terminal"].isVisible)
            await choose_first(window)
            await until(lambda: window.keeping.is_fresh)
            window.acts["terminal"].trigger()
            await until(lambda: "✓ A terminal is open in /scratch/openfield-0badcafe" in said(window.notice))
            assert allowed.terminals == ["/scratch/openfield-0badcafe"]
            window.acts["keys"].trigger()
            assert "Open a terminal there" in said(window.findChildren(Keys)[0])

    drive(story)


def test_what_is_strange_about_a_session_is_told_until_it_was_read(drive: Drive, theme: Theme) -> None:
    half = "appstream_user_vars.sh: its last line is cut off."
    unseen = 'The access mode "kerberos" is not known; it is used as it is.'
    desk = CalmDesk(strange=[half, unseen])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            pane = window.asking.pane
            await until(lambda: "it is used as it is. The session goes on." in said(pane))
            assert half in said(pane)
            assert "kerberos" in said(pane)
            assert faults(pane) == []
            button(pane, "Understood").click()
            await until(lambda: not pane.isVisible(), "one click for all that was told")
            off = "The clock of this computer is 70 s behind."
            desk.strange = [half, unseen, off]
            window.session_news.look_for_oddities()
            await until(lambda: off in said(pane))
            assert "kerberos" not in said(pane), "each is told until it was read"
            desk.strange = [half, unseen, off.replace("70", "71")]
            button(pane, "Understood").click()
            window.session_news.look_for_oddities()
            await until(lambda: "71" in str(window.asking.oddities))
            assert not pane.isVisible(), "a second more is nothing new"

    drive(story)


def test_what_was_mended_is_not_told_any_more_and_is_told_anew_when_it_comes_back(drive: Drive, theme: Theme) -> None:
    broken = "The catalogue s3://lab-site/site.toml cannot be used now: a line of it is wrong."
    desk = CalmDesk(strange=[broken])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            window.session_news.oddities_every_s = 0.05
            window.session_news.look_for_oddities()
            pane = window.asking.pane
            await until(lambda: broken in said(pane))
            desk.strange = []
            await until(lambda: not pane.isVisible(), "it went away by itself")
            desk.strange = [broken]
            await until(lambda: broken in said(pane))
            button(pane, "Understood").click()
            desk.strange = []
            await until(lambda: not window.asking.oddities.notices)
            desk.strange = [broken]
            await until(lambda: broken in said(pane), "another time is another matter")

    drive(story)


def test_what_a_command_in_a_terminal_started_is_seen_too(drive: Drive, theme: Theme) -> None:
    """Nobody tells the window; it looks now and then also while nothing runs."""
    desk = CalmDesk()

    async def story() -> None:
        async with window_on(desk, theme) as window:
            window.running.rarely_s = 0.05
            window.running.look_now()
            desk.tools = [running_tool()]
            await until(lambda: [run.id for run in window.running.runs] == ["r1"])

    drive(story)

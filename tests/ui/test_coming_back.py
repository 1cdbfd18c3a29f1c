"""Coming back: the last session is offered, with what it could not save; one click goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launcher.ui.commands import Outcome
from launcher.ui.dialogs.question import TrustQuestion
from launcher.ui.memory import Memory
from launcher.ui.theme import Theme
from tests.ui.driving import button, said, until, window_on
from tests.ui.stand_ins import DATA, HOME, CalmDesk, Json, PlayedCommands, page
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]
OPENFIELD, FLY = f"{HOME}projects/openfield-0badcafe/", f"{HOME}projects/fly-0badcafe/"


def last(*names: str, missing: tuple[str, ...] = ()) -> Json:
    """A `last-session`."""
    rows = [{"uri": f"{HOME}projects/{name}-0badcafe/", "id": f"{name}-0badcafe", "name": name} for name in names]
    lost = [{"project": "openfield-0badcafe", "path": path, "cause": "no time"} for path in missing]
    return {"session": "s0", "ended": "2026-01-05T10:00:00Z", "projects": rows, "missing": lost}


def test_one_click_goes_on_with_what_was_open(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(last=last("openfield"))
    commands = PlayedCommands([Outcome(0, {"seconds_to_window": 4.0})])

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: "Your last session (5 Jan" in said(window.asking.pane))
            assert "worked on openfield." in said(window.asking.pane) and faults(window.asking.pane) == []
            button(window.asking.pane, "Continue with openfield").click()
            await until(lambda: "✓ Its window is open" in said(window.strip))
            assert not window.asking.pane.isVisible()
            now = window.browsing.history.now
            assert now is not None and now.uri == OPENFIELD, "where it lies"
        assert commands.asked == [("open", OPENFIELD)] and desk.answered == ["s0"]

    drive(story)


def test_the_view_is_as_it_was_left(drive: Drive, theme: Theme) -> None:
    """Its place, its level and its tab; what was opened is when that is written down."""
    view = {"root": DATA, "uri": f"{DATA}2018/", "tab": "files"}
    desk = CalmDesk(last=last("openfield") | {"view": view}, levels={f"{DATA}2018/": [page("a.csv")]})

    async def story() -> None:
        async with window_on(desk, theme, memory=Memory(root=HOME)) as window:
            await until(lambda: window.asking.pane.isVisible())
            button(window.asking.pane, "Continue with openfield").click()
            now = window.browsing.history.now
            assert now is not None and (now.root, now.uri, window.browser.tab) == (DATA, f"{DATA}2018/", "files")
            await until(lambda: desk.views)
        assert desk.views == [view]

    drive(story)


def test_a_place_that_is_no_longer_offered_is_not_gone_to(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(last=last("openfield") | {"view": {"root": "s3://gone/", "uri": "s3://gone/a/", "tab": "files"}})

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: window.asking.pane.isVisible())
            button(window.asking.pane, "Continue with openfield").click()
            now = window.browsing.history.now
            assert now is not None and now.uri == OPENFIELD

    drive(story)


def test_several_projects_come_and_the_newest_opens(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands([Outcome(0, {})])

    async def story() -> None:
        async with window_on(CalmDesk(last=last("openfield", "fly")), theme, commands) as window:
            await until(lambda: "worked on openfield, fly." in said(window.asking.pane))
            button(window.asking.pane, "Continue").click()
            await until(lambda: len(commands.asked) == 2)
        assert sorted(commands.asked) == [("open", OPENFIELD), ("stage", FLY)]

    drive(story)


def test_what_was_missing_is_named(drive: Drive, theme: Theme) -> None:
    paths = tuple(f"labels{n}.csv" for n in range(6))
    desk = CalmDesk(last=last("openfield", missing=paths))

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await until(lambda: "6 files could not be saved then: openfield/labels0.csv," in said(window.asking.pane))
            assert "openfield/labels3.csv and 2 more." in said(window.asking.pane)

    drive(story)


def test_not_now_is_an_answer(drive: Drive, theme: Theme) -> None:
    desk, commands = CalmDesk(last=last("openfield")), PlayedCommands()

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: window.asking.pane.isVisible())
            button(window.asking.pane, "Not now").click()
            await until(lambda: desk.answered == ["s0"])
            window.keeping.look_now()
            await until(lambda: window.keeping.is_fresh)
            assert not window.asking.pane.isVisible()
        assert commands.asked == []

    drive(story)


def test_without_an_earlier_session_nothing_is_asked(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await until(lambda: "last session" not in window.tasks.names() and window.keeping.is_fresh)
            assert not window.asking.pane.isVisible()

    drive(story)


def test_a_training_that_was_not_finished_is_offered_and_goes_on_when_the_person_says_so(
    drive: Drive, theme: Theme
) -> None:
    waiting = [{"project": "openfield-0badcafe", "name": "openfield", "run": "train-1", "epochs": 200}]
    desk = CalmDesk(last=last("openfield") | {"trainings": waiting})
    commands = PlayedCommands([Outcome(0, {"runs": [{}]})])

    async def story() -> None:
        async with window_on(desk, theme, commands) as window:
            await until(lambda: "1 training was not finished: openfield." in said(window.asking.pane))
            button(window.asking.pane, "Train on").click()
            await until(lambda: "✓ 1 training goes on from the last checkpoint" in said(window.strip))
        assert commands.asked == [("queue", "--continue")] and desk.answered == ["s0"]

    drive(story)


def test_what_is_trained_on_may_have_to_be_trusted_first(drive: Drive, theme: Theme) -> None:
    waiting = [{"project": "openfield-0badcafe", "name": "openfield", "run": "train-1", "epochs": 200}]
    question = {"task": "train", "title": "This project brings code", "reasons": ["a.pickle"], "advice": "Ask."}
    commands = PlayedCommands([Outcome(4, {"run": None, "question": question}), Outcome(0, {"runs": [{}]})])

    async def story() -> None:
        async with window_on(CalmDesk(last=last("openfield") | {"trainings": waiting}), theme, commands) as window:
            await until(lambda: window.asking.pane.isVisible())
            button(window.asking.pane, "Train on").click()
            await until(lambda: window.findChildren(TrustQuestion))
            button(window.findChildren(TrustQuestion)[0], "I trust it, train on it").click()
            await until(lambda: "✓ 1 training goes on from the last checkpoint" in said(window.strip))
        assert commands.asked == [("queue", "--continue"), ("queue", "--continue", "--trust")]

    drive(story)

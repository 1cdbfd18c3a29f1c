"""What a screen reader is told: every pane and dialog through Qt, and the whole program over the real bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from launcher.ui.dialogs.leaving import Leaving
from launcher.ui.dialogs.question import TrustQuestion
from launcher.ui.main_window import MainWindow
from launcher.ui.theme import Theme
from tests.conftest import Site
from tests.ui.driving import choose_first, press, until, window_on
from tests.ui.newcomer import Newcomer, newcomer
from tests.ui.stand_ins import DATA, CalmDesk, OfflineDesk, PlayedCommands, page, saved

Drive = Callable[[Callable[[], Any]], None]
#: What can be acted on has to have a name; what only groups others may be silent.
MUST_SPEAK = {
    QAccessible.Role.Button, QAccessible.Role.CheckBox, QAccessible.Role.RadioButton, QAccessible.Role.EditableText,
    QAccessible.Role.List, QAccessible.Role.ListItem, QAccessible.Role.Table, QAccessible.Role.Tree,
    QAccessible.Role.PageTab, QAccessible.Role.PageTabList, QAccessible.Role.ProgressBar, QAccessible.Role.Dialog,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spoken:
    """One element, as Qt hands it to the system."""

    role: QAccessible.Role
    name: str
    description: str


def spoken(widget: QWidget) -> list[Spoken]:
    """Everything in a widget that is not hidden, in the order of the tree."""
    return list(_below(QAccessible.queryAccessibleInterface(widget)))


def _below(element: QAccessibleInterface) -> Iterator[Spoken]:
    name, description = element.text(QAccessible.Text.Name), element.text(QAccessible.Text.Description)
    yield Spoken(element.role(), name, description)
    for number in range(element.childCount()):
        child = element.child(number)
        if child is not None and child.isValid() and not child.state().invisible:  # type: ignore[attr-defined]
            yield from _below(child)


def faults(widget: QWidget) -> list[Spoken]:
    """What can be acted on and has no name, and what is read out with its markup."""
    return [
        one
        for one in spoken(widget)
        if (one.role in MUST_SPEAK and not one.name.strip()) or "<" in f"{one.name}{one.description}"
    ]


def names(widget: QWidget, role: QAccessible.Role) -> list[str]:
    """What all elements of one role are called."""
    return [one.name for one in spoken(widget) if one.role == role]


def test_the_window_names_everything_that_can_be_acted_on(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(levels={DATA: [page("a.txt", "m4.mp4", base=DATA)]}, states=[saved(f"{DATA}openfield/", 2, 900)])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            await choose_first(window)
            window.top.search.setText("o")
            for tab in ("projects", "videos", "files"):
                window.acts[f"show-{tab}"].trigger()
                await until(
                    lambda: "videos" not in window.tasks.names() and window.browsing.level.files.state != "loading"
                )
                assert faults(window) == []

    drive(story)


def test_places_and_cards_say_what_is_drawn_on_them(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(states=[saved(f"{DATA}openfield/", 2, 900)]), theme) as window:
            await choose_first(window)
            await until(lambda: "not saved" in names(window.browser, QAccessible.Role.ListItem)[0])
            first, second = names(window.browser, QAccessible.Role.ListItem)
            assert first.startswith("openfield, DeepLabCut 3, 116 labelled frames") and "2 files not saved" in first
            assert second.startswith("fly-pair, SLEAP 3") and second.endswith("healthy")
            assert "Open field, shared, read-only" in names(window.places, QAccessible.Role.ListItem)

    drive(story)


def test_colours_and_shapes_have_words(drive: Drive, theme: Theme) -> None:
    """The body parts are drawn, so they have to be said."""

    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            await choose_first(window)
            said = "\n".join(one.name for one in spoken(window.inspector))
            assert "Body parts: snout, leftear, rightear, tailbase" in said
            assert "Opens here." in said and "Open in DeepLabCut" in said

    drive(story)


def test_states_of_the_middle_are_read_out_with_the_next_step(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(OfflineDesk(), theme) as window:
            await until(lambda: "does not answer" in "\n".join(one.name for one in spoken(window.browser)))
            assert any("not reachable" in name for name in names(window.places, QAccessible.Role.ListItem))
            assert names(window.browser, QAccessible.Role.Button), "there is something to do about it"

    drive(story)


def test_the_keyboard_goes_through_the_window_in_the_order_of_reading(drive: Drive, theme: Theme) -> None:
    """Top, left, middle, right, bottom: as it is read, and back to where it began."""

    async def story() -> None:
        async with window_on(CalmDesk(states=[saved(f"{DATA}openfield/", 2, 900)]), theme) as window:
            await choose_first(window)
            await until(lambda: window.acts["save"].isEnabled())
            window.activateWindow()
            window.top.search.setFocus()
            panes = _without_repeats(_pane(window, widget) for widget in _tabbed(window.top.search))
            assert panes == ["top", "left", "middle", "right", "bottom"]

    drive(story)


def _tabbed(first: QWidget) -> list[QWidget]:
    """Every widget that Tab comes to, from the first until it is there again."""
    found, now = [first], first
    while True:
        press(now, Qt.Key.Key_Tab)
        then = QApplication.focusWidget()
        assert then is not None and len(found) < 100, "Tab is caught somewhere"
        if then is first:
            return found
        found.append(then)
        now = then


def _pane(window: MainWindow, widget: QWidget) -> str:
    panes = {"top": window.top, "left": window.places, "middle": window.browser}
    panes |= {"right": window.inspector, "bottom": window.bottom}
    return next(name for name, pane in panes.items() if pane is widget or pane.isAncestorOf(widget))


def _without_repeats(panes: Iterator[str]) -> list[str]:
    """Each pane where the keyboard first comes to it; the way back to the start is not told twice."""
    return list(dict.fromkeys(panes))


@pytest.mark.parametrize("action", ["keys", "preferences", "about", "unsaved"])
def test_dialogs_are_named_and_so_is_everything_in_them(drive: Drive, theme: Theme, action: str) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(states=[saved(f"{DATA}openfield/", 2, 900)]), theme) as window:
            await until(lambda: window.acts["unsaved"].isEnabled())
            window.acts[action].trigger()
            (dialog,) = (one for one in window.findChildren(QDialog) if one.isVisible())
            assert dialog.windowTitle() and faults(dialog) == []
            press(dialog, Qt.Key.Key_Escape)
            await until(lambda: not dialog.isVisible())

    drive(story)


def test_questions_read_out_what_is_asked_and_both_answers(drive: Drive, theme: Theme) -> None:
    asked = {"title": "It brings code", "reasons": ["<b>setup.py</b> runs"], "advice": "Ask its owner."}
    reason = "•  <b>setup.py</b> runs"  # as plain text, letter by letter

    async def story() -> None:
        async with window_on(CalmDesk(), theme) as window:
            for dialog, told, answers in (
                (TrustQuestion(window, asked), ["It brings code.", reason], {"I trust it, open it", "Leave it closed"}),
                (Leaving(window, ["Saving results"]), ["Saving results"], {"Stay", "Close the window"}),
            ):
                dialog.open()
                assert set(names(dialog, QAccessible.Role.Button)) == answers
                assert set(told) <= set(names(dialog, QAccessible.Role.StaticText))
                dialog.reject()

    drive(story)


def test_what_is_on_its_way_is_read_out(drive: Drive, theme: Theme) -> None:
    commands = PlayedCommands()
    commands.hold.clear()

    async def story() -> None:
        async with window_on(CalmDesk(), theme, commands) as window:
            await choose_first(window)
            window.acts["bring"].trigger()
            await until(lambda: window.strip.isVisible())
            assert faults(window.strip) == []
            assert "Cancel: Bringing openfield here" in names(window.strip, QAccessible.Role.Button)
            (bar,) = names(window.strip, QAccessible.Role.ProgressBar)
            assert bar.startswith("Bringing openfield here: ")
            commands.hold.set()

    drive(story)


@pytest.fixture
def person(site: Site, real_data: Path, tmp_path: Path) -> Iterator[Newcomer]:
    """At a computer without pose tools."""
    for name in ("small_robot_minimal.slp", "small_robot.mp4"):
        site.put(f"samples/{name}", (real_data / "sleap-samples" / name).read_bytes())
    with newcomer(site, tmp_path / "tools") as somebody:
        yield somebody


def test_over_the_real_bus_the_program_is_read_and_announces(person: Newcomer) -> None:
    person.starts_the_program()
    person.reads("small_robot_minimal, SLEAP", "Nothing is chosen.")
    person.reader.listen()
    everything = person.reader.reads()
    assert [one.name for one in everything if one.role == "frame"] == ["Pose Launcher"]
    assert not [one for one in everything if "<" in one.name + one.description], "no markup is read out"
    assert not [one for one in everything if one.role == "push button" and not one.name]

    person.presses("choose it", "slash", "'robot'", "Return")
    person.reads("Body parts: A, B")
    focused = [one.name for one in person.reader.reads() if one.focused and one.role == "list item"]
    assert any(name.startswith("small_robot_minimal, SLEAP") for name in focused)

    person.presses("copy its address", "ctrl+c")
    said = person.reads("The address is in the clipboard")
    assert "The address is in the clipboard" in said
    assert any(text.startswith("The address is in the clipboard: s3://") for text in person.reader.heard())

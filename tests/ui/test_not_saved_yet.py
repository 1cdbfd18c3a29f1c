"""What is not saved yet: every file with why and what next, followed while it is confirmed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtWidgets import QTreeWidgetItem

from launcher import errors
from launcher.ui.commands import Outcome
from launcher.ui.dialogs.unsaved import Unsaved
from launcher.ui.main_window import MainWindow
from launcher.ui.theme import Theme
from tests.ui.driving import button, said, until, window_on
from tests.ui.stand_ins import DATA, CalmDesk, PlayedCommands, kept_file, saved
from tests.ui.test_screen_reader import faults

Drive = Callable[[Callable[[], Any]], None]
Json = dict[str, Any]
LOCKED = "This file cannot be read (Permission denied)"
CLOSE = "Close the program that uses it and save again."


def half_saved(*, locked: bool = True) -> Json:
    """Two label files on their way, one that is locked, one link, one that is saved."""
    items = [
        kept_file("a.csv", "changed since it was saved", "changed since it was saved", "it is saved when it is quiet"),
        kept_file("b.csv", "not saved yet", "not saved yet", "it is saved when it is quiet", 2_000_000),
        kept_file("frame.png", "saved"),
        kept_file("video.mp4", "by reference", "the video stays in the data bucket"),
    ]
    if locked:
        items.append(kept_file("lock.h5", "could not be saved", f"{LOCKED}. {CLOSE}", CLOSE))
        items.append(kept_file("z", "cannot be saved", "it is a link, not a file", "copy it in as a plain file", 0))
    return saved(f"{DATA}openfield/", 4 if locked else 2, 2_001_200) | {"items": items}


async def opened(window: MainWindow) -> Unsaved:
    await until(lambda: "not saved yet" in said(window.bottom))
    window.acts["unsaved"].trigger()
    (view,) = window.findChildren(Unsaved)
    return view


def rows(view: Unsaved) -> list[str]:
    found: list[QTreeWidgetItem] = []
    for number in range(view.tree.topLevelItemCount()):
        top = view.tree.topLevelItem(number)
        assert top is not None
        found += [top, *(top.child(below) for below in range(top.childCount()))]
    return [" | ".join(item.text(column) for column in range(4)) for item in found]


def test_every_file_has_a_cause_and_a_next_step(drive: Drive, theme: Theme) -> None:
    async def story() -> None:
        async with window_on(CalmDesk(states=[half_saved()]), theme) as window:
            view = await opened(window)
            assert "✕ 4 files are only on this computer · 2.0 MB. 2 of them need you." in said(view)
            assert rows(view) == [
                "openfield-0badcafe |  | 4 files not saved · 2.0 MB | ",
                f"lock.h5 | 1.2 kB | ✕ {LOCKED} | {CLOSE}",
                "z |  | ✕ it is a link, not a file | copy it in as a plain file",
                "a.csv | 1.2 kB | changed since it was saved | it is saved when it is quiet",
                "b.csv | 2.0 MB | not saved yet | it is saved when it is quiet",
            ]
            assert faults(view) == []

    drive(story)


def test_a_whole_project_that_is_not_saved_says_why(drive: Drive, theme: Theme) -> None:
    problem = {"what": "The storage server does not answer", "next": "Your local files are safe.", "detail": ""}

    async def story() -> None:
        async with window_on(CalmDesk(states=[half_saved(locked=False) | {"problem": problem}]), theme) as window:
            await until(lambda: "The storage server does not answer" in said(window.bottom))
            window.acts["unsaved"].trigger()
            (view,) = window.findChildren(Unsaved)
            assert rows(view)[0].endswith("| The storage server does not answer. Your local files are safe. | ")

    drive(story)


def test_it_follows_what_the_server_confirms(drive: Drive, theme: Theme) -> None:
    desk = CalmDesk(states=[half_saved()])

    async def story() -> None:
        async with window_on(desk, theme) as window:
            view = await opened(window)
            desk.states = [half_saved(locked=False)]
            window.keeping.look_now()
            await until(lambda: "! 2 files are only on this computer" in said(view))
            desk.states = [saved(f"{DATA}openfield/")]
            window.keeping.look_now()
            await until(lambda: "✓ Everything on this computer is in the home bucket." in said(view))
            assert not view.tree.isVisible()
            assert not button(view, "Save results to home bucket").isEnabled()

    drive(story)


@dataclass
class ForgetfulDesk(CalmDesk):
    """It knew what is saved, and then its memory cannot be read."""

    forgets: bool = False
    goes_on: threading.Event = field(default_factory=threading.Event)

    def status(self) -> list[Json]:
        if self.forgets:
            self.goes_on.wait(30)
            raise errors.LocalDisk(title="The launcher's memory cannot be read")
        return super().status()


def test_what_nobody_knows_is_not_called_saved(drive: Drive, theme: Theme) -> None:
    desk, everything = ForgetfulDesk(states=[half_saved()]), "Everything on this computer is in the home bucket."

    async def story() -> None:
        async with window_on(desk, theme) as window:
            view = await opened(window)
            before = rows(view)
            desk.forgets = True
            desk.goes_on.set()
            window.keeping.look_now()
            await until(lambda: "Not known what is saved: The launcher's memory cannot be read." in said(view))
            assert everything not in said(view)
            assert rows(view) == before, "what was known last stays to be read"
            desk.forgets, desk.states = False, [saved(f"{DATA}openfield/")]
            window.keeping.look_now()
            await until(lambda: everything in said(view))
            desk.forgets = True
            desk.goes_on.clear()
            window.keeping.look_now()
            assert everything not in said(view), "something happened since, as the bottom bar says"
            assert "Looking what is saved …" in said(view)
            desk.goes_on.set()

    drive(story)


def test_a_save_that_left_something_says_what_and_why(drive: Drive, theme: Theme) -> None:
    failed = {"failed": [{"path": "lock.h5", "cause": LOCKED, "next": CLOSE}], "saved": [{}], "bytes": 10}
    commands = PlayedCommands([Outcome(4, failed)])

    async def story() -> None:
        async with window_on(CalmDesk(states=[half_saved()]), theme, commands) as window:
            view = await opened(window)
            button(view, "Save results to home bucket").click()
            await until(lambda: f"1 file is not done. lock.h5: {LOCKED}. {CLOSE}" in said(window.strip))

    drive(story)

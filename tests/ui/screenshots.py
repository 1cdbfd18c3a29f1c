"""Pictures of the window on the demo's server, for looking at: `python -m tests.ui.screenshots --out DIR [--data DIR]`.

Each size and look is a process of its own, since the scale of a screen is fixed when Qt starts. Without a screen the
window is drawn by Qt's own offscreen platform, with the fonts of this computer.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import qasync
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QFont, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog

from launcher.config.find import Found
from launcher.desk import saver_process
from launcher.desk.demo import Demo
from launcher.session.facts import session_facts
from launcher.ui.commands import OurCommands
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.main_window import MainWindow
from launcher.ui.models.projects import ProjectRole
from launcher.ui.real_desk import RealDesk
from launcher.ui.theme import Appearance, Theme
from tests.conftest import ROOT, SHARED
from tests.ui.driving import button, put_away, said, until
from tests.ui.screenshot_docs import write_docs
from tests.ui.screenshot_states import draw_states
from tests.ui.screenshot_work import draw_work

Shoot = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Screen:
    """One look at one size."""

    look: str
    width: int
    height: int
    scale: float = 1.0

    @property
    def name(self) -> str:
        """As part of a file's name, in real pixels, with the scale where that is larger than 200 %."""
        large = f"-at-{100 * self.scale:.0f}" if self.scale > 2 else ""
        return f"{self.look}-{round(self.width * self.scale)}x{round(self.height * self.scale)}{large}"


SCREENS = (
    Screen("light", 1440, 900),
    Screen("dark", 1440, 900),
    Screen("light", 1024, 768),
    Screen("dark", 1024, 768),
    Screen("light", 1920, 1080),
    Screen("dark", 1920, 1080),
    Screen("light", 1920, 1080, 2.0),
    Screen("dark", 1920, 1080, 2.0),
    Screen("light", 1280, 720, 3.0),
    Screen("dark", 1280, 720, 3.0),
)


def main() -> int:
    """The server here, each screen in a child."""
    arguments = _parser().parse_args()
    if arguments.site:
        return _draw(arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    state = Found(arguments.out.absolute() / "state", "--state-dir")
    demo = Demo(state, session_facts(os.environ), lambda step: None)
    try:
        with demo.open_site(arguments.data.absolute()):
            for screen in [one for one in SCREENS if arguments.only in ("", one.name)]:
                _child(screen, demo.report.site, arguments)
    finally:
        if saver := saver_process.find(arguments.out.absolute() / "state" / "demo" / "state"):
            saver_process.end(saver, 10)  # it outlives the windows, as it should
        demo.stop()
    if arguments.docs:
        write_docs(arguments.out, arguments.docs)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--docs", type=Path, metavar="DIR", help="write the pictures of the guide there, made small")
    parser.add_argument("--only", default="", metavar="NAME", help="one screen, as light-1440x900")
    parser.add_argument("--work-only", action="store_true", help="only the pages that need no server")
    parser.add_argument("--site", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--screen", help=argparse.SUPPRESS)
    return parser


def _child(screen: Screen, site: str, arguments: argparse.Namespace) -> None:
    number, out = str(SCREENS.index(screen)), str(arguments.out)
    command = [sys.executable, "-m", "tests.ui.screenshots", "--out", out, "--site", site, "--screen", number]
    command += ["--work-only"] if arguments.work_only else []
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(screen.scale)}
    subprocess.run(command, cwd=ROOT, env=environ, check=True, timeout=180)


def _draw(arguments: argparse.Namespace) -> int:
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    font = QFont("Inter")
    font.setPixelSize(13)  # the offscreen platform knows no interface font
    app.setFont(font)
    qasync.run(_scenes(app, SCREENS[int(arguments.screen)], arguments))
    return 0


async def _scenes(app: QApplication, screen: Screen, arguments: argparse.Namespace) -> None:
    site, state = Found(arguments.site, "--site"), Found(arguments.site.parent / "state", "--state-dir")
    theme = Theme(app, Appearance(screen.look))
    window = MainWindow(DeskCalls(lambda: RealDesk(site, state)), OurCommands(site, state), theme, str(state.path))
    window.resize(screen.width, screen.height)
    window.painted.connect(window.begin)
    window.show()

    async def shoot_one(shown: MainWindow, scene: str) -> None:
        """The dialog that lies over the window, or else the window."""
        dialogs = [one for one in shown.findChildren(QDialog) if one.isVisible()]
        (dialogs[0] if dialogs else shown).grab().save(str(arguments.out / f"{scene}-{screen.name}.png"))
        for dialog in dialogs:
            dialog.close()

    if not arguments.work_only:
        await _walk(window, partial(shoot_one, window))
    await put_away(window)
    await draw_work(theme, (screen.width, screen.height), shoot_one)
    if not arguments.work_only and (screen.width, screen.scale) == (1440, 1.0):
        await draw_states(theme, (screen.width, screen.height), shoot_one)


async def _walk(window: MainWindow, shoot: Shoot) -> None:
    await until(lambda: window.shown.rowCount() >= 9, "projects")
    with suppress(AssertionError):  # a project whose picture never comes is drawn without it
        await until(lambda: all(_pictures(window)), "posters", patience_s=30)
    window.browser.cards.setCurrentIndex(_index_of(window, "openfield"))
    await until(lambda: "details" not in window.tasks.names(), "details")
    await _put_first_run_away(window, shoot)
    await shoot("projects")
    if window.is_narrow:
        window.show_details(shown=True)
        await asyncio.sleep(0.2)
        await shoot("drawer")
        window.show_details(shown=False)
    await _look_around(window, shoot)
    window.acts["show-projects"].trigger()
    for action, scene in (("keys", "keyboard"), ("preferences", "preferences"), ("about", "about"), ("help", "help")):
        window.acts[action].trigger()
        await asyncio.sleep(0.4)
        await shoot(scene)
    await _bring_and_save(window, shoot)
    window.top.search.setText("zebrafish")
    await asyncio.sleep(0.2)
    await shoot("nothing-passes")


def _pictures(window: MainWindow) -> list[bool]:
    """Whether each card has its picture; asking for it is what makes it load."""
    model = window.shown
    return [isinstance(model.index(row, 0).data(ProjectRole.POSTER), QPixmap) for row in range(model.rowCount())]


async def _put_first_run_away(window: MainWindow, shoot: Shoot) -> None:
    """The words for the first day, which are seen once."""
    if "Got it" in said(window.browser):
        await shoot("first-run")
        button(window.browser, "Got it").click()
        await asyncio.sleep(0.3)


async def _look_around(window: MainWindow, shoot: Shoot) -> None:
    for tab in ("videos", "files"):
        window.acts[f"show-{tab}"].trigger()
        await until(
            lambda: not {"videos"} & set(window.tasks.names()) and window.browsing.level.files.state != "loading"
        )
        await asyncio.sleep(0.3)
        view = window.browser.view()
        if isinstance(view, QAbstractItemView):
            view.setCurrentIndex(view.model().index(0, 0))
            await until(lambda: "video frame" not in window.tasks.names(), "a frame")
            await asyncio.sleep(0.2)
        await shoot(tab)


async def _bring_and_save(window: MainWindow, shoot: Shoot) -> None:
    window.acts["bring"].trigger()
    await until(lambda: any(one.done for one in window.activities.rows()) or _ended(window), "progress")
    await shoot("bringing")
    await until(lambda: _ended(window), "brought")
    await until(lambda: window.keeping.states, "status")
    await asyncio.sleep(0.3)
    await shoot("brought")
    if window.acts["unsaved"].isEnabled():
        window.acts["unsaved"].trigger()
        await asyncio.sleep(0.2)
        await shoot("unsaved")
    window.acts["save"].trigger()
    await asyncio.sleep(0.1)
    await until(lambda: not window.activities.is_running("save"), "saved")
    await until(lambda: all(state.all_saved for state in (window.keeping.states or {}).values()), "all saved")
    await shoot("saved")


def _ended(window: MainWindow) -> bool:
    return all(one.state != "running" for one in window.activities.rows())


def _index_of(window: MainWindow, start: str) -> QModelIndex:
    model = window.shown
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    return next((row for row in rows if row.data().startswith(start)), rows[0])


if __name__ == "__main__":
    sys.exit(main())

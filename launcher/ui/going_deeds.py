"""Where a person goes in the window, and what is shown of it: places, tabs, panes, pages of our own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from launcher.ui.actions import ACTIONS

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class GoingDeeds:
    """The verbs of one window that change nothing but the view; the names stand in the table of `actions`."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    # Going

    def go_back(self) -> None:
        """Where the person was before."""
        self._window.browsing.step(self._window.browsing.history.back())

    def go_forward(self) -> None:
        """What was left by going back."""
        self._window.browsing.step(self._window.browsing.history.forward())

    def go_up(self) -> None:
        """One level up."""
        self._window.browsing.up()

    def look_again(self) -> None:
        """Places, projects and what is saved, anew."""
        self._window.notice.hide()
        self._window.browsing.look_again()
        self._window.keeping.look_now()

    def focus_search(self) -> None:
        """The search field."""
        self._window.top.search.setFocus()
        self._window.top.search.selectAll()

    def choose_first(self) -> None:
        """From the search field to the first of what it left."""
        if self._window.browser.tab == "projects":
            self._window.choice.choose_first()
        self._window.browser.view().setFocus()

    # Showing

    def show_projects(self) -> None:
        """The first tab."""
        self._window.browser.show_tab("projects")

    def show_videos(self) -> None:
        """The second tab."""
        self._window.browser.show_tab("videos")

    def show_files(self) -> None:
        """The third tab."""
        self._window.browser.show_tab("files")

    def show_everything(self) -> None:
        """No chip, no words: everything that was found."""
        self._window.browser.chips.choose("all")
        self._window.shown.choose("all")
        self._window.top.search.clear()

    def toggle_details(self) -> None:
        """The right side, there or not."""
        self._window.show_details(shown=not self._window.inspector.isVisible())

    def focus_next_pane(self) -> None:
        """Around the window: places, middle, details, bottom."""
        window = self._window
        stops = [window.places, window.browser.view(), *window.inspector.stops(), window.bottom.stop, window.top.search]
        able = [stop for stop in stops if stop.isVisible() and stop.isEnabled()]
        focused = QApplication.focusWidget()
        at = able.index(focused) if focused in able else -1
        able[(at + 1) % len(able)].setFocus()

    def show_preferences(self) -> None:
        """Light or dark."""
        from launcher.ui.dialogs.preferences import Preferences

        theme = self._window.theme
        Preferences(self._window, theme.appearance, theme.choose).open()

    def show_help(self) -> None:
        """What the window promises, its states, its words: without a network."""
        self._window.tasks.start("help", self._show_help)

    async def _show_help(self) -> None:
        from launcher.ui.dialogs.help import Help, page

        Help(self._window, await asyncio.to_thread(page)).show()

    def show_keys(self) -> None:
        """The table of shortcuts."""
        from launcher.ui.dialogs.keys import Keys

        acts = self._window.acts
        Keys(self._window, [action for action in ACTIONS if acts[action.id].isVisible()]).open()

    def show_about(self) -> None:
        """Version and licences."""
        from launcher.ui.dialogs.about import About

        About(self._window, self._window.state_dir).open()

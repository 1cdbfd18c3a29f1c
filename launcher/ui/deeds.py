"""What a person can ask for, by button, menu or key; the names stand in the table of `actions`.

Dialogs are imported when they are asked for: most windows are opened and closed without any, and the first paint
need not wait for them.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from launcher.ui import words
from launcher.ui.actions import ACTIONS
from launcher.ui.activities import Activity, Tell
from launcher.ui.desk_calls import Json
from launcher.ui.job_seen import readable
from launcher.ui.rows import Run, run_of
from launcher.ui.texts import tr

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class Deeds:
    """The verbs of one window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    # Projects

    def open_chosen(self) -> None:
        """Bring the chosen project here if it is not, and start its tool."""
        project = self._window.chosen
        if project is None or not project.can_open:
            return
        title = tr("Opening {name} in {tool}", name=project.name, tool=words.tool_title(project.tool_id))
        self._start("open", title, ("open", project.uri), project.bytes, told_opened)

    def open_in(self, tool_id: str) -> None:
        """The chosen project in a tool that can open it: its own, or another one."""
        project = self._window.chosen
        if project is None or tool_id not in self._window.open_with.able:
            tool = words.tool_title(tool_id)
            self._window.notice.say(tr("Nothing was started: {tool} cannot open this project.", tool=tool))
        elif tool_id == project.tool_id:
            self.open_chosen()
        else:
            title = tr("Opening {name} in {tool}", name=project.name, tool=words.tool_title(tool_id))
            self._start("open", title, ("open", project.uri, "--with", tool_id), project.bytes, told_opened)

    def open_in_another(self) -> None:
        """In the first other tool that can open it; where there is none, that is said."""
        others = self._window.inspector.other_tools
        if others.able:
            self.open_in(others.able[0])
        elif others.sentence:
            self._window.notice.say(others.sentence)

    def bring_chosen(self) -> None:
        """Bring the chosen project here, verified, and start nothing."""
        project = self._window.chosen
        if project is not None and project.can_open:
            title = tr("Bringing {name} here", name=project.name)
            self._start("stage", title, ("stage", project.uri), project.bytes, told_brought)

    def show_run(self, run: Run) -> None:
        """A tool that runs: its window to the front; of a training, which has none, how it goes."""
        if run.task:
            self._window.training_deeds.show_job(run.id)
            return
        title = tr("Raising the window of {tool}", tool=words.tool_title(run.tool_id))
        self._start("open", title, ("open", run.dir), None, told_opened)

    def show_log(self) -> None:
        """What the chosen running tool printed last."""
        if (run := self._chosen_run()) is not None:
            self._window.tasks.start("log", partial(self._show_log, run))

    async def _show_log(self, run: Run) -> None:
        from launcher.ui.dialogs.run_log import RunLog

        text = await self._window.calls.call(lambda desk: readable(desk.run_log(run.id)))
        RunLog(self._window, run, text).open()

    def stop_run(self) -> None:
        """End the chosen running tool, if the person still wants to after reading what is lost."""
        if (run := self._chosen_run()) is not None:
            self.stop(run)

    def stop(self, run: Run) -> None:
        """The same for one that is named."""
        self._window.tasks.start(f"stop {run.id}", partial(self._stop, run))

    async def _stop(self, run: Run) -> None:
        from launcher.ui.dialogs.frame import answer_of
        from launcher.ui.dialogs.stopping import StopQuestion

        if not await answer_of(StopQuestion(self._window, run)):
            return
        tool = words.tool_title(run.tool_id)
        self._window.notice.say(tr("Stopping {tool} …", tool=tool))
        left = run_of(await self._window.calls.call(lambda desk: desk.stop_run(run.id)))
        self._window.notice.say(words.stopped(left))
        self._window.running.look_now()

    def _chosen_run(self) -> Run | None:
        run = self._window.places.run
        if run is None:
            self._window.notice.say(tr("Choose a running tool on the left first."))
        return run

    def ask_about(self, opened: Activity) -> None:
        """The command started nothing because somebody has to be asked first: ask, and say the answer."""
        asked = opened.document.get("question")
        if opened.state == "failed" and isinstance(asked, dict):
            self._window.activities.cancel(opened.number)
            self._window.tasks.start(f"question {opened.number}", partial(self._ask, asked, opened))

    async def _ask(self, asked: Json, opened: Activity) -> None:
        from launcher.ui.dialogs.frame import answer_of
        from launcher.ui.dialogs.question import TrustQuestion

        if await answer_of(TrustQuestion(self._window, asked)):
            command = (*opened.words, "--trust")
            self._window.activities.again(opened, command)
        else:
            self._window.notice.say(tr("Nothing was started. Your files are unchanged."))

    # Keeping

    def save_results(self) -> None:
        """Everything that changed on this computer, to the home bucket."""
        unsaved = sum(state.unsaved_bytes for state in (self._window.keeping.states or {}).values())
        self._start("save", tr("Saving results to the home bucket"), ("save",), unsaved or None, _saved)

    def say_why_not_saving(self) -> None:
        """Why there is nothing to start."""
        if self._window.activities.is_running("save"):
            self._window.notice.say(tr("Results are being saved already."))
        else:
            self._window.notice.say(tr("Nothing to save yet: no project was brought to this computer."))

    def _start(self, kind: str, title: str, command: tuple[str, ...], total: int | None, tell: Tell) -> None:
        self._window.activities.start_once(kind, title, command, total, tell)

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


def told_brought(document: Json) -> str:
    """What `stage` did, in words."""
    files = words.counted(int(document.get("files", 0)), "{n} file", "{n} files")
    amount = words.size(int(document.get("bytes", 0)))
    if skipped := len(document.get("skipped", ())):
        left = words.counted(skipped, "{n} left where it is", "{n} left where they are")
        return f"✓ {files}, {amount}; {left}"
    return tr("✓ It is here: {files}, {size}", files=files, size=amount)


def told_opened(document: Json) -> str:
    """What `open` did, in words."""
    seconds = document.get("seconds_to_window")
    return tr("✓ Its window is open") if seconds is None else tr("✓ Its window is open after {s} s", s=f"{seconds:.0f}")


def _saved(document: Json) -> str:
    files = words.counted(len(document.get("saved", ())), "{n} file saved", "{n} files saved")
    if conflicts := len(document.get("conflicts", ())):
        kept = words.counted(conflicts, "{n} conflict copy kept", "{n} conflict copies kept")
        return f"! {files}; {kept}"
    return tr("✓ {files}, {size}", files=files, size=words.size(int(document.get("bytes", 0))))

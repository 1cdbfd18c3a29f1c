"""Save, stop and leave: asks before a tool is ended, saves with the engine of the end, closes when all is green."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from launcher import errors
from launcher.ui import ending, words
from launcher.ui.activities import Activity
from launcher.ui.ending import Situation
from launcher.ui.rows import Run, run_of
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json, WindowDesk

if TYPE_CHECKING:
    from launcher.ui.dialogs.ending import Ending
    from launcher.ui.main_window import MainWindow

_KIND = "finish"


class Leave(QObject):
    """One window's way out."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._panel: Ending | None = None
        #: From the click on until it is known whether all is green: the saver is not started again meanwhile.
        self._is_leaving = self._has_saved = False
        self._said = ""
        window.keeping.saved_changed.connect(self._follow)
        for changed in (window.running.changed, window.running.looked, window.session_news.strays_looked):
            changed.connect(self._follow)
        window.activities.changed.connect(self._follow)
        window.activities.ended.connect(self._ended)

    def open(self) -> None:
        """Show the panel."""
        from launcher.ui.dialogs.ending import Ending

        if self._panel is not None:
            self._panel.raise_()
            return
        self._panel = Ending(self._window)
        self._panel.go.connect(self._go)
        self._panel.leave.connect(self._window.leave)
        self._panel.finished.connect(lambda _: self._closed())
        self._said = ""
        self._follow()
        self._panel.open()
        self._window.keeping.look_now()
        self._window.running.look_now()
        self._window.session_news.look_for_strays()

    def _closed(self) -> None:
        """The person stays; what was begun goes on."""
        self._panel = None
        self._is_leaving = False
        self._window.keeping.keeps_saving = not self.situation().is_finishing

    def situation(self) -> Situation:
        """How things stand, by the journal's word."""
        window, keeping = self._window, self._window.keeping
        finishing = next((one for one in window.activities.rows() if self._is_ours(one)), None)
        states = tuple(keeping.states.values()) if keeping.is_fresh and keeping.states is not None else None
        return Situation(
            states,
            window.running.runs,
            keeping.failure.title if keeping.is_fresh and keeping.failure is not None else "",
            finishing.rate if finishing is not None else 0.0,
            finishing is not None,
            tuple(stray.name for stray in window.asking.strays),
            self._doubt(),
            not (window.running.is_known or window.running.failure)
            or not (window.session_news.are_strays_known or window.session_news.strays_failure),
        )

    def _doubt(self) -> str:
        """What could not be looked at; green is not said then."""
        if (why := self._window.running.failure) is not None:
            return tr("Not known whether a tool is open: {why}.", why=why.title)
        if (why := self._window.session_news.strays_failure) is not None:
            return tr("Not known whether a tool left a project where it is lost: {why}.", why=why.title)
        return ""

    @staticmethod
    def _is_ours(one: Activity) -> bool:
        return one.kind == _KIND and one.state == "running"

    def _follow(self) -> None:
        if self._panel is None:
            return
        now = self.situation()
        is_known = (now.states is not None and not now.is_looking) or bool(now.failure)
        if self._is_leaving and self._has_saved and is_known:
            self._arrive(now)
        if is_known or not self._is_leaving:
            self._panel.show_situation(now, self._said)

    def _arrive(self, now: Situation) -> None:
        """The last look after the last save: green, or there is something new."""
        self._is_leaving = False
        if now.is_green:
            self._window.leave()
        else:
            self._window.keeping.keeps_saving = True

    # Going

    def _go(self) -> None:
        self._window.tasks.start("leave", self._stop_and_save)

    async def _stop_and_save(self) -> None:
        if self.situation().is_green:
            self._window.leave()
            return
        if await self._all_stopped() and await self._all_kept():
            self._is_leaving, self._has_saved = True, False
            self._save()

    async def _all_kept(self) -> bool:
        """What a tool left where it would be lost is one of the projects from now on, and saved with them."""
        asking = self._window.asking
        for stray in asking.strays:
            try:
                await self._window.calls.call(partial(_keep, stray.dir))
            except errors.LauncherError as exc:
                self._tell(str(exc))
                return False
            asking.show_strays(tuple(one for one in asking.strays if one != stray))
        return True

    async def _all_stopped(self) -> bool:
        """Nothing runs any more; the person was asked first."""
        from launcher.ui.dialogs.ending import StopAllQuestion
        from launcher.ui.dialogs.frame import answer_of

        window = self._window
        runs = window.running.runs
        if runs and not await answer_of(StopAllQuestion(window, runs)):
            return False
        for run in runs:
            if not await self._is_stopped(run):
                return False
        window.running.look_now()
        return True

    async def _is_stopped(self, run: Run) -> bool:
        self._window.notice.say(tr("Stopping {tool} …", tool=words.tool_title(run.tool_id)))
        try:
            left = run_of(await self._window.calls.call(lambda desk: desk.stop_run(run.id)))
        except errors.LauncherError as exc:
            self._tell(str(exc))
            return False
        if not words.is_over(left):
            self._tell(words.stopped(left))
        return words.is_over(left)

    def _save(self) -> None:
        window = self._window
        unsaved = sum(state.unsaved_bytes for state in self.situation().unsaved)
        window.keeping.keeps_saving = False  # the end of the session takes over from the saver
        seconds = ending.deadline_s(window.time_left.seconds_left)
        command = (_KIND, "--deadline", str(seconds))
        title = tr("Saving everything before you leave")
        window.activities.start(_KIND, title, command, unsaved or None, _finished)

    def _ended(self, activity: Activity) -> None:
        if activity.kind != _KIND:
            return
        if activity.state != "done":
            self._is_leaving = False
            safe = tr("What is listed is still on this computer, and is lost if you leave now. ")
            self._tell(f"{safe}{activity.message}")
        self._window.keeping.keeps_saving = not self._is_leaving
        self._window.keeping.look_now()
        self._has_saved = True

    def _tell(self, text: str) -> None:
        self._said = text
        self._follow()


def _keep(path: str, desk: WindowDesk) -> None:
    desk.keep_stray(path)


def _finished(document: Json) -> str:
    files = sum(len(project["saved"]) for project in document.get("projects", ()))
    said = words.counted(files, "{n} file saved", "{n} files saved")
    return tr("✓ {files}, and the session's list says complete", files=said)

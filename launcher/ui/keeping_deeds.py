"""What a person can ask for about what is kept: earlier states, conflicts, what is not saved, and leaving.

Dialogs are imported when they are asked for, as in `deeds`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from launcher.ui import earlier, what_is_this, words
from launcher.ui.rows import Project, saved_of
from launcher.ui.texts import tr
from launcher.ui.two_versions import TwoVersions
from launcher.ui.window_desk import Json

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class KeepingDeeds:
    """The verbs of one window that are about keeping; the names stand in the table of `actions`."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def show_unsaved(self) -> None:
        """The files that are only on this computer, and what a save would send."""
        from launcher.ui.dialogs.unsaved import Unsaved

        window = self._window
        Unsaved(window, window.keeping, window.acts["save"]).open()

    def show_saved_states(self) -> None:
        """The saved states of the chosen project."""
        from launcher.ui.dialogs.saved_states import SavedStatesView

        window, project = self._window, self._window.chosen
        if project is None:
            window.notice.say(tr("Choose a project first."))
            return
        view = SavedStatesView(window, project, window.calls, window.tasks, self._open_in(project))
        view.wanted.connect(self._bring_back)
        view.open()

    def _open_in(self, project: Project) -> str:
        """Why nothing can be brought back into the project now; empty if it can."""
        state = saved_of(project, self._window.keeping.by_key)
        return self._has_open(state.dir) if state is not None else ""

    def _has_open(self, folder: str) -> str:
        run = next((run for run in self._window.running.runs if run.dir == folder), None)
        if run is None:
            return ""
        tool = words.tool_title(run.tool_id)
        if run.task:
            return tr(
                "{tool} works on this project without its window: no file can be replaced. Wait for it, or stop it.",
                tool=tool,
            )
        return tr("{tool} has this project open: nothing can take a file's place. Save and close it there.", tool=tool)

    def _bring_back(self, uri: str, at: str, title: str) -> None:
        activities, command = self._window.activities, ("restore", uri, "--at", at)
        if not activities.is_running("restore", command):
            activities.start("restore", title, command, None, _brought_back)

    def show_welcome(self) -> None:
        """The first page once more."""
        self._window.first_run.show()

    def ask_what_this_is(self) -> None:
        """The next click explains what it meets."""
        what_is_this.ask()

    def leave(self) -> None:
        """The end panel."""
        self._window.way_out.open()

    def show_conflicts(self) -> None:
        """The files that two sessions changed, and which version counts."""
        from launcher.ui.dialogs.conflicts import ConflictsView

        window = self._window
        view = ConflictsView(window, window.calls, window.tasks, self._has_open)
        view.decided.connect(self._decide)
        view.open()

    def _decide(self, one: TwoVersions, keep: str) -> None:
        activities, command = self._window.activities, ("conflicts", one.dir, f"{one.dir}/{one.path}", "--keep", keep)
        if not activities.is_running("conflicts", command):
            activities.start("conflicts", tr("Deciding about {file}", file=one.shown), command, None, one.decided)


def _brought_back(document: Json) -> str:
    return earlier.brought_back(document, datetime.now().astimezone())

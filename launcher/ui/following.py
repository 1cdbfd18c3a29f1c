"""What the parts of the main window show and allow follows what is chosen, where the person is, and what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from launcher.ui.activities import Activity
from launcher.ui.history import Where
from launcher.ui.rows import Place, Project, SavedState, last_part, saved_of

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow

#: Commands that may start something here, and may have to ask for trust first.
_STARTING = frozenset({"open", "train", "compare", "queue"})


class Following(QObject):
    """Of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    # What is chosen

    def choice_changed(self) -> None:
        """Another card, or none."""
        window, project = self._window, self._window.chosen
        window.details.show(project, self.saved_state(project))
        allowed = {
            ("open", "bring", "copy-for"): project is not None and project.can_open,
            ("train",): project is not None and project.can_train,
            ("saved-states", "compare"): project is not None,
        }
        for names, is_allowed in allowed.items():
            for name in names:
                window.acts[name].setEnabled(is_allowed)
        window.open_with.choose(project)
        window.file_deeds.allow()

    def saved_state(self, project: Project | None) -> SavedState | None:
        """How much of a project on this computer is saved; None for one that is not here."""
        return saved_of(project, self._window.keeping.by_key) if project is not None else None

    # Where the person is

    def go_to_place(self, place: Place) -> None:
        """A place was chosen on the left."""
        self._window.browsing.go(Where(place.root, place.root))

    def moved(self) -> None:
        """Another level of a place, or another place."""
        window, history = self._window, self._window.browsing.history
        now, place = history.now, window.browsing.place
        window.acts["back"].setEnabled(history.can_go_back)
        window.acts["forward"].setEnabled(history.can_go_forward)
        window.acts["up"].setEnabled(now is not None and now.uri != now.root)
        if now is not None:
            window.top.crumbs.show_way(now.crumbs(place.name if place is not None else last_part(now.root)))
            window.places.show_chosen(now.root)
        window.file_deeds.allow()
        self.look_into_tab()

    def look_into_tab(self) -> None:
        """Videos and files are listed when somebody looks at them."""
        if self._window.browser.tab == "videos":
            self._window.browsing.level.find_videos()
        elif self._window.browser.tab == "files":
            self._window.browsing.level.list_files()

    # What is kept, and what is on its way

    def show_saved(self) -> None:
        """More is saved than before, or less."""
        window, keeping = self._window, self._window.keeping
        window.bottom.show_saved(keeping.saved_line(), keeping.saved_when())
        window.bottom.show_in_two_versions(sum(one.in_two_versions for one in (keeping.states or {}).values()))
        window.projects.show_saved(keeping.by_key)
        window.browsing.places.show_saved(keeping.by_key)
        window.details.show_saved(self.saved_state(window.chosen))
        window.file_deeds.allow()
        self._allow_saving()

    def show_time_left(self) -> None:
        """The end of the session is nearer."""
        window, is_running = self._window, bool(self._window.running.runs)
        window.bottom.show_time_left(
            window.time_left.line(), window.time_left.ends.explained(is_something_running=is_running)
        )

    def activities_changed(self) -> None:
        """Something began, went on or ended."""
        self._window.strip.show_activities(self._window.activities.rows())
        self._allow_saving()

    def activity_ended(self, activity: Activity) -> None:
        """What it changed here is looked at."""
        self._window.keeping.look_now()
        if activity.kind in _STARTING:
            self._window.running.look_now()
            self._window.deeds.ask_about(activity)

    def _allow_saving(self) -> None:
        window, keeping = self._window, self._window.keeping
        window.acts["save"].setEnabled(not keeping.is_nothing_here and not window.activities.is_running("save"))
        window.acts["unsaved"].setEnabled(bool(keeping.states))

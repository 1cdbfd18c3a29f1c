"""The main window: its parts, side by side, and what leads from one to the other."""

from __future__ import annotations

import asyncio
import logging

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui import words
from launcher.ui.actions import make_actions
from launcher.ui.activities import Activities
from launcher.ui.asking import Asking
from launcher.ui.browsing import Browsing
from launcher.ui.choice import Choice
from launcher.ui.closing import Closing
from launcher.ui.commands import Commands
from launcher.ui.comparing_deeds import ComparingDeeds
from launcher.ui.connections import connect_parts
from launcher.ui.deeds import Deeds
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.details import Details
from launcher.ui.file_deeds import FileDeeds
from launcher.ui.first_run import FirstRun
from launcher.ui.following import Following
from launcher.ui.going_deeds import GoingDeeds
from launcher.ui.icons import app_icon
from launcher.ui.keeping import Keeping
from launcher.ui.keeping_deeds import KeepingDeeds
from launcher.ui.leave import Leave
from launcher.ui.memory import Memory
from launcher.ui.models.posters import Posters
from launcher.ui.models.projects import Chip, ProjectFilter, ProjectsModel
from launcher.ui.open_with import OpenWith
from launcher.ui.panes.activity import ActivityStrip
from launcher.ui.panes.body import Body
from launcher.ui.panes.bottom_bar import BottomBar
from launcher.ui.panes.browser import BrowserPane
from launcher.ui.panes.inspector import Inspector
from launcher.ui.panes.notice import Notice
from launcher.ui.panes.places import PlacesPane
from launcher.ui.panes.top_bar import TopBar
from launcher.ui.recents import Recents
from launcher.ui.remembering import Remembering
from launcher.ui.rows import Project
from launcher.ui.running import Running
from launcher.ui.running_deeds import RunningDeeds
from launcher.ui.saved_column import SavedColumn
from launcher.ui.session_news import SessionNews
from launcher.ui.subject import Subject, of_entry, of_project
from launcher.ui.texts import tr
from launcher.ui.theme import Theme
from launcher.ui.time_left import TimeLeft
from launcher.ui.training_deeds import TrainingDeeds
from launcher.ui.video_details import VideoDetails
from launcher.ui.what_is_this import explain_fields

log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """Everything the person sees."""

    #: Once, when there is something to see: until then nothing expensive is touched.
    painted = Signal()
    gpu_looked = Signal(object)

    def __init__(self, calls: DeskCalls, commands: Commands, theme: Theme, state_dir: str = "") -> None:
        super().__init__()
        self.state_dir = state_dir
        self.setWindowTitle("Pose Launcher")
        self.setWindowIcon(app_icon())
        self.closed = asyncio.Event()
        self.closing = Closing(self)
        self.remembering = Remembering(self)
        self.following = Following(self)
        self._is_painted = False
        self.calls = calls
        self.theme = theme
        self.tasks = Tasks(self._task_failed)
        self.acts = make_actions(self)
        self._make_models(commands)
        self._make_panes()
        self._lay_out()
        connect_parts(self)
        self.tint()
        self.following.choice_changed()
        self.following.show_saved()

    def _make_models(self, commands: Commands) -> None:
        posters = Posters(self.calls, self.tasks)
        self.projects = ProjectsModel(posters)
        self.shown = ProjectFilter(self.projects)
        self.browsing = Browsing(self.calls, self.tasks, self.projects, self.shown)
        self.keeping = Keeping(self.calls, self.tasks)
        self.running = Running(self.calls, self.tasks)
        self.time_left = TimeLeft(self.calls, self.tasks)
        self.activities = Activities(commands, self.tasks)
        self.recents = Recents(self.calls, self.tasks, self.browsing.places)
        # They go with the window: Qt holds what listens to a signal for as long as the one who sends it is there.
        for part in (
            posters,
            self.projects,
            self.shown,
            self.browsing,
            self.keeping,
            self.running,
            self.time_left,
            self.activities,
            self.recents,
        ):
            part.setParent(self)

    def _make_panes(self) -> None:
        self.top = TopBar(self.acts, self.theme)
        self.places = PlacesPane(self.browsing.places, [self.acts["run-log"], self.acts["stop"]], self.theme)
        self.browser = BrowserPane(
            self.shown, self.browsing.level.videos_shown, self.browsing.level.files, _chips(), self.theme
        )
        self.choice = Choice(self.browser.cards, self.shown)
        self.choice.setParent(self)
        for name in ("back", "forward", "up"):
            self.acts[name].setEnabled(False)  # nobody has been anywhere
        self.inspector = Inspector(self.acts, self.theme)
        self.details = Details(self.calls, self.tasks, self.inspector)
        self.notice = Notice()
        self.strip = ActivityStrip()
        self.bottom = BottomBar(self.acts, self.theme)
        self.deeds = Deeds(self)
        self.running_deeds = RunningDeeds(self)
        self.going_deeds = GoingDeeds(self)
        self.keeping_deeds = KeepingDeeds(self)
        self.training_deeds = TrainingDeeds(self)
        self.comparing_deeds = ComparingDeeds(self)
        self.asking = Asking(self)
        self.first_run = FirstRun(self)
        self.session_news = SessionNews(self)
        self.way_out = Leave(self)
        self.saved_column = SavedColumn(self)
        self.file_deeds = FileDeeds(self)
        self.doers = (
            self.deeds, self.running_deeds, self.going_deeds, self.keeping_deeds, self.training_deeds,
            self.comparing_deeds, self.file_deeds,
        )  # fmt: skip
        self.open_with = OpenWith(self.calls, self.tasks, self.inspector.other_tools, self.browsing.places)
        self.open_with.setParent(self)
        self.video_details = VideoDetails(self.calls, self.tasks, self.inspector)
        self.video_details.setParent(self)

    def _lay_out(self) -> None:
        self.body = Body(self.places, self.browser, self.inspector)
        self.browser.show_notice(self.notice)
        self.browser.show_notice(self.asking.pane)
        self.browser.show_notice(self.first_run.pane)
        explain_fields(self)
        self.setCentralWidget(_column(self.top, self.body, self.strip, self.bottom, stretched=self.body))
        self.places.setFocus()
        self.setMinimumSize(760, 520)
        room = self.screen().availableSize() - QSize(16, 48)  # what a window manager puts around it
        self.resize(QSize(1440, 900).boundedTo(room))
        self.body.set_places_width(Memory().places_width)

    def tint(self) -> None:
        """Icons in rows have the colour of what stands beside them."""
        self.browsing.level.videos.icon_colour = self.theme.tokens.dim

    def begin(self) -> None:
        """Look at the world; called when the window has been painted."""
        self.browsing.find_places()
        self.tasks.start("watch places", self.browsing.watch_places)
        self.keeping.begin()
        self.running.begin()
        self.time_left.begin()
        self.asking.begin()
        self.first_run.begin()
        self.recents.begin()
        self.session_news.begin()
        self.tasks.start("gpu", self._watch_gpu)

    async def _watch_gpu(self) -> None:
        await self.calls.call(lambda desk: desk.watch_gpu(self.gpu_looked.emit))  # comes back through Qt's queue

    def come_forward(self) -> None:
        """Be seen: a second start asked for it."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    # What is chosen

    @property
    def chosen(self) -> Project | None:
        """The project whose card is the current one."""
        return self.choice.project

    @property
    def subject(self) -> Subject | None:
        """What the verbs on files act on: the project, or the row of the tab that is shown."""
        if self.browser.tab == "projects":
            return of_project(self.chosen, self.following.saved_state(self.chosen))
        return of_entry(self.browser.entry, self.browsing.place)

    # Being shown

    @property
    def is_narrow(self) -> bool:
        """Do the details lie over the cards?"""
        return self.body.is_narrow

    def show_details(self, *, shown: bool) -> None:
        """Show or hide them."""
        self.body.show_details(shown=shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first one is what everything else waits for."""
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes the drawer away, and the words out of the search field; a key that cannot save says why."""
        if (
            QKeySequence(event.keyCombination()) == self.acts["save"].shortcut()
        ):  # only a disabled action leaves its key to us
            self.deeds.say_why_not_saving()
        elif event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.is_narrow and self.inspector.isVisible():
            self.show_details(shown=False)
        else:
            self.top.search.clear()
            self.browser.view().setFocus()

    # Going wrong, and going away

    def _task_failed(self, name: str, exc: Exception) -> None:
        if not isinstance(exc, errors.LauncherError):
            log.error("%s failed", name, exc_info=exc)
        self.notice.tell(in_words(exc))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Refused until everything is tidied up."""
        self.closing.asked(event)

    def leave(self) -> None:
        """Tidy up without freezing, then close."""
        self.closing.leave()


def _column(*widgets: QWidget, stretched: QWidget) -> QWidget:
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, int(widget is stretched))
    return whole


def _chips() -> tuple[Chip, ...]:
    tools = tuple(Chip(tool_id, title) for tool_id, title in words.TOOL_TITLES.items() if tool_id in _MOST_USED)
    return (Chip("all", tr("All")), *tools, Chip("labelled", tr("Labelled")), Chip("mine", tr("Mine")))


_MOST_USED = ("deeplabcut", "sleap")

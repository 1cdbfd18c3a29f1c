"""Looking around: where the person is, and filling the models with what is there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls, Json, WindowDesk, in_words
from launcher.ui.history import History, Where
from launcher.ui.models.files import FilesModel, level_of
from launcher.ui.models.places import PlacesModel
from launcher.ui.models.projects import ProjectFilter, ProjectsModel
from launcher.ui.models.videos import VideoFilter, VideosModel
from launcher.ui.rows import Entry, Place, entries_of, local_address, place_of, project_of
from launcher.ui.states import SLOW_S, Looked, State, state_of

log = logging.getLogger(__name__)
#: The admin may offer a bucket more, and one that was away may be back.
_PLACES_EVERY_S = 30.0


class Browsing(QObject):
    """One place at a time; leaving it ends what was still being looked for there."""

    moved = Signal()
    counted = Signal(str, object)
    said = Signal(str, object)
    noticed = Signal(object)

    def __init__(self, calls: DeskCalls, tasks: Tasks, projects: ProjectsModel, shown: ProjectFilter) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self.projects, self.shown = projects, shown
        self.places, self.videos, self.files = PlacesModel(), VideosModel(), FilesModel(calls, tasks)
        self.videos_shown = VideoFilter(self.videos)
        for model in (self.places, self.videos, self.videos_shown, self.files):
            model.setParent(self)
        self.history = History()
        self._preferred = ""
        self._places: tuple[Place, ...] = ()
        self._looked = {tab: Looked(tab) for tab in ("projects", "videos", "files")}
        self._videos_of: Where | None = None
        for signal in (shown.rowsInserted, shown.rowsRemoved, shown.modelReset, shown.layoutChanged):
            signal.connect(self._tell_projects)
        self.files.failed.connect(self._files_failed)
        self.files.listed.connect(self._files_listed)
        self.files.rowsInserted.connect(lambda *_: self._tell_files())

    # Where

    def prefer(self, root: str, places: Sequence[Place] = ()) -> None:
        """The place to begin with, and the places as they were, until the desk says how they are."""
        self._preferred = root
        if places:
            self._know(places)

    @property
    def known_places(self) -> tuple[Place, ...]:
        """The places as they are known now."""
        return self._places

    def _know(self, places: Sequence[Place]) -> None:
        self._places = tuple(places)
        self.places.show_places(self._places)
        self.shown.home_is(next((place.root for place in self._places if place.kind == "home"), ""))

    @property
    def place(self) -> Place | None:
        """The place that is shown."""
        now = self.history.now
        return next((place for place in self._places if now and place.root == now.root), None)

    def find_places(self) -> None:
        """Ask for the places; the first look goes to where recordings are."""
        self._tasks.start("places", self._find_places)
        if self._places and self.history.now is None:
            self.go(self._first())  # remembered: nobody waits for the desk

    async def _find_places(self) -> None:
        try:
            rows = await self._calls.call(lambda desk: desk.places())
        except Exception as exc:
            if not isinstance(exc, errors.LauncherError):
                log.exception("the places are not known")
            self._say("projects", replace(self._looked["projects"], ended=True, failure=in_words(exc)))
            return
        self._know([place_of(row) for row in rows])
        if self.history.now is None and self._places:
            self.go(self._first())
        elif self.history.now is not None:
            self.moved.emit()

    async def watch_places(self) -> None:
        """Look again now and then; nothing is drawn anew while all is as it was."""
        while True:
            await asyncio.sleep(_PLACES_EVERY_S)
            try:
                rows = await self._calls.call(lambda desk: desk.places())
            except errors.LauncherError:
                continue  # what was known stays; F4 tells why
            places = tuple(place_of(row) for row in rows)
            if places != self._places:
                self._know(places)

    def _first(self) -> Where:
        known = [place for place in self._places if place.root and place.root == self._preferred]
        data = [place for place in self._places if place.kind == "data"]
        first = (known or data or list(self._places))[0]
        return Where(first.root, first.root)

    def go(self, where: Where) -> None:
        """Show a level of a place."""
        if where != self.history.now:
            self.history = self.history.to(where)
            self._arrive()

    def step(self, history: History) -> None:
        """Back or forward."""
        if history != self.history:
            self.history = history
            self._arrive()

    def up(self) -> None:
        """One level up, as far as the place goes."""
        now = self.history.now
        if now is not None and now.uri != now.root:
            self.go(replace(now, uri=now.uri.rstrip("/").rpartition("/")[0] + "/"))

    def look_again(self) -> None:
        """Everything anew: the places as well, since one of them may be back, but nobody waits for those."""
        self.find_places()
        if self.history.now is not None:
            self._arrive()

    def _arrive(self) -> None:
        now = self.history.now
        assert now is not None
        self._videos_of = None
        self.projects.clear()
        self.videos.clear(now.uri)
        self.files.show(now.uri)
        self._looked = {tab: Looked(tab) for tab in self._looked}
        for tab in self._looked:
            self.counted.emit(tab, None)
            self._say(tab, self._looked[tab])
        self.moved.emit()
        self._tasks.cancel("videos")
        self._tasks.start("projects", partial(self._find_projects, now))

    # Projects

    async def _find_projects(self, where: Where) -> None:
        began = time.monotonic()
        self._tasks.start("slow", self._grow_impatient)
        failure: errors.LauncherError | None = None
        try:
            async for messages in self._project_messages(where):
                self.projects.add(project_of(one["project"]) for one in messages if "project" in one)
                problems = [errors.from_json(one["problem"]) for one in messages if "problem" in one]
                if problems:
                    self.noticed.emit(problems[-1])
        except Exception as exc:  # noqa: BLE001 - told in the view, with what was found until then
            failure = in_words(exc)
        self._tasks.cancel("slow")
        what = "local" if where.is_here else "projects"
        seconds = time.monotonic() - began
        self._looked["projects"] = Looked(what, ended=True, seconds=seconds, failure=failure)
        self._tell_projects()
        if failure is not None and self.projects.rowCount():
            self.noticed.emit(failure)

    async def _project_messages(self, where: Where) -> AsyncIterator[list[Json]]:
        if where.is_here:
            rows = await self._calls.call(lambda desk: desk.here())
            everywhere = self.place is not None and self.place.kind == "local" and where.uri == where.root
            yield [{"project": row} for row in rows if everywhere or local_address(row["dir"]).startswith(where.uri)]
            return
        async for messages in self._calls.stream(lambda desk: desk.projects(where.uri)):
            yield messages

    async def _grow_impatient(self) -> None:
        """After a few seconds without an answer, say that it is the server, and for how long; ever more rarely."""
        seconds = SLOW_S
        await asyncio.sleep(seconds)
        while True:
            rows = {"projects": self.projects, "videos": self.videos, "files": self.files}
            for tab, looked in self._looked.items():
                self._looked[tab] = replace(looked, seconds=seconds)
                if not looked.ended and not rows[tab].rowCount():
                    self._say(tab, self._looked[tab])
            await asyncio.sleep(seconds)
            seconds *= 2

    def _tell_projects(self, *_: object) -> None:
        found = self.projects.rowCount()
        shown = self.shown.rowCount()
        looked = replace(self._looked["projects"], found=found, shown=shown)
        self.counted.emit("projects", shown if found or looked.ended else None)
        self._say("projects", looked)

    # Videos

    def find_videos(self) -> None:
        """List the videos of this place, once it is wanted: it takes a listing of everything below."""
        now = self.history.now
        if now is None or now == self._videos_of:
            return
        self._videos_of = now
        self._tasks.start("videos", partial(self._find_videos, now))

    async def _find_videos(self, where: Where) -> None:
        failure: errors.LauncherError | None = None
        try:
            async for pages in self._calls.stream(lambda desk: _pages_of_videos(desk, where.uri)):
                for videos in pages:
                    self.videos.add(videos)
                self._tell_videos()
        except Exception as exc:  # noqa: BLE001 - told in the view
            failure = in_words(exc)
        self._looked["videos"] = Looked("videos", ended=True, failure=failure)
        self._tell_videos()

    def _tell_videos(self) -> None:
        found, shown = self.videos.rowCount(), self.videos_shown.rowCount()
        if found or self._looked["videos"].ended:
            self.counted.emit("videos", shown)
        self._say("videos", replace(self._looked["videos"], found=found, shown=shown))

    def search(self, text: str) -> None:
        """Other words in the search field, for projects and videos alike."""
        self.shown.search(text)
        self.videos_shown.search(text)
        self._tell_videos()

    # Files

    def list_files(self) -> None:
        """List the first level, once it is wanted; deeper ones when they are opened."""
        self.files.list_first()

    def _files_failed(self, uri: str, failure: errors.LauncherError) -> None:
        now = self.history.now
        if now is not None and uri == now.uri:
            self._looked["files"] = Looked("files", ended=True, failure=failure)
            self._tell_files()
        else:
            self.noticed.emit(failure)

    def _files_listed(self, uri: str) -> None:
        now = self.history.now
        if now is not None and uri == now.uri:
            self._looked["files"] = Looked("files", ended=True)
            self._tell_files()

    def _tell_files(self) -> None:
        count = self.files.rowCount()
        self._say("files", replace(self._looked["files"], found=count, shown=count))

    def _say(self, tab: str, looked: Looked) -> None:
        state: State | None = state_of(looked)
        self.said.emit(tab, state)


def _pages_of_videos(desk: WindowDesk, uri: str) -> Iterator[list[Entry]]:
    """Sorted out on the thread that lists."""
    from launcher.tools.media import is_video  # brings in the tools' readers: not before the first paint

    for page in level_of(desk, uri, recursive=True):
        yield [entry for entry in entries_of(page, uri) if not entry.is_folder and is_video(entry.uri)]

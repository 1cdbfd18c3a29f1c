"""What is at one level of a place: projects, videos and files, each looked for when somebody wants to see it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.history import Where
from launcher.ui.models.files import FilesModel, level_of
from launcher.ui.models.projects import ProjectFilter, ProjectsModel
from launcher.ui.models.videos import VideoFilter, VideosModel
from launcher.ui.rows import Entry, entries_of, local_address, project_of
from launcher.ui.states import SLOW_S, Looked, State, state_of
from launcher.ui.window_desk import Json, WindowDesk


class Level(QObject):
    """One level at a time; leaving it ends what was still being looked for there."""

    counted = Signal(str, object)
    said = Signal(str, object)
    noticed = Signal(object)

    def __init__(self, calls: DeskCalls, tasks: Tasks, projects: ProjectsModel, shown: ProjectFilter) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self.projects, self.shown = projects, shown
        self.videos, self.files = VideosModel(), FilesModel(calls, tasks)
        self.videos_shown = VideoFilter(self.videos)
        for model in (self.videos, self.videos_shown, self.files):
            model.setParent(self)
        self._where: Where | None = None
        self._is_everything_here = False
        self._looked = {tab: Looked(tab) for tab in ("projects", "videos", "files")}
        self._videos_of: Where | None = None
        for signal in (shown.rowsInserted, shown.rowsRemoved, shown.modelReset, shown.layoutChanged):
            signal.connect(self._tell_projects)
        self.files.failed.connect(self._files_failed)
        self.files.listed.connect(self._files_listed)
        self.files.rowsInserted.connect(lambda *_: self._tell_files())

    def show(self, where: Where, *, is_everything_here: bool) -> None:
        """Another level: what was still being looked for elsewhere ends."""
        self._where, self._is_everything_here = where, is_everything_here
        self._videos_of = None
        self.projects.clear()
        self.videos.clear(where.uri)
        self.files.show(where.uri)
        self._looked = {tab: Looked(tab) for tab in self._looked}
        for tab in self._looked:
            self.counted.emit(tab, None)
            self._say(tab, self._looked[tab])
        self._tasks.cancel("videos")
        self._tasks.start("projects", partial(self._find_projects, where))

    def fail(self, failure: errors.LauncherError) -> None:
        """There is no place to look at."""
        self._say("projects", replace(self._looked["projects"], ended=True, failure=failure))

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
            everywhere = self._is_everything_here
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
        now = self._where
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
        """Other words in the search field, for projects, videos and files alike."""
        self.shown.search(text)
        self.videos_shown.search(text)
        self.files.search(text)
        self._tell_videos()
        self._tell_files()

    # Files

    def list_files(self) -> None:
        """List the first level, once it is wanted; deeper ones when they are opened."""
        self.files.list_first()

    def _files_failed(self, uri: str, failure: errors.LauncherError) -> None:
        now = self._where
        if now is not None and uri == now.uri:
            self._looked["files"] = Looked("files", ended=True, failure=failure)
            self._tell_files()
        else:
            self.noticed.emit(failure)

    def _files_listed(self, uri: str) -> None:
        now = self._where
        if now is not None and uri == now.uri:
            self._looked["files"] = Looked("files", ended=True)
            self._tell_files()

    def _tell_files(self) -> None:
        found, shown = self.files.known, self.files.rowCount()
        self._say("files", replace(self._looked["files"], found=found, shown=shown))

    def _say(self, tab: str, looked: Looked) -> None:
        state: State | None = state_of(looked)
        self.said.emit(tab, state)


def _pages_of_videos(desk: WindowDesk, uri: str) -> Iterator[list[Entry]]:
    """Sorted out on the thread that lists."""
    from launcher.tools.media import is_video  # brings in the tools' readers: not before the first paint

    for page in level_of(desk, uri, recursive=True):
        yield [entry for entry in entries_of(page, uri) if not entry.is_folder and is_video(entry.uri)]

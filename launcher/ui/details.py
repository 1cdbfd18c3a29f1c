"""Fills the right side: words at once, pictures when they arrive and only for the project that is still chosen."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QImage, QPixmap

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.panes.inspector import WIDTH, Inspector
from launcher.ui.panes.pictures import STRIP_COUNT
from launcher.ui.rows import Project, SavedState
from launcher.ui.window_desk import WindowDesk

#: Twice the pane's width, so that it is sharp at 200 %.
_FRAME = 2 * (WIDTH - 32)
_STRIP_WIDTH, _STRIP_HEIGHT = 120, 90


class Details:
    """One project at a time."""

    def __init__(self, calls: DeskCalls, tasks: Tasks, inspector: Inspector) -> None:
        self._calls = calls
        self._tasks = tasks
        self._inspector = inspector
        self._shown: Project | None = None

    def show(self, project: Project | None, saved: SavedState | None) -> None:
        """Another project."""
        self._inspector.show_project(project, saved)
        if project == self._shown:
            return
        self._shown = project
        self._inspector.expect_pictures(project)
        self._tasks.cancel("details")
        if project is not None:
            self._tasks.start("details", partial(self._fetch, project))

    def show_saved(self, saved: SavedState | None) -> None:
        """The same project, saved or not."""
        self._inspector.show_project(self._shown, saved)

    async def _fetch(self, project: Project) -> None:
        try:
            frame = QPixmap.fromImage(await self._calls.call(lambda desk: _frame(desk, project)))
            self._inspector.show_frame(frame)
            strip = await self._calls.call(lambda desk: _strip(desk, project))
            self._inspector.show_strip([QPixmap.fromImage(image) for image in strip])
        except errors.LauncherError:
            return  # a project without pictures keeps its calm grounds; its health says why it has none


def _frame(desk: WindowDesk, project: Project) -> QImage:
    return _decoded(desk.frame(dict(project.json), _FRAME, _FRAME))


def _strip(desk: WindowDesk, project: Project) -> list[QImage]:
    made = desk.strip(dict(project.json), STRIP_COUNT, _STRIP_WIDTH, _STRIP_HEIGHT)
    return [_decoded(png) for png in made]


def _decoded(png: bytes) -> QImage:
    image = QImage.fromData(png)
    if image.isNull():
        raise errors.Damaged("picture")
    return image

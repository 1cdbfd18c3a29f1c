"""Fills the right side for a video: the frame that the slider asks for, one at a time, the newest wish first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage, QPixmap

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.panes.inspector import WIDTH, Inspector
from launcher.ui.rows import Entry, is_in_s3
from launcher.ui.texts import tr
from launcher.ui.window_desk import WindowDesk

#: Twice the pane's width, so that it is sharp at 200 %.
_FRAME = 2 * (WIDTH - 32)


class VideoDetails(QObject):
    """One video at a time."""

    def __init__(self, calls: DeskCalls, tasks: Tasks, inspector: Inspector) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._inspector = inspector
        self._pane = inspector.video
        self._video: Entry | None = None
        self._facts: Mapping[str, float] = {}
        self._wanted = 0
        self._pane.slider.valueChanged.connect(self._want)

    def show(self, video: Entry | None) -> None:
        """Another video; None shows the project again."""
        self._inspector.show_part(video=video is not None)
        if video == self._video:
            return
        self._video, self._facts, self._wanted = video, {}, 0
        self._tasks.cancel("video frame")
        if video is not None:
            self._pane.show_video(video)
            self._tasks.start("video frame", partial(self._fetch, video))

    def _want(self, number: int) -> None:
        self._wanted = number
        if self._video is not None and "video frame" not in self._tasks.names():
            self._tasks.start("video frame", partial(self._fetch, self._video))

    async def _fetch(self, video: Entry) -> None:
        shown = -1
        while shown != self._wanted:  # the slider may have moved on while a frame was on its way
            shown = self._wanted
            try:
                image, facts = await self._calls.call(partial(_frame, video=video, number=shown))
            except errors.LauncherError as exc:
                self._pane.show_problem(exc)
                continue
            if not self._facts:
                self._facts = facts
                self._pane.show_facts(video, facts)
            self._pane.show_frame(shown, QPixmap.fromImage(image), self._facts)


def _frame(desk: WindowDesk, video: Entry, number: int) -> tuple[QImage, Mapping[str, float]]:
    """Decoded on the thread that fetched it."""
    if not is_in_s3(video.uri):
        raise errors.NotFound(
            video.uri, title=tr("Frames are shown of videos in a bucket"), hint=tr("This one is on this computer.")
        )
    png, facts = desk.video_frame(video.uri, number, _FRAME, _FRAME)
    image = QImage.fromData(png)
    if image.isNull():
        raise errors.Damaged(video.uri)
    return image, facts

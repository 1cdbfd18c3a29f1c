"""Pictures for cards: asked for when a card is painted, fetched a few at a time, kept while the window is open."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.rows import Project
from launcher.ui.window_desk import WindowDesk

#: Twice the size of a card on an ordinary screen, so that it is sharp at 200 %.
WIDTH, HEIGHT = 528, 304
_AT_ONCE, _KEPT = 3, 400


class Posters(QObject):
    """One picture a project; a project that has none is asked only once."""

    arrived = Signal(str)

    def __init__(self, calls: DeskCalls, tasks: Tasks) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._kept: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._asked: set[str] = set()

    def get(self, project: Project) -> QPixmap | None:
        """The picture if it is here; asking makes it come."""
        if project.uri in self._kept:
            self._kept.move_to_end(project.uri)
            return self._kept[project.uri]
        if project.uri not in self._asked:
            self._asked.add(project.uri)
            self._tasks.start(f"poster {project.uri}", partial(self._fetch, project))
        return None

    def is_missing(self, project: Project) -> bool:
        """Is it known that there is no picture?"""
        return project.uri in self._kept and self._kept[project.uri] is None

    async def _fetch(self, project: Project) -> None:
        image = None
        try:
            async with self._turn:
                image = await self._calls.call(lambda desk: _image(desk, project))
        except Exception:  # noqa: BLE001 - a card without a picture says so itself; the rest of the list is well
            image = None
        self._asked.discard(project.uri)
        self._kept[project.uri] = QPixmap.fromImage(image) if image is not None else None
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.arrived.emit(project.uri)


def _image(desk: WindowDesk, project: Project) -> QImage | None:
    """Decoded on the thread that fetched it."""
    image = QImage.fromData(desk.poster(dict(project.json), WIDTH, HEIGHT))
    return None if image.isNull() else image

"""What was open last, on the left: read when the window starts and whenever something was opened."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui.activities import Activity
from launcher.ui.desk_calls import DeskCalls
from launcher.ui.models.places import PlacesModel
from launcher.ui.rows import recent_of

#: More would push the places out of sight.
_SHOWN = 5


class Recents(QObject):
    """Keeps the rows below *Recent*."""

    def __init__(self, calls: DeskCalls, tasks: Tasks, places: PlacesModel) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self._places = places

    def begin(self) -> None:
        """Read them."""
        self._tasks.start("recents", self._read)

    def opened(self, activity: Activity) -> None:
        """A project was opened: it is the newest."""
        if activity.kind == "open" and activity.state == "done":
            self._tasks.start("recents", partial(self._note, activity.words[1]))

    async def _note(self, target: str) -> None:
        await self._calls.call(lambda desk: desk.note_opened(target))
        await self._read()

    async def _read(self) -> None:
        try:
            rows = await self._calls.call(lambda desk: desk.recents())
        except errors.LauncherError:
            return  # the places say already what cannot be reached
        self._places.show_recents([recent_of(row) for row in rows[:_SHOWN]])

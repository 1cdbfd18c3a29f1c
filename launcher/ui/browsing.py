"""Looking around: where the person is, and filling the models with what is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from launcher import errors
from launcher.tasks import Tasks
from launcher.ui.desk_calls import DeskCalls, in_words
from launcher.ui.history import History, Where
from launcher.ui.level import Level
from launcher.ui.models.places import PlacesModel
from launcher.ui.models.projects import ProjectFilter, ProjectsModel
from launcher.ui.rows import Place, places_of

log = logging.getLogger(__name__)
#: The admin may offer a bucket more, and one that was away may be back.
_PLACES_EVERY_S = 30.0


class Browsing(QObject):
    """One place at a time; leaving it ends what was still being looked for there."""

    moved = Signal()

    def __init__(self, calls: DeskCalls, tasks: Tasks, projects: ProjectsModel, shown: ProjectFilter) -> None:
        super().__init__()
        self._calls = calls
        self._tasks = tasks
        self.places = PlacesModel()
        self.level = Level(calls, tasks, projects, shown)
        for part in (self.places, self.level):
            part.setParent(self)
        self.history = History()
        self._preferred = ""
        self._places: tuple[Place, ...] = ()

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
        self.level.shown.home_is(next((place.root for place in self._places if place.kind == "home"), ""))

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
            self.level.fail(in_words(exc))
            return
        self._know(places_of(rows))
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
            places = places_of(rows)
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
        now, place = self.history.now, self.place
        assert now is not None
        is_whole = place is not None and place.kind == "local" and now.uri == now.root
        self.level.show(now, is_everything_here=is_whole)
        self.moved.emit()

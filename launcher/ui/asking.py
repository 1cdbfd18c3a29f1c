"""What the window asks by itself, and what it does with the answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from launcher.ui import offers
from launcher.ui.activities import Tell
from launcher.ui.desk_calls import Json
from launcher.ui.history import Where
from launcher.ui.offers import Offer
from launcher.ui.panes.offers import Offers
from launcher.ui.rows import SavedState, last_part
from launcher.ui.texts import tr

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class Asking(QObject):
    """Follows what is kept, shows the questions, acts on the answers."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._before: tuple[SavedState, ...] = ()
        self.pane = Offers()
        self.pane.answered.connect(self._answered)
        window.keeping.saved_changed.connect(self._look)

    def _look(self) -> None:
        if self._window.keeping.states is None:
            return  # what was asked stays, until something is known again
        states = tuple(self._window.keeping.states.values())
        for name in offers.freed(self._before, states):
            self._window.notice.say(tr("✓ {name} is yours again: saving goes on.", name=name))
        self._before = states
        self.pane.show_offers(offers.offers_of(states, datetime.now().astimezone()))

    def _answered(self, offer: Offer, answer: str) -> None:
        if isinstance(offer.about, SavedState):
            self._about_project(offer.about, answer)

    def _about_project(self, state: SavedState, answer: str) -> None:
        name = last_part(state.dir)
        if answer == "bring-back":
            address = state.home if state.last_saved else state.uri
            self._start("stage", tr("Bringing back {name}", name=name), ("stage", address), _brought_back)
        elif answer == "put-away":
            self._start("put-away", tr("Putting {name} away", name=name), ("put-away", state.dir), _put_away)
        elif answer == "look-again":
            self._window.keeping.look_now()
        elif answer == "look":
            self._look_at(state)

    def _look_at(self, state: SavedState) -> None:
        """In the home place, which the window never writes: nothing here is touched by looking."""
        home = next((place for place in self._window.browsing.known_places if place.kind == "home"), None)
        if home is not None and state.home.startswith(home.root):
            self._window.browsing.go(Where(home.root, state.home))

    def _start(self, kind: str, title: str, command: tuple[str, ...], tell: Tell) -> None:
        activities = self._window.activities
        if not activities.is_running(kind, command):
            activities.start(kind, title, command, None, tell)


def _brought_back(document: Json) -> str:
    return tr("✓ {n} files are back", n=f"{int(document.get('files', 0)):,}")


def _put_away(_: Json) -> str:
    return tr("✓ It is not looked after here any more. What was saved stays in the home bucket.")

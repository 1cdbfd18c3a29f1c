"""What the window asks by itself, and what it does with the answers."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from launcher import errors
from launcher.ui import offers, words
from launcher.ui.activities import Activity, Tell
from launcher.ui.deeds import told_brought, told_opened
from launcher.ui.history import Where
from launcher.ui.offers import LastSession, Oddities, Offer, Stray
from launcher.ui.panes.browser import TABS
from launcher.ui.panes.offers import Offers
from launcher.ui.rows import SavedState, last_part
from launcher.ui.texts import tr
from launcher.ui.window_desk import Json

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


class Asking(QObject):
    """Follows what is kept, shows the questions, acts on the answers."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._before: tuple[SavedState, ...] = ()
        self._last: LastSession | None = None
        self._strays: tuple[Stray, ...] = ()
        self._given_up: set[str] = set()
        #: What is strange about the session now; of it, what the person has read.
        self.oddities = Oddities(())
        self._read: frozenset[str] = frozenset()
        self.pane = Offers()
        self.pane.answered.connect(self._answered)
        window.keeping.saved_changed.connect(self._look)
        window.activities.ended.connect(self._activity_ended)

    def begin(self) -> None:
        """Look what the last session was about; once, since it does not change any more."""
        self._window.tasks.start("last session", self._find_last)

    async def _find_last(self) -> None:
        try:
            found = await self._window.calls.call(lambda desk: desk.last_session())
        except errors.LauncherError:
            return  # the places say already what cannot be reached
        self._last = offers.last_session_of(found) if found is not None else None
        self._show()

    def _look(self) -> None:
        if self._window.keeping.states is None:
            return  # what was asked stays, until something is known again
        states = tuple(self._window.keeping.states.values())
        for name in offers.freed(self._before, states):
            self._window.notice.say(tr("✓ {name} is yours again: saving goes on.", name=name))
        self._before = states
        self._show()

    @property
    def strays(self) -> tuple[Stray, ...]:
        """Projects that would be lost, but for those that the person left there on purpose."""
        return tuple(stray for stray in self._strays if stray.dir not in self._given_up)

    def show_strays(self, found: tuple[Stray, ...]) -> None:
        """Projects that would be lost with the session."""
        if found != self._strays:
            self._strays = found
            self._show()

    def show_oddities(self, notices: tuple[str, ...]) -> None:
        """What is strange about the session, and stops nothing."""
        if Oddities(notices) != self.oddities:
            self.oddities = Oddities(notices)
            self._read &= self.oddities.names  # what was mended, and comes back, is told again
            self._show()

    def _show(self) -> None:
        now = datetime.now().astimezone()
        last = [offers.coming_back(self._last, now)] if self._last is not None else []
        strays = map(offers.stray_offer, self._strays)
        strange = offers.oddity_offers(self.oddities.without(self._read))
        self.pane.show_offers([*last, *offers.offers_of(self._before, now), *strays, *strange])

    def _answered(self, offer: Offer, answer: str) -> None:
        if isinstance(offer.about, SavedState):
            self._about_project(offer.about, answer)
        elif isinstance(offer.about, LastSession):
            self._about_last(offer.about, answer)
        elif isinstance(offer.about, Oddities):
            self._read |= offer.about.names
        elif isinstance(offer.about, Stray) and answer != "keep":
            self._given_up.add(offer.about.dir)
            self._window.tasks.start(f"leave {offer.about.dir}", partial(self._leave, offer.about.dir))
        elif isinstance(offer.about, Stray):
            title = tr("Moving {name} to where it is kept", name=offer.about.name)
            self._start("stray", title, ("stray", "keep", offer.about.dir), _kept)

    async def _leave(self, path: str) -> None:
        with suppress(errors.LauncherError):  # then the end of the session takes it along, which does no harm
            await self._window.calls.call(lambda desk: desk.leave_stray(path))

    def _about_last(self, last: LastSession, answer: str) -> None:
        self._last = None
        self._window.tasks.start("last session is answered", partial(self._note_answered, last.session))
        if answer == "train-on":  # it brings what it needs; a tool's window beside a training helps nobody
            self._start("queue", tr("Going on with what was trained"), ("queue", "--continue"), _trains_on)
            self._restore_view(last, last.projects[0][0])
        if answer != "continue":
            return
        (first, name), *others = last.projects
        self._start("open", tr("Going on with {name}", name=name), ("open", first), told_opened)
        for address, other in others:
            self._start("stage", tr("Bringing {name} here", name=other), ("stage", address), told_brought)
        self._restore_view(last, first)

    def _restore_view(self, last: LastSession, address: str) -> None:
        """As the person left it, if that place is still there; else where the project is kept."""
        browsing, browser = self._window.browsing, self._window.browser
        roots = {place.root for place in browsing.known_places}
        if last.root in roots and last.uri.startswith(last.root) and last.tab in TABS:
            browsing.go(Where(last.root, last.uri))
            browser.show_tab(last.tab)
        else:
            self._go_home(address)

    def _activity_ended(self, activity: Activity) -> None:
        """What was opened or brought is what the next session may go on with: where that was is kept beside it."""
        now = self._window.browsing.history.now
        if (
            activity.state == "done"
            and activity.kind in ("open", "stage", "save")
            and now is not None
            and not now.is_here
        ):
            view = {"root": now.root, "uri": now.uri, "tab": self._window.browser.tab}
            self._window.tasks.start("keep view", partial(self._keep_view, view))

    async def _keep_view(self, view: Json) -> None:
        await self._window.calls.call(lambda desk: desk.keep_view(view))

    async def _note_answered(self, session: str) -> None:
        await self._window.calls.call(lambda desk: desk.answered_last_session(session))

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
        self._go_home(state.home)

    def _go_home(self, address: str) -> None:
        home = next((place for place in self._window.browsing.known_places if place.kind == "home"), None)
        if home is not None and address.startswith(home.root):
            self._window.browsing.go(Where(home.root, address))

    def _start(self, kind: str, title: str, command: tuple[str, ...], tell: Tell) -> None:
        self._window.activities.start_once(kind, title, command, None, tell)


def _brought_back(document: Json) -> str:
    return tr("✓ {n} files are back", n=f"{int(document.get('files', 0)):,}")


def _trains_on(document: Json) -> str:
    goes_on = words.counted(len(document.get("runs", ())), "{n} training goes on", "{n} trainings go on")
    return tr("✓ {what} from the last checkpoint", what=goes_on)


def _kept(document: Json) -> str:
    return tr("✓ It is at {dir} now, and saved from there.", dir=str(document.get("dir", "")))


def _put_away(_: Json) -> str:
    return tr("✓ It is not looked after here any more. What was saved stays in the home bucket.")

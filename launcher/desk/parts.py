"""What a desk is made of: the site, the session, the journal, S3, the processes that open other people's files.

Each part imports what it needs: the AWS libraries alone cost a third of a second, which most commands can spare.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from launcher import errors
from launcher.config.find import Found
from launcher.session.facts import SessionFacts, home_uri
from launcher.storage.uri import S3Uri

# What opens the catalogue, S3 or other people's files is imported where it is first needed: to open a project that is
# here, or to show the first window, takes none of it.
if TYPE_CHECKING:
    from launcher.config.site import LoadedSite, Site
    from launcher.desk.catalogue import LiveSite
    from launcher.desk.pictures import Pictures
    from launcher.desk.staying import SessionClock
    from launcher.journal import Journal
    from launcher.projects.parsing import Parsers
    from launcher.projects.reading import ReaderProcess
    from launcher.projects.tree import Tree
    from launcher.storage.http import Patience
    from launcher.storage.store import Store


#: The journal's name in the state dir.
JOURNAL = "journal.sqlite"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a process is started with: where the catalogue and the program's memory are, and who is here."""

    site: Found | None
    state: Found
    facts: SessionFacts


class Parts:
    """Made when they are first needed, and closed together."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.facts = setup.facts
        self.notices: list[str] = []
        #: Tells the person what happens while it does.
        self.tell: Callable[[str], None] = lambda text: None
        #: How long requests are tried, if not as long as the site says.
        self.patience: Patience | None = None
        #: Projects' folders that were looked at a moment ago, for the look that follows.
        self.trees: dict[Path, Tree] = {}
        self._starting = threading.Lock()
        self._is_closed = False

    def close(self) -> None:
        """Let go of everything that was made; a thread that still works here starts no process any more."""
        with self._starting:
            self._is_closed = True
        for name in ("_reader", "parsers", "store", "journal"):
            part = self.__dict__.pop(name, None)
            if part is not None:
                part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @functools.cached_property
    def loaded(self) -> LoadedSite:
        """The admin's catalogue."""
        if self.setup.site is None:
            raise errors.BadUsage(
                title="There is no site catalogue on this computer",
                hint="Name one with --site FILE, or try everything without one: pose-launcher demo.",
            )
        from launcher.config.site import load_site

        return load_site(self.setup.site.path)

    @functools.cached_property
    def _live_site(self) -> LiveSite:
        from launcher.desk.catalogue import LiveSite

        return LiveSite(self.loaded.site, self.notices)

    @property
    def site(self) -> Site:
        """The catalogue as it is now, with the buckets that it adds from S3."""
        return self._live_site.now(lambda: self.store)

    @functools.cached_property
    def journal(self) -> Journal:
        """What this computer remembers."""
        from launcher.desk.remembering import look_for_lost, remember_again
        from launcher.desk.renamed import Renamed
        from launcher.journal import Journal, once_more
        from launcher.projects.private_folder import make_private

        make_private(self.setup.state.path)
        journal = Journal(self.setup.state.path / JOURNAL)
        journal.when_damaged = lambda: remember_again(self, journal)
        once_more(lambda: look_for_lost(self, journal))
        once_more(Renamed(journal).projects)
        return journal

    @functools.cached_property
    def store(self) -> Store:
        """The site's storage."""
        from launcher.storage.store import Store

        return Store(self.loaded.site.s3, self.patience)

    @functools.cached_property
    def parsers(self) -> Parsers:
        """The processes that open other people's files."""
        from launcher.projects.parsing import Parsers

        self._check_open()
        return Parsers()

    @functools.cached_property
    def home(self) -> S3Uri:
        """The person's home prefix."""
        return S3Uri.parse(home_uri(self.loaded.site.home.uri, self.facts))

    @functools.cached_property
    def _reader(self) -> ReaderProcess:
        from launcher.projects.reading import ReaderProcess

        with self._starting:
            self._check_open()
            made = self.__dict__["_reader"] = ReaderProcess(self.loaded.site.s3, str(self.home))
        return made

    def _check_open(self) -> None:
        if self._is_closed:
            raise errors.NotDone(title="The launcher is being closed", hint="Nothing was begun. Do it again.")

    @functools.cached_property
    def pictures(self) -> Pictures:
        """Posters and frames, remembered in the state dir."""
        from launcher.desk.picture_cache import PictureCache
        from launcher.desk.pictures import Pictures

        cache = PictureCache(self.setup.state.path / "cache" / "posters")
        return Pictures(lambda op, uri, **more: self._reader.ask(op, uri, **more), cache)

    @property
    def session_id(self) -> str:
        """This session; outside a stream, the time since this computer was started."""
        if self.facts.session_id:
            return self.facts.session_id
        import socket

        from launcher.session.boot import boot

        return f"{socket.gethostname()}-{boot()}"

    @property
    def person(self) -> str:
        """Who sits here, in words."""
        import getpass

        return self.facts.user or getpass.getuser()

    @property
    def writer(self) -> str:
        """What tells this state dir from any other, also on a computer with the same name."""
        import secrets

        return self.journal.writer(secrets.token_hex(8))

    @functools.cached_property
    def session_clock(self) -> SessionClock:
        """The limits of this session."""
        from launcher.desk.staying import SessionClock

        return SessionClock(self.loaded.site if self.setup.site is not None else None, self.facts)

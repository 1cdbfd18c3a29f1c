"""What a person can do, built from the site, the session and the journal. Window and commands call only this.

Each verb imports what it needs: the AWS libraries alone cost a third of a second, which most commands can spare.
"""

from __future__ import annotations

import functools
import getpass
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.channel import Message
from launcher.config.find import Found
from launcher.session.boot import boot_time_s
from launcher.session.facts import SessionFacts, home_uri
from launcher.storage.uri import S3Uri

# What opens the catalogue, S3 or other people's files is imported where it is first needed: to open a project that is
# here, or to show the first window, takes none of it.
if TYPE_CHECKING:
    from launcher.config.show import Setting
    from launcher.config.site import LoadedSite, Site
    from launcher.desk.catalogue import LiveSite
    from launcher.desk.pictures import Pictures
    from launcher.desk.staying import SessionClock
    from launcher.journal import Journal, ProjectRecord
    from launcher.projects.parsing import Parsers
    from launcher.projects.reading import ReaderProcess
    from launcher.projects.stage_plan import Profile
    from launcher.projects.staging.report import Progress, StageReport
    from launcher.saving.earlier_sessions import EarlierSessions
    from launcher.saving.save import Saver, SaveReport
    from launcher.saving.verify import VerifyReport
    from launcher.storage.http import Patience
    from launcher.storage.store import Store


@dataclass(frozen=True, slots=True)
class Setup:
    """What a process is started with: where the catalogue and the program's memory are, and who is here."""

    site: Found | None
    state: Found
    facts: SessionFacts


class Desk:
    """One person's desk. Expensive parts are made when they are first needed, and closed together."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.facts = setup.facts
        self.notices: list[str] = []
        #: Tells the person what happens while it does.
        self.tell: Callable[[str], None] = lambda text: None
        #: How long requests are tried, if not as long as the site says.
        self.patience: Patience | None = None
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

    def __enter__(self) -> Desk:
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
        from launcher.desk.remembering import remember_again
        from launcher.journal import Journal
        from launcher.projects.private_folder import make_private

        make_private(self.setup.state.path)
        journal = Journal(self.setup.state.path / "journal.sqlite")
        journal.when_damaged = lambda: remember_again(self, journal)
        if journal.lost:
            remember_again(self, journal)
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
        return f"{socket.gethostname()}-{boot_time_s()}"

    @property
    def person(self) -> str:
        """Who sits here, in words."""
        return self.facts.user or getpass.getuser()

    @property
    def writer(self) -> str:
        """What tells this state dir from any other, also on a computer with the same name."""
        return self.journal.writer(secrets.token_hex(8))

    # Looking

    def places(self) -> list[dict[str, Any]]:
        """Where data lives, and what survives there."""
        from launcher.desk import places

        return places.rows(self)

    def list_prefix(self, uri: str, *, recursive: bool = False) -> Iterator[Message]:
        """Pages of a place, the first one at once."""
        where = S3Uri.parse(uri).as_prefix()
        empty = True
        for message in self._reader.ask("list", str(where), recursive=recursive):
            page = message["page"]
            empty = empty and not page["prefixes"] and not page["objects"]
            yield page
        if empty and where.key:
            raise errors.NotFound(where)

    def projects(self, uri: str | None) -> Iterator[Message]:
        """Projects at or below a place, or in all places; then what could not be read, and how much was looked at."""
        roots = (
            [str(S3Uri.parse(uri).as_prefix())]
            if uri
            else [str(self.home), *(bucket.uri for bucket in self.site.bucket)]
        )
        for root in roots:
            try:
                yield from self._reader.ask("projects", root)
            except errors.Unreachable:
                raise
            except errors.LauncherError as exc:
                yield {"problem": exc.to_json()}  # the other places may be well

    def show(self, uri: str) -> dict[str, Any]:
        """One project's card."""
        (message,) = self._reader.ask("show", str(S3Uri.parse(uri)))
        project: dict[str, Any] = message["project"]
        return project

    # Bringing here

    def stage(
        self, uri: str, folder: Path | None, profile: Profile, progress: Progress, *, dry_run: bool = False
    ) -> StageReport:
        """Bring a project to local disk."""
        self.parsers.start("config.yaml" if uri.endswith("/") else uri)  # it gets ready while we import
        from launcher.desk.bringing import bring

        return bring(self, uri, folder, profile, progress, dry_run=dry_run)

    # Keeping

    def records(self, folder: Path | None) -> list[ProjectRecord]:
        """The project of a folder, or every project that was brought to this computer."""
        if folder is None:
            return [record for record in self.journal.projects() if record.dir.exists()]
        wanted = folder.absolute()
        for record in self.journal.projects():
            if wanted == record.dir or record.dir in wanted.parents:
                return [record]
        from launcher.desk.remembering import remember_folder

        remembered = remember_folder(self.journal, wanted)
        if remembered is None:
            raise errors.NotFound(
                wanted,
                title="This folder is not a project that was brought here",
                hint="Bring one with `pose-launcher stage URI`.",
            )
        return [remembered]

    @property
    def earlier_sessions(self) -> EarlierSessions:
        """What this person's earlier sessions could not save."""
        from launcher.saving.earlier_sessions import EarlierSessions

        return EarlierSessions(self.store, self.home, self.session_id)

    def saver(self, progress: Progress = lambda files, size: None) -> Saver:
        """The engine behind save and status."""
        from launcher.saving.save import Saver

        return Saver(
            self.store,
            self.parsers,
            self.journal,
            home=self.home,
            session=self.session_id,
            who=f"{self.person}-{self.writer[:4]}",
            exclude=self.loaded.site.save.exclude,
            progress=progress,
        )

    def save(self, record: ProjectRecord, report: SaveReport, progress: Progress, *, dry_run: bool = False) -> None:
        """Save one project; the report fills as files are confirmed, and says the truth even if this raises."""
        saver = self.saver(progress)
        if dry_run:
            saver.rehearse(record, report)
            return
        from launcher.desk import keeping

        keeping.save(self, saver, record, report)

    def check_strength(self) -> None:
        """Once a session, before the first write: does the server keep its word?"""
        from launcher.saving import strength

        weak = strength.weaknesses(self.store, self.journal, self.home, self.session_id)
        if weak and self.loaded.site.s3.strict:
            raise errors.WeakServer(f"{self.store.endpoint.name}: {'; '.join(weak)}")
        self.notices += [f"This server is weak: {weakness}." for weakness in weak]

    def status(self, folder: Path | None) -> list[dict[str, Any]]:
        """What is saved, what is not, and why."""
        from launcher.desk.saved_status import status_row

        records = self.records(folder) if folder else self.journal.projects()
        return [row for record in records if (row := status_row(self, record)) is not None]

    def verify(self, target: str | None) -> VerifyReport:
        """Hash both sides again."""
        from launcher.desk.verifying import verify

        return verify(self, target)

    # Knowing

    def session(self) -> dict[str, Any]:
        """Who, where, how long."""
        from launcher.desk.staying import session_row

        home = ""
        if self.setup.site is not None:
            try:
                home = str(self.home)
            except errors.LauncherError as exc:
                notice = f"{exc.title}. {exc.hint}"
                self.notices += [notice] if notice not in self.notices else []
        return session_row(self.facts, home, self.session_clock)

    @functools.cached_property
    def session_clock(self) -> SessionClock:
        """The limits of this session."""
        from launcher.desk.staying import SessionClock

        return SessionClock(self.loaded.site if self.setup.site is not None else None, self.facts)

    def settings(self) -> list[Setting]:
        """Every setting with where its value came from."""
        from launcher.config.show import provenance

        loaded = self.loaded if self.setup.site is not None else None
        return provenance(loaded, self.setup.site, self.setup.state)

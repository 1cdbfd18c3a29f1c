"""What a person can do, built from the site, the session and the journal. Window and commands call only this."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.channel import Message
from launcher.desk.parts import Parts, Setup
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.config.show import Setting
    from launcher.journal import ProjectRecord
    from launcher.projects.stage_plan import Profile
    from launcher.projects.staging.report import Progress, StageReport
    from launcher.saving.earlier_sessions import EarlierSessions
    from launcher.saving.save import Saver, SaveReport
    from launcher.saving.verify import VerifyReport

__all__ = ["Desk", "Setup"]


class Desk(Parts):
    """One person's desk: the verbs. Each imports what it needs."""

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
        from launcher.projects.whose import is_of_another, may_be_its

        if folder is None:
            return [record for record in self.journal.projects() if may_be_its(record.dir, record.id)]
        wanted = folder.absolute()
        for record in self.journal.projects():
            if wanted == record.dir or record.dir in wanted.parents:
                if is_of_another(record.dir, record.id):
                    continue  # that one's folder has its name now
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
        from launcher.desk.already_saved import setting_of
        from launcher.saving.save import Saver

        return Saver(
            self.store,
            self.parsers,
            self.journal,
            home=self.home,
            session=self.session_id,
            who=f"{self.person}-{self.writer[:4]}",
            exclude=self.loaded.site.save.exclude,
            setting=setting_of(self.loaded.text, self.facts),
            trees=self.trees,
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

    @property
    def is_known_strong(self) -> bool:
        """Is that known of this session's server already, and nothing wrong with it?"""
        from launcher.saving import strength

        return strength.is_known_strong(self.store, self.journal, self.home, self.session_id)

    def status(self, folder: Path | None) -> list[dict[str, Any]]:
        """What is saved, what is not, and why."""
        from launcher.desk.saved_status import silent_rows, status_row

        records = self.records(folder) if folder else self.journal.projects()
        rows = [row for record in records if (row := status_row(self, record)) is not None]
        return rows if folder else [*rows, *silent_rows(self)]

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

    def settings(self) -> list[Setting]:
        """Every setting with where its value came from."""
        from launcher.config.show import provenance

        loaded = self.loaded if self.setup.site is not None else None
        return provenance(loaded, self.setup.site, self.setup.state)

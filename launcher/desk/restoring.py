"""Bring back an earlier saved state of a project, or of one of its files.

What is here is saved first, so that it becomes a state of its own: bringing back can itself be undone. The earlier
contents then take their places in the project's folder like any other change, and the same engine saves them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from launcher import errors
from launcher.desk import keeping
from launcher.desk.bringing import folder_of
from launcher.desk.desk import Desk
from launcher.journal import Item, ProjectRecord, Stat
from launcher.journal.manifest import Manifest, SavedFile
from launcher.projects import repair
from launcher.projects.disk_errors import writing
from launcher.projects.local_files import Folders, place, scan, stat_of
from launcher.projects.stage_plan import Profile
from launcher.projects.states import StateRow, States, state_at
from launcher.projects.whose import CORNER, is_here
from launcher.saving.gone import no_more_in_s3
from launcher.saving.history import History
from launcher.saving.save import SaveReport
from launcher.storage.names import is_project_id, refusal_here
from launcher.storage.uri import S3Uri

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class RestoreReport:
    """What was brought back, and from which state."""

    project: str
    dir: Path
    at: str
    restored: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: list[tuple[str, errors.LauncherError]] = field(default_factory=list)
    save: SaveReport | None = None
    #: The state that holds what was here before: bringing that one back undoes this.
    before: str | None = None

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "project": self.project,
            "dir": str(self.dir),
            "at": self.at,
            "before": self.before,
            "restored": self.restored,
            "unchanged": self.unchanged,
            "failed": [{"path": path, "cause": exc.title, "next": exc.hint} for path, exc in self.failed],
            "save": self.save.to_json() if self.save else None,
        }


class Restoring:
    """The earlier states of one project; `uri` is where it was saved, where it came from, or one of its saved files."""

    def __init__(self, desk: Desk, uri: str, tell: Callable[[str], None] = lambda text: None) -> None:
        self._desk = desk
        self._tell = tell
        self._project, self._path = _named(desk, S3Uri.parse(uri))
        self._history = History(desk.store, desk.home, self._project)
        self._states = States(desk.store, desk.home, self._project)

    def states(self) -> list[StateRow]:
        """Every state that is kept, the newest first."""
        states = self._states.rows()
        if not states:
            raise errors.NotFound(self._project, title="No saved state of this project is kept")
        return states

    @property
    def home(self) -> S3Uri:
        """Where the project is saved; below it lies each of its files."""
        return self._desk.home.child(f"projects/{self._project}/")

    def files(self, moment: str) -> dict[str, object]:
        """What one state holds, file by file, and which of it is in the newest state as it is here."""
        states = self.states()
        state = self._at(states, moment)
        return {
            **state.to_json(),
            "contents": contents_of(self._states.manifest(state), self._states.manifest(states[0])),
        }

    def _at(self, states: list[StateRow], moment: str) -> StateRow:
        state = state_at(states, moment)
        if state is None:
            raise errors.NotFound(moment or self._project, title="No earlier saved state is kept", hint=_SEE)
        return state

    def restore(self, moment: str, progress: Progress) -> RestoreReport:
        """Bring back what was saved at or before a time; without one, the state before the last."""
        state = self._at(self.states(), moment)
        files = self._asked_for(state)
        record = self._here(progress)
        if keeping.has_runs(self._desk, record):
            raise errors.NotDone(
                record.name, title="A pose tool has this project open", hint="Nothing was changed. Close it first."
            )
        unsaved: dict[str, Item] = {}
        if scan(record.dir).files:
            self._tell("Saving what is here first …")
            unsaved = {item.path: item for item in self._save(record, progress).failed}
        keeping.require_free(self._desk, record)
        self._tell("Bringing back …")
        saved = self._desk.journal.project(record.id)
        report = RestoreReport(self._project, record.dir, state.at, before=saved.last_saved if saved else None)
        items = self._desk.journal.items(record.id)
        for path, file in files.items():
            if path in unsaved:
                report.failed.append((path, _in_the_way(unsaved[path])))
            else:
                self._bring_back(record, path, file, items.get(path), report)
        if report.restored:
            report.save = self._save(record, progress)
        return report

    def rehearse(self, moment: str) -> RestoreReport:
        """What `restore` would bring back; nothing is saved, brought or replaced for that."""
        state = self._at(self.states(), moment)
        folder = folder_of(self._desk, self._project)
        items = self._desk.journal.items(self._project)
        report = RestoreReport(self._project, folder, state.at)
        for path, file in self._asked_for(state).items():
            item = items.get(path)
            try:
                with writing(folder / path):
                    here = stat_of(folder / path)
            except errors.PlaceClosed as exc:
                report.failed.append((path, exc))
                continue
            if here is not None and item is not None and item.stat == here and _holds(item, file):
                report.unchanged += 1
            else:
                report.restored.append(path)
        return report

    def _asked_for(self, state: StateRow) -> Mapping[str, SavedFile]:
        """The files of a state that are to come back: all of them, or the one that the address names."""
        files = self._states.manifest(state).files
        if not self._path:
            return files
        if self._path not in files:
            raise errors.NotFound(self._path, title="This file was not part of that saved state", hint=_SEE)
        return {self._path: files[self._path]}

    def _here(self, progress: Progress) -> ProjectRecord:
        """The project on this computer, brought here from its last saved state if it is not."""
        known = self._desk.journal.project(self._project)
        if known is None or not is_here(known.dir, known.id):
            self._desk.stage(str(self._desk.home.child(f"projects/{self._project}/")), None, Profile.ALL, progress)
            known = self._desk.journal.project(self._project)
        if known is None:
            raise errors.NotDone(self._project, title="The project could not be brought here")
        return known

    def _save(self, record: ProjectRecord, progress: Progress) -> SaveReport:
        report = SaveReport(record.id, record.home)
        current = self._desk.journal.project(record.id) or record
        self._desk.save(current, report, progress)
        return report

    def _bring_back(
        self, record: ProjectRecord, path: str, file: SavedFile, item: Item | None, report: RestoreReport
    ) -> None:
        try:
            if reason := refusal_here(path):  # on Windows a ":" would put it into a stream that nobody sees
                raise errors.NamesRefused(path, title=f"Its name {reason}")
            with writing(record.dir / path):
                is_here = (record.dir / path).is_file()
            if is_here and item is not None and _holds(item, file):
                report.unchanged += 1
                return
            if is_here and item is not None and not self._is_in_s3(item):
                raise no_more_in_s3(self._desk.journal, record.id, path)
            with writing(record.dir / path):
                self._replace(record, path, file, item.stat if item is not None and is_here else None)
        except errors.LauncherError as exc:
            if isinstance(exc, errors.LocalDisk) and not isinstance(exc, errors.PlaceClosed):
                raise  # the disk takes no other file either
            report.failed.append((path, exc))
        else:
            report.restored.append(path)

    def _is_in_s3(self, item: Item) -> bool:
        """Does the bucket hold what is here, now? The journal knows what it held, and others may write there, too."""
        if (held := item.held_as) is not None:
            return self._history.has(S3Uri(self._desk.home.bucket, held.key), held)
        if item.origin is None or not item.is_as_staged:
            return False
        head = self._desk.store.objects.head(S3Uri.parse(item.origin.uri))
        return head is not None and head.etag == item.origin.etag

    def _replace(self, record: ProjectRecord, path: str, file: SavedFile, seen: Stat | None) -> None:
        """Only over what was saved a moment ago; what somebody wrote since stays, and is named."""
        folders = Folders(record.dir)
        arrived = folders.target(f"{CORNER}/restore/arriving")
        self._history.fetch(file, self._desk.home.bucket, arrived)
        if repair.has_paths(record, path):
            repair.make_local(self._desk.parsers, record, path, arrived, self._desk.journal.items(record.id))
        place(arrived, folders.target(path), seen)


def _holds(item: Item, file: SavedFile) -> bool:
    """Is this content on the disk? What is saved of a file may be another session's, or older than our copy of it."""
    here = item.held_as
    return here is not None and (here.crc64nvme, here.size) == (file.saved.crc64nvme, file.saved.size)


def _in_the_way(item: Item) -> errors.LauncherError:
    """What is here is not in the home bucket, so nothing may take its place."""
    return errors.NotDone(
        item.path,
        title=f"What is here is not saved, so it stays ({item.cause})",
        hint="Move it out of the project, then restore again.",
    )


def contents_of(state: Manifest, newest: Manifest) -> list[dict[str, object]]:
    """The files of one state: path, bytes on disk, and whether the newest state holds the same."""
    return [
        {
            "path": path,
            "bytes": file.local.size,
            "is_newest": path in newest.files and newest.files[path].local == file.local,
        }
        for path, file in state.files.items()
    ]


_SEE = "Nothing was changed. `pose-launcher restore URI --list` shows what is kept."


def _named(desk: Desk, where: S3Uri) -> tuple[str, str]:
    """The id of the project that an address means, and the file of it; empty for the whole project."""
    saved = desk.home.child("projects/")
    if saved.holds(where):
        project, _, path = str(where).removeprefix(str(saved)).partition("/")
        if is_project_id(project):
            return project, path
    for record in desk.journal.projects():
        if record.uri.rstrip("/") == str(where).rstrip("/"):
            return record.id, ""
    return str(desk.show(str(where))["id"]), ""

"""Bring a project to local disk: verified, paths repaired, and right again after a kill at any moment.

Files arrive in `.pose-launcher/partial/` of the project's folder and take their final name only when the whole-object
checksum matched. What is about to happen is in the journal before the first byte is asked for.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord, Stat
from launcher.journal.manifest import Manifest, SavedFile
from launcher.projects import local_files
from launcher.projects.find import FoundProject
from launcher.projects.left_folders import note_left
from launcher.projects.listed import is_here
from launcher.projects.parsing import Parsers
from launcher.projects.source import HomeSource, S3Source
from launcher.projects.stage_plan import OTHER_THERE, Action, Profile, check_space, decide, in_order, is_other_there
from launcher.projects.staging import rows
from launcher.projects.staging.arrivals import Arrival, Arrivals, Proved, Wanted
from launcher.projects.staging.folder import ArrivalFolder
from launcher.projects.staging.large import LargeFiles
from launcher.projects.staging.lost import lost_there
from launcher.projects.staging.repairing import Repairs
from launcher.projects.staging.report import Progress, StageReport
from launcher.storage import names
from launcher.storage.crew import Crew, Outcome, outcome_of
from launcher.storage.messages import Reply
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools import tool

if TYPE_CHECKING:
    from launcher.storage.exchange import Exchange

#: Threads that bring a file each, and threads on the disk: more of those mostly wait for each other.
CREW = {"fetch": 32, "land": 4}
#: Files that are written and forced to disk together, and how many such bundles wait for the disk, in memory.
TOGETHER, MOST_WAITING = 32, 8
TOGETHER_BYTES = 4 * 1024 * 1024
#: Files whose arrival is written down together: one flush of the disk for all of them.
BATCH = 256
_ONLY_IT = "it could not be read, so what belongs to the project is not known, and only it was brought; try again"
_Files = tuple[Wanted, ...]
_Crew = Crew[_Files, list[Outcome[Wanted, Arrival]]]


class Stager:
    """Stages projects of one store into folders of this computer."""

    def __init__(
        self, store: Store, parsers: Parsers, journal: Journal, progress: Progress = lambda files, size: None
    ) -> None:
        self._store = store
        self._parsers = parsers
        self._journal = journal
        self._progress = progress

    def stage(self, found: FoundProject, source: S3Source, home: S3Uri, folder: Path, profile: Profile) -> StageReport:
        """Bring what the profile needs of a project into `folder`; what is there already and unchanged is kept."""
        began = time.monotonic()
        record = self._record(found, source, home, folder)
        report = StageReport(found.id, found.uri, folder)
        paths = self._wanted(found, profile, report)
        left = self._left(record)
        known = self._known(record, left)
        place = ArrivalFolder(record)
        wanted = [_decided(path, found, source, known.get(path), place.here.get(path)) for path in paths]
        later = _put_off(report.later, found, source, known.keys() | place.here.keys(), home)
        large = LargeFiles(self._store.downloader, self._journal, record.id)
        _check_space(wanted, large, record, place)
        manifest = _last_list(source, found.id)
        saved = manifest.files if manifest is not None else {}
        if manifest is not None:
            for path, reason in lost_there(manifest, found, source, self._store, profile, place.here).items():
                report.skip(path, reason, errors.NotDone.exit_code)
        self._journal.put_project(record, left)  # not sooner: where there is no room, it stays as it is
        if _is_behind(saved, wanted, record):
            self._journal.begin_saving(record.id)
        repairs = Repairs(self._parsers, record, found.members)
        arrivals = Arrivals(self._store.downloader, large, place, repairs, saved)
        _Staging(self._journal, record, place, report, self._progress).bring(
            wanted, later, arrivals, self._store.exchange
        )
        report.seconds = time.monotonic() - began
        return report

    def rehearse(self, found: FoundProject, folder: Path, profile: Profile) -> StageReport:
        """What staging would bring, without bringing it."""
        report = StageReport(found.id, found.uri, folder)
        for path in self._wanted(found, profile, report):
            report.files += 1
            report.bytes += found.listing[path].size
        return report

    def _record(self, found: FoundProject, source: S3Source, home: S3Uri, folder: Path) -> ProjectRecord:
        known, fresh = self._journal.project(found.id), _fresh_record(found, home, folder)
        if known is None or known.home != fresh.home:
            saved_state = source.manifests.get(found.id) if isinstance(source, HomeSource) else None
            if saved_state is None:
                return fresh
            return replace(fresh, manifest_etag=saved_state[1], last_saved=saved_state[0].saved_at)
        if known.dir != folder:
            self._leave_behind(known)
        return replace(fresh, manifest_etag=known.manifest_etag, last_saved=known.last_saved)

    def _known(self, record: ProjectRecord, left: list[Item]) -> dict[str, Item]:
        """What the journal knows of the files here, once it knows what is `left`."""
        if not record.dir.is_dir():
            return {}
        return self._journal.items(record.id) | {item.path: item for item in left}

    def _left(self, record: ProjectRecord) -> list[Item]:
        """The rows that change where the project leaves its home prefix, or its folder.

        What was saved in another home prefix is not saved in this one.
        """
        before = self._journal.project(record.id)
        if before is not None and before.home != record.home:
            return [*map(rows.unsaved, self._journal.items(record.id).values())]
        if before is not None and before.dir != record.dir:
            return [*map(rows.left_behind, self._journal.items(record.id).values())]
        return []

    def _leave_behind(self, known: ProjectRecord) -> None:
        """The project moves to another folder; the old one may stay on disk, but must not hold work of its own."""
        items, is_there = self._journal.items(known.id), is_here(known.dir, known.id)
        here = local_files.scan(known.dir).files if is_there else {}
        if any(
            (item := items.get(path)) is None or item.stat != stat or item.is_nowhere_else
            for path, stat in here.items()
        ):
            raise errors.BadUsage(
                known.dir,
                title="This project is on this computer already, in another folder, with work that is not saved",
                hint="Go on there, or save it first, so that two copies do not drift apart.",
            )
        if is_there:
            note_left(self._journal, known, here)

    @staticmethod
    def _wanted(found: FoundProject, profile: Profile, report: StageReport) -> list[str]:
        refused = names.refusals(found.members)
        for path, reason in refused.items():
            report.skip(path, reason, errors.NamesRefused.exit_code)
        fit = [path for path in found.members if path not in refused]
        if found.is_unreadable and fit == [found.marker]:
            report.skip(found.marker, _ONLY_IT, errors.NotDone.exit_code)
        wanted, report.later = in_order(tool(found.tool_id), fit, profile, found.marker)
        return wanted


class _Staging:
    """One staging of one project: the intent first, then the files, then what is known of them, batch by batch."""

    def __init__(
        self, journal: Journal, record: ProjectRecord, folder: ArrivalFolder, report: StageReport, progress: Progress
    ) -> None:
        self._journal = journal
        self._record = record
        self._folder = folder
        self._report = report
        self._progress = progress
        self._arrived: list[Item] = []

    def bring(self, wanted: list[Wanted], later: list[Item], arrivals: Arrivals, exchange: Exchange) -> None:
        """Write the intent down, then transfer; the journal knows the project."""
        # Of what is older than another session's, which was never here, the row as it is says just that until it comes.
        coming = [file for file in wanted if file.action is Action.FETCH and not (file.known and file.known.is_left)]
        here = self._folder.here
        self._journal.put_items(
            self._record.id, [*(rows.coming(file, is_here=file.path in here) for file in coming), *later]
        )
        missing = [file for file in wanted if file.action is not Action.KEEP]
        for file in wanted:
            if file.action is Action.KEEP:
                self._count(self._folder.here.get(file.path))
                if is_other_there(file.known, file.ref):
                    self._report.skip(file.path, OTHER_THERE, code=0)
        try:
            with Crew[_Files, list[Outcome[Wanted, Arrival]]](CREW) as crew:
                self._transfer(missing, arrivals, exchange, crew)
        finally:
            self._write_down()
        self._folder.close()

    def _transfer(self, missing: list[Wanted], arrivals: Arrivals, exchange: Exchange, crew: _Crew) -> None:
        from launcher.storage.exchange import COMING_AT_ONCE

        quick: list[Wanted] = []
        for file in missing:
            if arrivals.is_quick(file):
                quick.append(file)
            else:
                self._fetch(file, arrivals, crew)
        together, size = list[Proved](), 0
        with closing(exchange.answers(map(arrivals.asking, quick), COMING_AT_ONCE)) as replies:
            for reply in replies:
                if reply is not None:
                    self._give(reply, arrivals, crew, together)
                    size += len(reply.body)
                if reply is None or len(together) >= TOGETHER or size >= TOGETHER_BYTES:
                    self._land(together, arrivals, crew)
                    size = 0
                for outcome in crew.known("land", at_most=MOST_WAITING):
                    self._take_all(outcome)
        self._land(together, arrivals, crew)
        for outcome in crew.rest():
            self._take_all(outcome)

    def _give(self, reply: Reply[Wanted], arrivals: Arrivals, crew: _Crew, together: list[Proved]) -> None:
        proved = arrivals.proved(reply)
        if proved is None:
            self._fetch(reply.job, arrivals, crew)
        else:
            together.append(proved)

    @staticmethod
    def _fetch(file: Wanted, arrivals: Arrivals, crew: _Crew) -> None:
        crew.give("fetch", (file,), lambda: [outcome_of(file, partial(arrivals.bring, file))])

    @staticmethod
    def _land(together: list[Proved], arrivals: Arrivals, crew: _Crew) -> None:
        """Hand over what came, all at once."""
        some = tuple(together)
        together.clear()
        if some:
            crew.give("land", tuple(one.wanted for one in some), partial(arrivals.land, some))

    def _take_all(self, outcomes: Outcome[_Files, list[Outcome[Wanted, Arrival]]]) -> None:
        # What is here is written down even if another one stops us.
        for outcome in sorted(outcomes.result(), key=lambda one: one.has_failed):
            self._take(outcome)

    def _take(self, outcome: Outcome[Wanted, Arrival]) -> None:
        """One file's outcome. A full disk or a silent server stop the run; anything else is named."""
        path = outcome.job.path
        try:
            arrival = outcome.result()
        except errors.LauncherError as exc:
            if _stops(exc):
                raise
            arrival = Arrival(None, remark=f"{exc.title}. {exc.hint}", code=exc.exit_code)
        if arrival.remark:
            self._report.skip(path, arrival.remark, arrival.code)
        if arrival.item is not None:
            self._report.repaired += [(path, change) for change in arrival.changes]
            self._count(arrival.item.stat)
            self._arrived.append(arrival.item)
        if len(self._arrived) >= BATCH:
            self._write_down()

    def _count(self, stat: Stat | None) -> None:
        self._report.files += 1
        self._report.bytes += stat.size if stat else 0
        self._progress(self._report.files, self._report.bytes)

    def _write_down(self) -> None:
        self._folder.flush(item.path for item in self._arrived)
        self._journal.put_items(self._record.id, self._arrived)
        self._arrived.clear()


def _fresh_record(found: FoundProject, home: S3Uri, folder: Path) -> ProjectRecord:
    return ProjectRecord(
        found.id,
        found.uri,
        found.name,
        found.tool_id,
        found.marker,
        folder,
        str(home.child(f"projects/{found.id}/")),
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def _stops(exc: errors.LauncherError) -> bool:
    """Does it keep every other file from coming, too?"""
    if isinstance(exc, errors.LocalDisk):
        return not isinstance(exc, errors.PlaceClosed)
    return exc.exit_code == errors.Unreachable.exit_code and exc.title == errors.Unreachable.title


def _last_list(source: S3Source, project_id: str) -> Manifest | None:
    """What the project's manifest says of its files, if it comes from the home prefix."""
    known = source.manifests.get(project_id) if isinstance(source, HomeSource) else None
    return known[0] if known is not None else None


def _is_behind(saved: Mapping[str, SavedFile], wanted: list[Wanted], record: ProjectRecord) -> bool:
    """Was something saved that the list does not name? So it is after a machine was gone in the middle of a save."""
    home = S3Uri.parse(record.home)
    return any(
        home.holds(file.ref.where) and ((named := saved.get(file.path)) is None or named.etag != file.ref.etag)
        for file in wanted
    )


def _put_off(
    paths: list[str], found: FoundProject, source: S3Source, known: Collection[str], home: S3Uri
) -> list[Item]:
    """Of what is not asked for that which nobody here knows of; what is in the home prefix is in the list already."""
    refs = {path: source.ref(found.folder_path(path), found.listing[path]) for path in paths if path not in known}
    return [rows.later(path, ref) for path, ref in refs.items() if not home.holds(ref.where)]


def _decided(path: str, found: FoundProject, source: S3Source, known: Item | None, here: Stat | None) -> Wanted:
    ref = source.ref(found.folder_path(path), found.listing[path])
    return Wanted(path, ref, decide(known, here, ref.etag), known)


def _check_space(wanted: list[Wanted], large: LargeFiles, record: ProjectRecord, place: ArrivalFolder) -> None:
    """Raise, and leave nothing here, if it does not fit. A file whose paths are repaired is kept as it came, too."""
    has_paths = tool(record.tool_id).has_paths
    needed = sum(
        large.missing_bytes(file.path, file.ref) + (file.ref.size if has_paths(file.path) else 0)
        for file in wanted
        if file.action is Action.FETCH
    )
    try:
        check_space(needed, shutil.disk_usage(record.dir).free, record.dir)
    except errors.LocalDisk:
        place.take_back()
        raise

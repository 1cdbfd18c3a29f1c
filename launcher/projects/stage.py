"""Bring a project to local disk: verified, paths repaired, and right again after a kill at any moment.

Files arrive in `.pose-launcher/partial/` of the project's folder and take their final name only when the whole-object
checksum matched. What is about to happen is in the journal before the first byte is asked for.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord, Stat
from launcher.journal.manifest import Manifest, SavedFile
from launcher.projects import local_files
from launcher.projects.find import FoundProject
from launcher.projects.left_folders import note_left
from launcher.projects.parsing import Parsers
from launcher.projects.source import HomeSource, S3Source
from launcher.projects.stage_plan import Action, Profile, check_space, decide, in_order
from launcher.projects.staging import rows
from launcher.projects.staging.arrivals import Arrivals, Wanted
from launcher.projects.staging.folder import ArrivalFolder
from launcher.projects.staging.large import LargeFiles
from launcher.projects.staging.lost import lost_there
from launcher.projects.staging.repairing import Repairs
from launcher.projects.staging.report import Progress, StageReport
from launcher.projects.staging.transfer import Transfer
from launcher.projects.whose import is_here
from launcher.storage import names
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools import tool

_ONLY_IT = "it could not be read, so what belongs to the project is not known, and only it was brought; try again"


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
        later = _put_off(report.later, found, source, known.keys() | place.here.keys(), S3Uri.parse(record.home))
        large = LargeFiles(self._store.downloader, self._journal, record.id)
        _check_space(wanted, large, record, place)
        manifest = _last_list(source, found.id)
        saved = manifest.files if manifest is not None else {}
        self._name_lost(found, source, profile, place.here, report)
        self._journal.put_project(record, left)  # not sooner: where there is no room, it stays as it is
        if _is_behind(saved, wanted, record) or _refers_otherwise(manifest, wanted, record):
            self._journal.begin_saving(record.id)
        repairs = Repairs(self._parsers, record, found.members)
        arrivals = Arrivals(self._store.downloader, large, place, repairs, saved)
        Transfer(self._journal, record, place, report, self._progress).bring(
            wanted, later, arrivals, self._store.exchange
        )
        report.seconds = time.monotonic() - began
        return report

    def rehearse(self, found: FoundProject, source: S3Source, folder: Path, profile: Profile) -> StageReport:
        """What staging would bring, and could not, without bringing it."""
        report = StageReport(found.id, found.uri, folder)
        for path in self._wanted(found, profile, report):
            report.files += 1
            report.bytes += found.listing[path].size
        here = local_files.scan(folder).files if is_here(folder, found.id) else {}
        self._name_lost(found, source, profile, here, report)
        return report

    def _name_lost(
        self, found: FoundProject, source: S3Source, profile: Profile, here: Collection[str], report: StageReport
    ) -> None:
        manifest = _last_list(source, found.id)
        if manifest is not None:
            for path, reason in lost_there(manifest, found, source, self._store, profile, here).items():
                report.skip(path, reason, errors.NotDone.exit_code)

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


def _refers_otherwise(manifest: Manifest | None, wanted: list[Wanted], record: ProjectRecord) -> bool:
    """Does something come from elsewhere that the list does not refer to? Of a video nothing else tells a save of it.

    What was never saved from here has no list yet that could be behind.
    """
    home, named = S3Uri.parse(record.home), manifest.references if manifest is not None else {}

    def is_news(file: Wanted) -> bool:
        told = [one.etag for one in (named.get(file.path), file.known and file.known.origin) if one is not None]
        return file.action is not Action.KEEP and not home.holds(file.ref.where) and file.ref.etag not in told

    return record.manifest_etag is not None and any(map(is_news, wanted))


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

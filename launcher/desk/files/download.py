"""Bring files of a bucket to a folder that the person chose: verified as staging is, and nothing there is replaced."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.desk.places import refuse_home_folder
from launcher.projects import local_files
from launcher.projects.disk_errors import disk_error
from launcher.projects.stage_plan import check_space
from launcher.storage import names
from launcher.storage.checksums import digest_file
from launcher.storage.crew import at_work
from launcher.storage.download import BLOCKS_ABOVE, Fetched
from launcher.storage.listing import S3Object
from launcher.storage.objects import ObjectRef
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

FILES_AT_ONCE = 8

#: Told files and bytes so far.
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class DownloadReport:
    """What came, what was there already, and what stayed where it is."""

    uri: str
    dir: Path
    files: int = 0
    bytes: int = 0
    unchanged: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    codes: list[int] = field(default_factory=list)

    def skip(self, path: str, reason: str, code: int) -> None:
        """Name what did not come."""
        self.skipped[path] = reason
        self.codes.append(code)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        skipped = [{"path": path, "reason": reason} for path, reason in self.skipped.items()]
        counts = {"files": self.files, "bytes": self.bytes, "unchanged": self.unchanged}
        return {"uri": self.uri, "dir": str(self.dir), **counts, "skipped": skipped, "seconds": round(self.seconds, 3)}


@dataclass(frozen=True, slots=True)
class _Wanted:
    path: str
    ref: ObjectRef


class Download:
    """One object, or everything below a prefix, into a folder that is there."""

    def __init__(self, store: Store, where: S3Uri, folder: Path, progress: Progress) -> None:
        refuse_home_folder(folder.resolve())
        if not folder.is_dir():
            raise errors.NotFound(folder, title="There is no such folder", hint="Nothing was brought. Choose another.")
        self._store = store
        self._where = where
        self._folders = local_files.Folders(folder)
        self._folder = folder
        self._progress = progress

    def run(self, *, dry_run: bool = False) -> DownloadReport:
        """Bring it; what cannot come is named, and the rest goes on."""
        began = time.monotonic()
        report = DownloadReport(str(self._where), self._folder)
        wanted = self._wanted(report)
        if dry_run:
            report.files, report.bytes = len(wanted), sum(one.ref.size for one in wanted)
            return report
        needed = sum(one.ref.size for one in wanted if local_files.stat_of(self._folder / one.path) is None)
        check_space(needed, shutil.disk_usage(self._folder).free, self._folder)
        self._bring(wanted, report)
        report.seconds = time.monotonic() - began
        return report

    def _wanted(self, report: DownloadReport) -> list[_Wanted]:
        found = {path: item for path, item in self._listed() if not names.is_folder_marker(path)}
        if not found:
            raise errors.NotFound(self._where)
        refused = names.refusals(found)
        for path, reason in refused.items():
            report.skip(path, reason, errors.NamesRefused.exit_code)
        return [
            _Wanted(path, ObjectRef(S3Uri(self._where.bucket, item.key), item.size, item.etag))
            for path, item in found.items()
            if path not in refused
        ]

    def _listed(self) -> Iterator[tuple[str, S3Object]]:
        """What is to come, by its path in the folder: a prefix brings its own name along."""
        if not self._where.is_prefix:
            head = self._store.objects.head(self._where)
            if head is not None:
                yield self._where.name, S3Object(self._where.key, head.size, head.modified, head.etag)
                return
        root = self._where.as_prefix()
        for page in self._store.lister.everything(root):
            for item in page.objects:
                yield f"{root.name}/{item.key[len(root.key) :]}", item

    def _bring(self, wanted: list[_Wanted], report: DownloadReport) -> None:
        with at_work(wanted, self._bring_one, FILES_AT_ONCE, "download") as outcomes:
            for outcome in outcomes:
                try:
                    came = outcome.result()
                except errors.LauncherError as exc:
                    if isinstance(exc, errors.LocalDisk | errors.Refused) and not isinstance(exc, errors.PlaceClosed):
                        raise
                    report.skip(outcome.job.path, f"{exc.title}. {exc.hint}", exc.exit_code)
                    continue
                report.files += came
                report.unchanged += not came
                report.bytes += outcome.job.ref.size if came else 0
                self._progress(report.files, report.bytes)

    def _bring_one(self, wanted: _Wanted) -> bool:
        """Whether it came; a file that is here already with the same content did not need to."""
        try:
            target = self._folders.target(wanted.path)
            here = local_files.stat_of(target)
            if here is None and target.is_symlink():
                raise _kept(wanted)
            if here is not None and here.size != wanted.ref.size:
                raise _kept(wanted)
            return self._fetch(wanted, target, is_here=here is not None)
        except OSError as exc:
            raise disk_error(exc, wanted.path) from exc

    def _fetch(self, wanted: _Wanted, target: Path, *, is_here: bool) -> bool:
        partial = target.with_name(_partial_name(wanted))
        try:
            fetched = self._fetched(wanted.ref, partial)
            if is_here:
                if digest_file(target, sha256=False).crc64nvme != fetched.digest.crc64nvme:
                    raise _kept(wanted)
                return False
            local_files.flush(partial)
            local_files.place(partial, target, None)
            return True
        finally:
            partial.unlink(missing_ok=True)

    def _fetched(self, ref: ObjectRef, partial: Path) -> Fetched:
        if ref.size > BLOCKS_ABOVE:
            return self._store.downloader.fetch_blocks(ref, partial, (), lambda _: None, lambda _: None)
        return self._store.downloader.fetch(ref, partial, lambda _: None)


def _partial_name(wanted: _Wanted) -> str:
    """Told by what it will be, so that a killed download's is found and replaced; never a key's own name."""
    mark = hashlib.sha256(f"{wanted.ref.where} {wanted.ref.etag}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f".partial-{mark}"


def _kept(wanted: _Wanted) -> errors.NotDone:
    return errors.NotDone(
        wanted.path,
        title="Another file of this name is in the folder already and is kept",
        hint="Move it, or choose another folder.",
    )

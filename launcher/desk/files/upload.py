"""Put a person's own files into the home prefix: first the plan, then conditional writes; nothing there is replaced."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.projects.local_files import scan, stat_of
from launcher.saving.large import LargeUploads
from launcher.saving.snapshot import read_stable, reading
from launcher.storage import names
from launcher.storage.checksums import Digest, digest_of
from launcher.storage.crew import at_work
from launcher.storage.upload import PARTS_ABOVE, Stored
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.storage.store import Store

FILES_AT_ONCE = 8
#: What a killed upload of a large file is remembered under; a project's id never has a space.
_REMEMBERED = "own files"
#: Below the home prefix these are the program's.
_OURS = ("projects/", ".pose-launcher/")


class Fate(StrEnum):
    """What an upload does with one file."""

    NEW = "new"
    THERE = "there already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Planned:
    """One file, where it would go, and what becomes of it."""

    path: str
    file: Path
    bytes: int
    fate: Fate
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {"path": self.path, "bytes": self.bytes, "fate": self.fate.value, "why": self.why}


@dataclass(slots=True)
class UploadReport:
    """What would go, or went."""

    uri: str
    plan: Sequence[Planned]
    sent: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    seconds: float = 0.0
    codes: list[int] = field(default_factory=list)

    def fail(self, path: str, exc: errors.LauncherError) -> None:
        """Name what did not go."""
        self.failed[path] = f"{exc.title}. {exc.hint}"
        self.codes.append(exc.exit_code)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        failed = [{"path": path, "reason": reason} for path, reason in self.failed.items()]
        return {
            "uri": self.uri,
            "plan": [one.to_json() for one in self.plan],
            "saved": self.sent,
            "failed": failed,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
        }


def checked_target(desk: Desk, uri: str) -> S3Uri:
    """A folder of the home prefix that is the person's own; raises `BadUsage` for any other."""
    where = S3Uri.parse(uri).as_prefix()
    inside = str(where).removeprefix(str(desk.home)) if desk.home.holds(where) else None
    if inside is None:
        raise errors.BadUsage(
            where, title="This is not in your home bucket", hint=f"Nothing was sent. Your home is {desk.home}."
        )
    if inside.startswith(_OURS):
        raise errors.BadUsage(
            where,
            title="This is where saved projects are kept",
            hint="Nothing was sent. Open the project and change it there, or choose another folder.",
        )
    return where


def plan_upload(store: Store, sources: Iterable[Path], where: S3Uri) -> list[Planned]:
    """What would become of every file: links are not followed, what is there already stays as it is."""
    plan: list[Planned] = []
    for source in sources:
        files = dict(_files(source))
        refused = names.refusals(files) | _reserved(files, where)
        there = _there(store, where, source) if refused.keys() != files.keys() else set()
        for path, (file, size) in files.items():
            if path in refused:
                plan.append(Planned(path, file, size, Fate.REFUSED, f"its name {refused[path]}"))
            elif path in there:
                plan.append(Planned(path, file, size, Fate.THERE, "it stays as it is there"))
            else:
                plan.append(Planned(path, file, size, Fate.NEW))
    return plan


def _files(source: Path) -> Iterator[tuple[str, tuple[Path, int]]]:
    stat = stat_of(source)
    if stat is not None:
        yield source.name, (source, stat.size)
    elif source.is_dir() and not source.is_symlink():
        for path, inside in scan(source).files.items():
            yield f"{source.name}/{path}", (source / path, inside.size)
    else:
        raise errors.NotFound(
            source, title="There is no such file or folder", hint="Nothing was sent. Links are not followed."
        )


def _reserved(files: Iterable[str], where: S3Uri) -> dict[str, str]:
    """At the top of the home prefix two names are the program's."""
    tops = {top.rstrip("/") for top in _OURS}
    is_top = not where.key or where.key.count("/") <= 2
    return {path: "is one that saved projects use" for path in files if is_top and path.partition("/")[0] in tops}


def _there(store: Store, where: S3Uri, source: Path) -> set[str]:
    """Which paths are taken already."""
    if source.is_dir():
        below = where.child(f"{source.name}/")
        return {item.key[len(where.key) :] for page in store.lister.everything(below) for item in page.objects}
    return {source.name} if store.objects.head(where.child(source.name)) is not None else set()


class Upload:
    """Carries out a plan."""

    def __init__(self, desk: Desk, where: S3Uri, plan: Sequence[Planned], progress: Callable[[int, int], None]) -> None:
        self._desk = desk
        self._where = where
        self._plan = plan
        self._progress = progress
        self._large = LargeUploads(desk.store.multipart, desk.journal, _REMEMBERED)

    def run(self) -> UploadReport:
        """Send what is new; what cannot go is named, and the rest goes on."""
        began = time.monotonic()
        report = UploadReport(str(self._where), self._plan)
        report.codes += [errors.NamesRefused.exit_code for one in self._plan if one.fate is Fate.REFUSED]
        new = [one for one in self._plan if one.fate is Fate.NEW]
        if new:
            self._desk.check_strength()
        with at_work(new, self._send, FILES_AT_ONCE, "upload") as outcomes:
            for outcome in outcomes:
                try:
                    report.bytes += outcome.result()
                    report.sent.append(outcome.job.path)
                    self._progress(len(report.sent), report.bytes)
                except errors.LauncherError as exc:
                    report.fail(outcome.job.path, exc)
        report.seconds = time.monotonic() - began
        return report

    def _send(self, one: Planned) -> int:
        """Its bytes, confirmed by the server's checksum; never over anything."""
        where = self._where.child(one.path)
        try:
            with reading(one.path):
                if one.bytes > PARTS_ABOVE:
                    digest, seen = self._large.bring(str(where), one.file, where)
                    put = partial(self._large.send, str(where), one.file, seen)
                else:
                    data, _ = read_stable(one.file)
                    digest = digest_of(data)
                    put = partial(_put, self._desk.store, data)
            put(digest, where, None)
        except errors.ChangedMeanwhile as exc:
            if self._desk.store.objects.head(where) is None:
                raise  # the file here changed, not the one there
            raise errors.NotDone(
                one.path,
                title="Another file of this name is there already and is kept",
                hint="Rename yours and send it again.",
            ) from exc
        return digest.size


def _put(store: Store, data: bytes, digest: Digest, where: S3Uri, replaces: str | None) -> Stored:
    return store.uploader.put(where, data, digest, replaces=replaces)

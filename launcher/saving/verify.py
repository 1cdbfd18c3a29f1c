"""Hash both sides anew and compare: the proof behind "saved". Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from launcher import errors
from launcher.journal import Item, ProjectRecord
from launcher.journal.manifest import Manifest
from launcher.saving.disproved import Disproved, Finding
from launcher.storage.checksums import digest_file
from launcher.storage.crew import Crew, Outcome
from launcher.storage.failures import is_error_of_the_server, is_without_bucket
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

#: So many are compared at once, and so many wait for it: of 200,000 files no more are in memory.
AT_ONCE, AHEAD = 16, 64
GONE = "the object is gone from the bucket"
NOT_OURS = "not what was saved from here"

#: So many objects in a row that the server has errors of its own for: it is not worth the time to try them all.
MOST_IN_A_ROW = 2 * AT_ONCE


class There(NamedTuple):
    """What is wrong with an object: in words, as a finding about what the journal says, and why it was not read."""

    words: str = ""
    finding: Finding | None = None
    failure: errors.LauncherError | None = None


class Compared(NamedTuple):
    """What is wrong on this side, in words, and on the other."""

    here: str
    there: There


@dataclass(frozen=True, slots=True)
class Claim:
    """What the journal or a manifest says of one file of a project; an empty checksum is not compared."""

    path: str
    remote: S3Uri
    size: int
    crc64nvme: str
    file: Path | None = None
    local_crc64nvme: str = ""
    etag: str = ""
    project: str = ""


@dataclass(slots=True)
class VerifyReport:
    """What was compared, and what did not agree."""

    checked: int = 0
    bad: list[dict[str, str]] = field(default_factory=list)
    #: Of objects that could not be read at all, as without the right to.
    codes: list[int] = field(default_factory=list)
    #: What the journal says of these objects is not true.
    disproved: list[Disproved] = field(default_factory=list)

    def add(self, claim: Claim, compared: Compared) -> None:
        """Count one file, and name it if anything is wrong."""
        self.checked += 1
        here, there = compared
        if here or there.words:
            side = "both" if here and there.words else "local" if here else "remote"
            words = "; ".join(filter(None, (here, there.words)))
            self.bad.append({"path": claim.path, "key": claim.remote.key, "side": side, "message": words})
        if there.failure is not None:
            self.codes.append(there.failure.exit_code)
        if there.finding is not None:
            self.disproved.append(Disproved(claim.project, claim.path, claim.remote, claim.etag, there.finding))

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it."""
        return {"checked": self.checked, "ok": self.checked - len({row["path"] for row in self.bad}), "bad": self.bad}


def claims_of_items(record: ProjectRecord, items: Iterable[Item], beside: Iterable[Item]) -> Iterator[Claim]:
    """Both sides of every file that was saved, or that is kept by reference; `beside` are those with a copy.

    A copy of ours that was brought here, too, is a file with a row of its own, which may be behind.
    """
    prefix = S3Uri.parse(record.home)
    copies = {item.copy.key: item.copy for item in beside if item.copy is not None}
    for item in items:
        file = record.dir / item.path
        # Of a file that two sessions changed, the copy is what was saved from here.
        saved = item.copy or item.saved
        if saved is not None:
            where = S3Uri(prefix.bucket, saved.key)
            # What lies here as it was brought may be older than what another session saved, and is whole all the same.
            here = item.origin.local_crc64nvme if item.origin and item.is_as_staged else saved.local_crc64nvme
            there = copies.get(saved.key, saved)
            yield Claim(item.path, where, there.size, there.crc64nvme, file, here, there.etag, record.id)
        elif item.origin is not None and item.is_as_staged:
            origin = item.origin
            where, sums = S3Uri.parse(origin.uri), (origin.crc64nvme, file, origin.local_crc64nvme)
            yield Claim(item.path, where, origin.size, *sums, origin.etag, record.id)


def claims_of_manifest(manifest: Manifest, bucket: str) -> Iterator[Claim]:
    """The server's side of a saved state."""
    for path, file in manifest.files.items():
        where, saved = S3Uri(bucket, file.key), file.saved
        yield Claim(path, where, saved.size, saved.crc64nvme, etag=file.etag, project=manifest.id)
    for path, entry in manifest.references.items():
        yield Claim(path, S3Uri.parse(entry.uri), entry.size, entry.crc64nvme, project=manifest.id)


def claims_of_listing(store: Store, where: S3Uri) -> Iterator[Claim]:
    """Objects of a data bucket: each is compared with the checksum that its server keeps."""
    objects = (item for page in store.lister.everything(where) for item in page.objects if not item.key.endswith("/"))
    return (Claim(item.key.removeprefix(where.key), S3Uri(where.bucket, item.key), item.size, "") for item in objects)


def verify(store: Store, claims: Iterable[Claim]) -> VerifyReport:
    """Read everything again, here and there. One unreadable file does not stop the others; no server at all does."""
    report, in_a_row = VerifyReport(), 0

    def take(outcomes: Iterable[Outcome[Claim, Compared]]) -> None:
        nonlocal in_a_row
        for outcome in outcomes:
            claim, there = outcome.job, outcome.result().there
            in_a_row = in_a_row + 1 if there.failure is not None and is_error_of_the_server(there.failure) else 0
            if there.failure is not None and in_a_row >= MOST_IN_A_ROW:
                raise there.failure
            report.add(claim, outcome.result())

    with Crew[Claim, Compared]({"verify": AT_ONCE}) as crew:
        for claim in claims:
            crew.give("verify", claim, partial(_compared, store, claim))
            take(crew.known("verify", at_most=AHEAD))
        take(crew.rest())
    report.bad.sort(key=itemgetter("path"))
    return report


def _compared(store: Store, claim: Claim) -> Compared:
    return Compared(_local(claim), _remote(store, claim))


def _local(claim: Claim) -> str:
    if claim.file is None or not claim.local_crc64nvme:
        return ""
    try:
        digest = digest_file(claim.file, sha256=False)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""  # gone here on purpose or not: the saved one is what counts
    except OSError as exc:
        return f"the file here cannot be read ({exc.strerror})"
    if digest.crc64nvme != claim.local_crc64nvme:
        return "the file here is not what was saved: it was changed since, or is damaged"
    return ""


def _remote(store: Store, claim: Claim) -> There:
    """What is wrong is looked at twice: what was damaged on its way here says nothing about the bucket."""
    try:
        there = _read_again(store, claim)
        return _read_again(store, claim) if there.words else there
    except errors.LauncherError as exc:
        if isinstance(exc, errors.NotFound) and not is_without_bucket(exc):
            return There(GONE, Finding.GONE)
        if isinstance(exc, errors.Unreachable) and not _is_of_its_content(store, claim, exc):
            raise
        found = Finding.DAMAGED if isinstance(exc, errors.Unreachable) else None
        return There(f"the object cannot be read: {exc.title}", found, exc)


def _is_of_its_content(store: Store, claim: Claim, exc: errors.LauncherError) -> bool:
    """Does the server know the object, and has an error of its own for what is in it? A disk of its may be failing."""
    return is_error_of_the_server(exc) and store.objects.head(claim.remote) is not None


def _read_again(store: Store, claim: Claim) -> There:
    digest, _, agrees = store.downloader.digest(claim.remote)
    if not agrees:
        words = "the object in the bucket is damaged: it is not what the server's own checksum says"
        return There(words, Finding.DAMAGED)
    if claim.crc64nvme and (digest.crc64nvme, digest.size) != (claim.crc64nvme, claim.size):
        if claim.file is None:
            return There("the object in the bucket is whole, but not what was saved")
        words = f"the object in the bucket is whole, but {NOT_OURS}: another session, or somebody else, replaced it"
        return There(words, Finding.REPLACED)
    return There()

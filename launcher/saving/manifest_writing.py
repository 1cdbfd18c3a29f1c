"""The manifest of a save: made from what the journal knows, written last and under a condition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from launcher import errors
from launcher.journal import Item, ProjectRecord, Saved
from launcher.journal.manifest import Content, Manifest, Reference, SavedFile
from launcher.saving.own_writes import OwnWrites
from launcher.saving.sending import Known
from launcher.storage.checksums import Digest, digest_of
from launcher.storage.crew import at_work
from launcher.storage.store import Store
from launcher.storage.upload import Stored, Uploader
from launcher.storage.uri import S3Uri

_LOOKS_AT_ONCE = 32


def manifest_of(
    record: ProjectRecord,
    known: Known,
    by_reference: Iterable[str],
    session: str,
    who: str,
    at: str,
    only_theirs: Collection[str] = (),
    *,
    asked_for: bool = False,
) -> Manifest:
    """What the home prefix now holds of a project; files that only another session saved stay in it.

    Where two sessions changed one file, the original is the other's, and the copy stands beside it. `only_theirs` are
    files that another session changed since we last saved them, and we did not.
    """
    files = {**known.theirs, **dict(_ours(record, known, only_theirs))}
    # A video that was not brought to this computer is as much a part of the project as it was before.
    references = {path: one for path, one in known.their_references.items() if path not in files}
    references |= {path: _reference(known.items[path]) for path in by_reference}
    return Manifest(
        id=record.id,
        name=record.name,
        tool=record.tool_id,
        marker=record.marker,
        source=record.uri,
        saved_at=at,
        session=session,
        who=who,
        asked_for=asked_for,
        files=dict(sorted(files.items())),
        references=dict(sorted(references.items())),
    )


def _ours(record: ProjectRecord, known: Known, only_theirs: Collection[str]) -> Iterator[tuple[str, SavedFile]]:
    """What this session saved, by the path below the project's home; a copy has a name of its own there."""
    home = S3Uri.parse(record.home).key
    for path, item in known.items.items():
        if item.copy is not None:
            yield item.copy.key.removeprefix(home), saved_file(item, item.copy)
        elif item.saved is not None and path not in only_theirs:
            yield path, saved_file(item, item.saved)


def write_manifest(
    manifest: Manifest, where: S3Uri, replaces: str | None, writes: OwnWrites, uploader: Uploader
) -> Stored:
    """Store it in place of the one that we saw; raises `ChangedMeanwhile` when another session wrote one since."""
    data = manifest.to_bytes()

    def put(digest: Digest, key: S3Uri, etag: str | None) -> Stored:
        return uploader.put(key, data, digest, replaces=etag)

    try:
        return writes.put(digest_of(data), where, replaces, put)
    except errors.ChangedMeanwhile as exc:
        raise errors.ChangedMeanwhile(
            where,
            title="Another session saved this project at the same time",
            hint="What is named as saved is in the home bucket. Bring the project again to see the other's work.",
        ) from exc


def changed_by_others(store: Store, prefix: S3Uri, known: Known) -> set[str]:
    """Files of which the bucket holds the version of the other manifest, and no longer the one that we saved."""
    doubtful = [
        path
        for path, item in known.items.items()
        if item.saved is not None and path in known.theirs and known.theirs[path].etag != item.saved.etag
    ]

    def is_theirs(path: str) -> str | None:
        head = store.objects.head(prefix.child(path))
        return path if head is not None and head.etag == known.theirs[path].etag else None

    with at_work(doubtful, is_theirs, _LOOKS_AT_ONCE, "merge") as outcomes:
        return {path for outcome in outcomes if (path := outcome.result()) is not None}


def moment_after(now: datetime, *earlier: str | None) -> str:
    """The server's time to the millisecond, and later than every earlier state: by these texts states are in order."""
    before = [datetime.fromisoformat(text) for text in earlier if text]
    moment = max([now, *(one + timedelta(milliseconds=1) for one in before)])
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def saved_file(item: Item, saved: Saved) -> SavedFile:
    """A file of a manifest, as S3 confirmed it."""
    return SavedFile(
        local=Content(
            size=item.stat.size if item.stat else saved.size, crc64nvme=saved.local_crc64nvme, sha256=item.sha256
        ),
        saved=Content(size=saved.size, crc64nvme=saved.crc64nvme, sha256=saved.sha256),
        key=saved.key,
        etag=saved.etag,
        version=saved.version,
    )


def _reference(item: Item) -> Reference:
    assert item.origin is not None
    origin = item.origin
    return Reference(
        uri=origin.uri, etag=origin.etag, version=origin.version, size=origin.size, crc64nvme=origin.crc64nvme
    )

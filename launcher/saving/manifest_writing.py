"""The manifest of a save: made from what the journal knows, written last and under a condition."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from launcher import errors
from launcher.journal import Item, ProjectRecord, Saved
from launcher.journal.manifest import LARGEST, SCHEMA, Content, SavedFile
from launcher.journal.manifest_text import Bytes, Entry, reference, write_text, write_text_with
from launcher.saving.known import Known
from launcher.saving.own_writes import OwnWrites
from launcher.storage.checksums import Digest
from launcher.storage.crew import at_work
from launcher.storage.long_text import LongText
from launcher.storage.store import Store
from launcher.storage.upload import Stored, Uploader
from launcher.storage.uri import S3Uri

_LOOKS_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Moment:
    """When a state was saved, in which session, by whom, and whether a person asked for it."""

    saved_at: str
    session: str
    who: str
    asked_for: bool = False


def write_whole(
    text: LongText,
    record: ProjectRecord,
    moment: Moment,
    known: Known,
    items: Iterable[Item],
    beside: Iterable[Item],
    by_reference: Iterable[Item],
    only_theirs: Collection[str] = (),
) -> None:
    """The text of what the home prefix now holds of a project; files that only another session saved stay in it.

    Where two sessions changed one file, the original is the other's, and the copy stands beside it: `beside` are those
    of `items` with a copy. `only_theirs` are files that another session changed since we last saved them, and we did
    not. All items come in the order of their paths, and none is kept.
    """
    prefix = S3Uri.parse(record.home).key
    copies = {item.copy.key.removeprefix(prefix): (item, item.copy) for item in beside if item.copy is not None}
    others = {path: _their_entry(path, file) for path, file in known.theirs.items()}
    others |= {path: _entry(path, item, copy) for path, (item, copy) in copies.items()}
    references = _their_references(known)

    def saved_here() -> Iterator[Entry]:
        for item in items:
            if item.copy is None and item.saved is not None and item.path not in only_theirs:
                yield _entry(item.path, item, item.saved)
            elif refers_elsewhere(item, record.home):
                references.setdefault(item.path, _reference(item))

    def files() -> Iterator[Entry]:
        for entry in merged(saved_here(), [others[path] for path in sorted(others)]):
            references.pop(entry.path, None)
            yield entry

    write_text(text, _head(record, moment), files(), _with_ours(references, by_reference))


def write_with_changes(
    text: LongText,
    earlier: Iterable[list[bytes]],
    record: ProjectRecord,
    moment: Moment,
    known: Known,
    changed: Collection[Item],
    by_reference: Iterable[Item],
) -> bool:
    """The same from the lines of our last manifest, where no more than these items changed since.

    False if it takes more than their lines: a copy beside another session's version, an object that is gone, an earlier
    text that is damaged or has another form.
    """
    if any(item.saved is None or item.copy is not None for item in changed):
        return False
    gone = {item.path for item in changed}.union(known.theirs)
    references = {path: told for path, told in _their_references(known).items() if path not in gone}
    files = [_entry(item.path, item, item.saved) for item in changed if item.saved is not None]
    try:
        write_text_with(text, earlier, _head(record, moment), sorted(files), _with_ours(references, by_reference))
    except (ValueError, LookupError, TypeError):
        return False
    return True


def _head(record: ProjectRecord, moment: Moment) -> dict[str, object]:
    """What a manifest says beside its files."""
    return {
        "schema": SCHEMA,
        "id": record.id,
        "name": record.name,
        "tool": record.tool_id,
        "marker": record.marker,
        "source": record.uri,
        **asdict(moment),
        "prefix": S3Uri.parse(record.home).key,
    }


def _their_references(known: Known) -> dict[str, str]:
    """A video that was not brought to this computer is as much a part of the project as it was before."""
    return {path: reference(**dict(one)) for path, one in known.their_references.items()}


def _with_ours(references: Mapping[str, str], by_reference: Iterable[Item]) -> Iterator[tuple[str, str]]:
    own = {item.path: _reference(item) for item in by_reference}
    yield from sorted({**references, **own}.items())


def refers_elsewhere(item: Item, home: str) -> bool:
    """Is it a part of the project that never came here, so that the list says where it lies?"""
    is_nowhere_here = item.is_elsewhere and item.saved is None and item.copy is None
    return is_nowhere_here and item.origin is not None and not item.origin.uri.startswith(home)


def merged(mine: Iterable[Entry], others: Iterable[Entry]) -> Iterator[Entry]:
    """Two lists in the order of their paths as one; of a file that is in both, mine."""
    last = ""
    for entry in heapq.merge(mine, others, key=attrgetter("path")):
        if entry.path != last:
            yield entry
        last = entry.path


def put_manifest(
    text: LongText, content: Digest, where: S3Uri, replaces: str | None, writes: OwnWrites, uploader: Uploader
) -> Stored:
    """Store it in place of the one that we saw; raises `ChangedMeanwhile` when another session wrote one since.

    So does one of a save of ours that was killed: it names what others had saved by then, as our rows do not. One that
    nobody would read again is not written.
    """
    if content.size > LARGEST:
        raise errors.NotDone(
            where,
            title="This project has more files than one list can name",
            hint="Its files are in the home bucket. Save it as several projects, or leave out what need not be saved, "
            "so that other computers can bring it.",
        )

    def put(digest: Digest, key: S3Uri, etag: str | None) -> Stored:
        return uploader.put(key, text, digest, replaces=etag)

    try:
        return writes.put(content, where, replaces, put, over_our_own=False)
    except errors.ChangedMeanwhile as exc:
        raise errors.ChangedMeanwhile(
            where,
            title="Another session saved this project at the same time",
            hint="What is named as saved is in the home bucket. Bring the project again to see the other's work.",
        ) from exc


def changed_by_others(store: Store, prefix: S3Uri, items: Iterable[Item], theirs: Mapping[str, SavedFile]) -> set[str]:
    """Files of which the bucket holds the version of the other manifest, and no longer the one that we saved."""
    doubtful = {
        item.path: theirs[item.path].etag
        for item in items
        if item.saved is not None and item.path in theirs and theirs[item.path].etag != item.saved.etag
    }
    return lying_there(store, prefix, doubtful)


def lying_there(store: Store, prefix: S3Uri, etags: Mapping[str, str]) -> set[str]:
    """The paths of those at whose keys the bucket holds the version with this ETag now."""

    def look(path: str) -> bool:
        head = store.objects.head(prefix.child(path))
        return head is not None and head.etag == etags[path]

    with at_work(etags, look, _LOOKS_AT_ONCE, "merge") as outcomes:
        return {outcome.job for outcome in outcomes if outcome.result()}


def moment_after(now: datetime, *earlier: str | None) -> str:
    """The server's time to the millisecond, and later than every earlier state: by these texts states are in order."""
    before = [datetime.fromisoformat(text) for text in earlier if text]
    moment = max([now, *(one + timedelta(milliseconds=1) for one in before)])
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def saved_file(item: Item, saved: Saved) -> SavedFile:
    """A file of a manifest, as S3 confirmed it."""
    one = _entry(item.path, item, saved)
    local, content = (Content(**bytes_._asdict()) for bytes_ in (one.local, one.saved))
    return SavedFile(local=local, saved=content, key=one.key, etag=one.etag, version=one.version)


def _entry(path: str, item: Item, saved: Saved) -> Entry:
    """The same as a line of a manifest."""
    content = Bytes(saved.size, saved.crc64nvme, saved.sha256)
    return Entry(path, _local(item, saved), content, saved.key, saved.etag, saved.version)


def _local(item: Item, saved: Saved) -> Bytes:
    """What was on disk when it was saved; where that was another computer's, as much as is known of it."""
    if saved.local_crc64nvme == item.crc64nvme:
        return Bytes(item.stat.size if item.stat else saved.size, item.crc64nvme, item.sha256)
    is_as_saved = saved.local_crc64nvme == saved.crc64nvme
    return Bytes(saved.size, saved.local_crc64nvme, saved.sha256 if is_as_saved else "")


def _their_entry(path: str, file: SavedFile) -> Entry:
    return Entry(path, file.local.plain, file.saved.plain, file.key, file.etag, file.version)


def _reference(item: Item) -> str:
    assert item.origin is not None
    one = item.origin
    return reference(uri=one.uri, etag=one.etag, version=one.version, size=one.size, crc64nvme=one.crc64nvme)

"""Values as rows of the journal, each with a seal: a flipped bit in a row is noticed when it is read.

SQLite notices damage to its own structure (`integrity_check`), and none to what is written in it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from launcher.journal.records import Item, Origin, ProjectRecord, Saved, Stat, State

_STATES = {state.value: state for state in State}
#: Thousands of rows are read at every look: the decoder without what `json.loads` does around it.
_decoded = json.JSONDecoder().raw_decode
_quoted = json.encoder.encode_basestring_ascii

ITEM_COLUMNS = "path, size, mtime_ns, ctime_ns, file_id, crc64nvme, sha256, origin, saved, state, cause, next, copy"
_COPY = ITEM_COLUMNS.split(", ").index("copy")
PROJECT_COLUMNS = "id, uri, name, tool_id, marker, dir, home, staged_at, manifest_etag, last_saved"


def seal(row: Sequence[object]) -> int:
    """A checksum of what a row says."""
    return zlib.crc32(repr(row).encode(errors="surrogatepass"))


def is_sealed(row: Sequence[object]) -> bool:
    """Does the seal at the end of a row fit what comes before it? Rows of an older launcher have none."""
    return row[-1] is None or row[-1] == seal(tuple(row[:-1]))


def project_row(record: ProjectRecord) -> tuple[object, ...]:
    """In the order of the columns."""
    return (
        record.id,
        record.uri,
        record.name,
        record.tool_id,
        record.marker,
        str(record.dir),
        record.home,
        record.staged_at,
        record.manifest_etag,
        record.last_saved,
    )


def project_of(row: Sequence[str]) -> ProjectRecord:
    """From such a row."""
    project_id, uri, name, tool_id, marker, folder, home, staged_at, manifest_etag, last_saved = row
    return ProjectRecord(
        project_id, uri, name, tool_id, marker, Path(folder), home, staged_at, manifest_etag, last_saved
    )


def item_row(item: Item) -> tuple[object, ...]:
    """In the order of the columns."""
    stat = item.stat
    # A file id can use all 64 bits, which SQLite's signed integers do not hold.
    numbers = (stat.size, stat.mtime_ns, stat.ctime_ns, str(stat.file_id)) if stat else (None, None, None, None)
    origin = json.dumps(item.origin._asdict()) if item.origin else None
    saved, copy = (_saved_text(one) if one else None for one in (item.saved, item.copy))
    words = (item.state.value, item.cause, item.next)
    return (item.path, *numbers, item.crc64nvme, item.sha256, origin, saved, *words, copy)


def _saved_text(saved: Saved) -> str:
    """As `json.dumps` writes it, a quarter of the time: each file that is saved has one."""
    version = _quoted(saved.version) if saved.version is not None else "null"
    named = f'"key": {_quoted(saved.key)}, "etag": {_quoted(saved.etag)}, "version": {version}, "size": {saved.size}'
    sums = f'"crc64nvme": {_quoted(saved.crc64nvme)}, "sha256": {_quoted(saved.sha256)}'
    return f'{{{named}, {sums}, "local_crc64nvme": {_quoted(saved.local_crc64nvme)}}}'


def _saved(text: str, crc64nvme: str, sha256: str) -> Saved:
    """Where what is saved is what is on disk, each checksum is kept once: of thousands of files that is half of it."""
    fields = _decoded(text)[0]
    for name, known in (("crc64nvme", crc64nvme), ("local_crc64nvme", crc64nvme), ("sha256", sha256)):
        if fields.get(name) == known:
            fields[name] = known
    return Saved(**fields)


def item_of(row: Sequence[Any]) -> Item:
    """From such a row."""
    path, size, mtime_ns, ctime_ns, file_id, crc, sha, origin, saved, state, cause, next_step, copy = row
    return Item(
        path,
        None if size is None else Stat(size, mtime_ns, ctime_ns, int(file_id)),
        crc,
        sha,
        Origin(**_decoded(origin)[0]) if origin else None,
        _saved(saved, crc, sha) if saved else None,
        _STATES[state],
        cause,
        next_step,
        Saved(**_decoded(copy)[0]) if copy else None,
    )


class StoredItem:
    """A row of which only what is asked for is read: most files are compared with the disk and let go."""

    __slots__ = ("_row",)

    def __init__(self, row: Sequence[Any]) -> None:
        self._row = row

    @property
    def path(self) -> str:
        """In the order of these they are read."""
        return str(self._row[0])

    def is_saved_as(self, stat: Stat) -> bool:
        """Does it say plainly that S3 holds the file with this fingerprint? If not, ask the whole `item`."""
        _, size, mtime_ns, ctime_ns, file_id, crc64nvme, _, _, saved, *_ = self._row
        if (
            saved is None
            or self._row[_COPY] is not None
            or (size, mtime_ns, ctime_ns) != (stat.size, stat.mtime_ns, stat.ctime_ns)
        ):
            return False
        # As `item_row` writes it; in any other text the quotation marks would have a backslash.
        return bool(file_id == str(stat.file_id) and f'"local_crc64nvme": "{crc64nvme}"' in saved)

    @property
    def item(self) -> Item:
        """All of it."""
        return item_of(self._row)

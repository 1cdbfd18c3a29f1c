"""What `verify` found untrue in the journal is no longer called saved, from that moment on.

The bucket is not touched: the next save, the saver that runs, or the session's end puts right what it can. What is gone
or replaced there is `gone.py`'s; here is also what the server cannot give back as it was, a disk's fault mostly. Its
key is written again over just that version, if the same content is here, so that nothing can be lost by it; anything
else goes beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from launcher.journal import Item, Journal, ProjectRecord, Saved
from launcher.projects.local_files import stat_of
from launcher.saving.gone import look_again
from launcher.storage.uri import S3Uri

#: Which object can no longer be given back, by the path of its file: its key and ETag.
Damaged = Mapping[str, tuple[str, str]]


class Finding(StrEnum):
    """What became of an object, in the words for the file that was saved in it."""

    GONE = "What was saved of it is gone from the home bucket"
    REPLACED = "Something else lies in the home bucket where it was saved"
    DAMAGED = "The home bucket cannot give back what was saved of it"


_NEXT = {
    Finding.GONE: "It is on this computer, and the next save sends it again.",
    Finding.REPLACED: "The next save looks whether what is here is kept, and puts it beside that if it is not.",
    Finding.DAMAGED: "It is on this computer, and the next save sends it again.",
}


class Disproved(NamedTuple):
    """An object of a file that is not what the journal says."""

    project: str
    path: str
    where: S3Uri
    etag: str
    finding: Finding


def note(journal: Journal, record: ProjectRecord, found: Iterable[Disproved]) -> None:
    """Nothing is all saved from now on until a save has looked. To be called in the project's turn."""
    rows = list(found)
    items = journal.items_at(record.id, [row.path for row in rows])
    doubtful = [
        _doubted(items[row.path], row.finding)
        for row in rows
        if row.path in items and _is_of(items[row.path].held_as, row) and stat_of(record.dir / row.path) is not None
    ]
    broken = {row.path: (row.where.key, row.etag) for row in rows if row.finding is Finding.DAMAGED}
    if broken:
        _put(journal, record.id, {**damaged(journal, record.id), **broken})
    note_only(journal, record)
    journal.put_items(record.id, doubtful)


def note_only(journal: Journal, record: ProjectRecord) -> None:
    """The same without a word of single files, as where another process has the turn."""
    journal.put_fact(look_again(record.id), "1")
    journal.begin_saving(record.id)


def damaged(journal: Journal, project_id: str) -> Damaged:
    """What is known to be damaged, and was not written again yet."""
    found: dict[str, list[str]] = json.loads(journal.fact(_fact(project_id)) or "{}")
    return {path: (key, etag) for path, (key, etag) in found.items()}


def is_damaged(found: Damaged, path: str, saved: Saved | None) -> bool:
    """Is this the object that cannot be given back?"""
    return saved is not None and found.get(path) == (saved.key, saved.etag)


def without_damaged_copies(found: Damaged, items: Iterable[Item]) -> list[Item]:
    """The files whose version beside another session's is damaged, as they are without it: it is kept anew."""
    return [item._replace(copy=None, crc64nvme="") for item in items if is_damaged(found, item.path, item.copy)]


def forget_mended(journal: Journal, project_id: str) -> None:
    """What was written again, is known by another object now, or is gone here, needs no second look."""
    found = damaged(journal, project_id)
    if not found:
        return
    items = journal.items_at(project_id, found)
    _put(journal, project_id, {path: one for path, one in found.items() if _is_broken(items.get(path), found)})


def _is_broken(item: Item | None, found: Damaged) -> bool:
    return item is not None and item.held_as is None and is_damaged(found, item.path, item.copy or item.saved)


def _doubted(item: Item, finding: Finding) -> Item:
    """Without its checksum, as of a file that nobody has compared: by its fingerprint alone it is not saved then."""
    return item._replace(crc64nvme="").failed(finding.value, _NEXT[finding])


def _is_of(saved: Saved | None, row: Disproved) -> bool:
    return saved is not None and (saved.key, saved.etag) == (row.where.key, row.etag)


def _put(journal: Journal, project_id: str, found: Damaged) -> None:
    journal.put_fact(_fact(project_id), json.dumps(found) if found else "")


def _fact(project_id: str) -> str:
    return f"damaged in the bucket {project_id}"

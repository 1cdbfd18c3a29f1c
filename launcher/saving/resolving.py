"""What a person decides about a file that two sessions changed, in parts: the other's version, and that both stay.

Nothing is deleted. Before anything takes the place of anything, a state is kept that holds both contents, so that
`restore` brings either of them back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.journal import Item, Saved, Stat, State
from launcher.journal.manifest import Content, Manifest, SavedFile
from launcher.saving.conflict_list import Rows
from launcher.saving.conflict_names import original_of
from launcher.session.http_dates import moment_of
from launcher.storage.copying import fetch_now
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri


class Keep(StrEnum):
    """Mine is what this computer has under the file's own name; theirs is the other version."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """One file in two versions that nobody has decided about; `copy` is the path of the one with the long name."""

    path: str
    copy: str
    who: str
    at: str
    #: Is the copy this computer's version? Else this computer has both, as plain files.
    is_copy_mine: bool


@dataclass(frozen=True, slots=True)
class Author:
    """Who saved a version, and when: by the manifest that names it, else by the server's clock."""

    who: str
    at: str


def open_conflicts(items: Iterable[Item], prefix: S3Uri, rows: Rows) -> list[OpenConflict]:
    """What is undecided: copies that were made here, and copies of others that were brought here."""
    known = {item.path: item for item in items}
    mine = {_below(prefix, item.copy.key): item for item in known.values() if item.copy is not None}
    noted = {_below(prefix, row["copy"]): row for row in rows}
    found = [
        OpenConflict(item.path, copy, *_who(noted.get(copy)), is_copy_mine=True) for copy, item in sorted(mine.items())
    ]
    for copy, row in sorted(noted.items()):
        path = original_of(copy)
        if copy in known and copy not in mine and path in known and path is not None and not row.get("decided"):
            found.append(OpenConflict(path, copy, *_who(row), is_copy_mine=False))
    return found


def _below(prefix: S3Uri, key: str) -> str:
    return key.removeprefix(prefix.key)


def _who(row: dict[str, Any] | None) -> tuple[str, str]:
    return (str(row.get("who", "")), str(row.get("at", ""))) if row else ("", "")


def author_of(states: Iterable[Manifest], path: str, etag: str, modified: str) -> Author:
    """Who saved the version with this ETag, from the oldest state that names it; else the server's time alone."""
    named = [one for one in states if path in one.files and one.files[path].etag == etag]
    if named:
        oldest = min(named, key=lambda state: state.saved_at)
        return Author(oldest.who or oldest.session, oldest.saved_at)
    try:
        return Author("", moment_of(modified).strftime("%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return Author("", "")


def fetch_theirs(store: Store, where: S3Uri, arrived: Path) -> Saved:
    """Bring the other session's version of a file to `arrived`; what S3 holds of it."""
    head = store.objects.head(where)
    if head is None:
        raise errors.NotFound(
            where,
            title="The other version is not in the home bucket any more",
            hint="Nothing was changed. Yours is beside it, and stays. Keep mine, and it has the file's own name again.",
        )
    digest = fetch_now(store.http, where, head, arrived)
    return Saved(where.key, head.etag, head.version, digest.size, digest.crc64nvme, digest.sha256, digest.crc64nvme)


def with_both(newest: Manifest, path: str, theirs: Saved, copy: str, mine: SavedFile, at: str) -> Manifest:
    """The state, saved at some time, in which both contents are: theirs under the file's own name, ours as the copy."""
    content = Content(size=theirs.size, crc64nvme=theirs.crc64nvme, sha256=theirs.sha256)
    named = newest.files.get(path)
    original = (
        named
        if named is not None and named.etag == theirs.etag
        else SavedFile(local=content, saved=content, key=theirs.key, etag=theirs.etag, version=theirs.version)
    )
    return newest.model_copy(update={"saved_at": at, "files": {**newest.files, path: original, copy: mine}})


def in_place_of_theirs(item: Item, theirs: Saved | None) -> Item:
    """Ours is what counts: the next save replaces exactly their version, and no other.

    So it does where ours is what was brought from a data bucket: without a fingerprint it is not left alone as such.
    """
    return item._replace(stat=None, saved=theirs, copy=None, state=State.STAGED, cause="", next="")


def as_theirs(item: Item, theirs: Saved, stat: Stat, crc64nvme: str, sha256: str) -> Item:
    """Theirs is here now, in the form that this computer needs."""
    saved = theirs._replace(local_crc64nvme=crc64nvme)
    return item._replace(
        stat=stat,
        crc64nvme=crc64nvme,
        sha256=sha256,
        saved=saved,
        copy=None,
        state=State.SAVED,
        cause="",
        next="",
    )


def beside(item: Item, copy_path: str, stat: Stat) -> Item:
    """Ours as a file of its own, saved already under the name of the copy."""
    return Item(copy_path, stat, item.crc64nvme, item.sha256, saved=item.copy, state=State.SAVED)

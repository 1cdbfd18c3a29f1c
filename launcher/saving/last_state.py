"""The manifest as S3 last confirmed it, kept in the project's own folder: what is known when the journal is lost.

With it a lost journal costs no conflict with ourselves: what another session wrote since is told from what we wrote.
It is one of three trees; the other two are the disk and the bucket.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated, BinaryIO

from pydantic import Field

from launcher import errors
from launcher.journal import Item, Origin, ProjectRecord, State
from launcher.journal.manifest import Content, Manifest, Reference, SavedFile, parse_manifest
from launcher.journal.manifest_text import only
from launcher.projects.whose import CORNER
from launcher.saving.conflict_names import original_of
from launcher.storage.long_text import LongText

FILE = "saved-state"
#: So many bytes of lines are read, and added to the checksum, together.
_AT_ONCE = 1024**2


class OurFile(SavedFile):
    """What is here of a file of which others saved another version: as we saved it before, or as it was brought."""

    #: The address that it was brought from, if we never saved it: the version in the manifest was then never here.
    brought_from: Annotated[str, Field(max_length=1100)] = ""


#: By their paths; None of one of which what the manifest names was never here.
Ours = dict[str, OurFile | None]


def brought(item: Item) -> OurFile:
    """The same of one that is left alone."""
    assert item.origin is not None
    assert item.saved is not None
    origin, size = item.origin, item.stat.size if item.stat else item.origin.size
    return OurFile(
        local=Content(size=size, crc64nvme=item.crc64nvme, sha256=item.sha256),
        saved=Content(size=origin.size, crc64nvme=origin.crc64nvme),
        key=item.saved.key,
        etag=origin.etag,
        version=origin.version,
        brought_from=origin.uri,
    )


class LastState:
    """The copy in one project's folder: the ETag, what is ours of files that others saved since, and the manifest.

    The first line seals the other two: a bit that flipped on the disk must not become a line of the next manifest.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / CORNER / FILE

    def keep(self, manifest: LongText, etag: str, mine: Mapping[str, SavedFile | None]) -> None:
        """Written after S3 confirmed it. A full disk costs nothing but this copy."""
        ours = json.dumps({path: file and file.model_dump(mode="json") for path, file in mine.items()}).encode() + b"\n"
        seal = _seal(etag.encode(), ours)
        whole = seal.copy()
        for piece in manifest.pieces():
            whole.update(piece)
        draft = self._file.with_suffix(".new")
        with suppress(OSError):
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(handle, "wb") as file:  # noqa: PTH123 - a handle, for its rights
                file.writelines([f"{etag} {seal.hexdigest()} {whole.hexdigest()}\n".encode(), ours])
                file.writelines(manifest.pieces())
            draft.replace(self._file)

    def read(self, is_wanted: Callable[[str], bool] | None = None) -> tuple[Manifest, str, Ours] | None:
        """What was kept, with these files alone if they are asked for; None if there is nothing that can be read."""
        try:
            with self._file.open("rb") as file:
                etag, mine, seal, whole = _begin(file)
                lines = chain.from_iterable(_sealed(file, seal, whole))
                data = only(lines, lambda path: path in mine or is_wanted(path)) if is_wanted else b"".join(lines)
            return parse_manifest(data, self._file), etag, mine
        except (OSError, ValueError, AttributeError, errors.LauncherError):
            return None

    def lines(self, etag: str | None) -> Iterator[list[bytes]]:
        """The manifest with this ETag, by some lines; raises `ValueError`, at its end, if it is not what was kept."""
        try:
            with self._file.open("rb") as file:
                kept, _, seal, whole = _begin(file)
                if kept != etag:
                    raise ValueError(kept)
                yield from _sealed(file, seal, whole)
        except (OSError, AttributeError) as exc:
            raise ValueError(self._file) from exc

    def mine(self) -> tuple[str, Ours] | None:
        """What is ours of files that others saved since, and the ETag of the manifest that it stands before.

        None if nobody knows. It says nothing of a later manifest, of which no copy could be kept.
        """
        try:
            with self._file.open("rb") as file:
                return _begin(file)[:2]
        except (OSError, ValueError, AttributeError):
            return None


def _seal(etag: bytes, ours: bytes) -> hashlib._Hash:
    return hashlib.sha256(etag + b"\n" + ours)


def _begin(file: BinaryIO) -> tuple[str, Ours, hashlib._Hash, str]:
    """What stands before the manifest, its checksum so far, and that of all; raises `ValueError` if it is damaged."""
    etag, sealed, whole = file.readline().rstrip(b"\n").rsplit(b" ", 2)
    ours = file.readline()
    seal = _seal(etag, ours)
    if seal.hexdigest().encode() != sealed:
        raise ValueError(file.name)
    return etag.decode(), _mine(ours), seal, whole.decode()


def _sealed(file: BinaryIO, digest: hashlib._Hash, expected: str) -> Iterator[list[bytes]]:
    """The lines of the rest; raises `ValueError` at its end where the checksum is another one."""
    while some := file.readlines(_AT_ONCE):
        digest.update(b"".join(some))
        yield some
    if digest.hexdigest() != expected:
        raise ValueError(file.name)


def _mine(line: bytes) -> Ours:
    return {path: told and OurFile.model_validate(told) for path, told in json.loads(line).items()}


def items_of(manifest: Manifest, is_here: Callable[[str], bool]) -> list[Item]:
    """The files of a saved state as the journal remembers them, before anybody has looked at the disk."""
    copies = _copies(manifest, is_here)
    beside = [_kept_beside(path, manifest.files[copy]) for path, copy in copies.items()]
    not_plain = {*copies, *copies.values()}
    files = [_item(path, file) for path, file in manifest.files.items() if path not in not_plain]
    return [*files, *beside, *(_by_reference(path, one) for path, one in manifest.references.items())]


def rebuilt(record: ProjectRecord) -> tuple[ProjectRecord, list[Item]]:
    """The project and its files by what is kept in its folder; without that, the next save compares with S3."""
    kept = LastState(record.dir).read()
    if kept is None or kept[0].id != record.id:
        return record, []
    newest, etag, mine = kept
    left = {path: file for path, file in mine.items() if file is not None and file.brought_from}
    saved = {path: file for path, file in mine.items() if file is not None and not file.brought_from}
    # What was never here is not known: else a file of that name would be taken for a change of it.
    known_here = {path: file for path, file in newest.files.items() if mine.get(path, file) is not None}
    manifest = newest.model_copy(update={"files": {**known_here, **saved}})
    known = replace(record, manifest_etag=etag, last_saved=manifest.saved_at)
    items = items_of(manifest, lambda path: (record.dir / path).is_file())
    return known, [_left(item, left[item.path]) if item.path in left else item for item in items]


def _copies(manifest: Manifest, is_here: Callable[[str], bool]) -> dict[str, str]:
    """Conflict copies of ours by their originals; one that lies on the disk too was brought here as any file."""
    found: dict[str, str] = {}
    for path in sorted(manifest.files):
        original = original_of(path)
        if original is not None and not is_here(path):
            found[original] = path
    return found


def _item(path: str, file: SavedFile) -> Item:
    return Item(path, None, file.local.crc64nvme, file.local.sha256, saved=file.as_saved, state=State.SAVED)


def _left(theirs: Item, ours: OurFile) -> Item:
    """One that is left alone, as it was known before the journal was lost."""
    content, local = ours.saved, ours.local
    origin = Origin(
        ours.brought_from, ours.etag, ours.version, content.size, content.crc64nvme, local_crc64nvme=local.crc64nvme
    )
    return theirs._replace(crc64nvme=local.crc64nvme, sha256=local.sha256, origin=origin).left_for(theirs.saved)


def _kept_beside(path: str, copy: SavedFile) -> Item:
    """Ours is the copy. That the original was seen is not believed: it is another session's."""
    return Item(path, None, copy.local.crc64nvme, copy.local.sha256, copy=copy.as_saved, state=State.SAVED)


def _by_reference(path: str, reference: Reference) -> Item:
    crc = reference.crc64nvme
    origin = Origin(reference.uri, reference.etag, reference.version, reference.size, crc, crc)
    return Item(path, None, crc, origin=origin, state=State.STAGED if crc else State.LATER)

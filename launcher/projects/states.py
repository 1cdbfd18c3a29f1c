"""The earlier saved states of a project, for `restore`: which there are, and what each consisted of.

A state is a manifest, kept below `.pose-launcher/history/<id>/states/`: every one that a person asked for, and of those
that are saved while they work the last one of each minute. There can be hundreds, of a megabyte each, so a list of them
reads the first bytes alone: what it says stands before the files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from launcher import errors
from launcher.journal.manifest import LARGEST, Manifest, moment, parse_manifest
from launcher.storage.checksums import Digest, digest_of
from launcher.storage.copying import copy_object
from launcher.storage.crew import at_work
from launcher.storage.json_text import json_of
from launcher.storage.long_text import LongText
from launcher.storage.objects import ObjectRef
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

AT_ONCE = 32
#: More than stands before the files of a manifest.
_BEGINNING = 8 * 1024
_MINUTE = len("2026-01-31T14:05")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StateRow:
    """One state as a list shows it."""

    at: str
    files: int
    bytes: int
    session: str
    who: str
    where: S3Uri

    def to_json(self) -> dict[str, object]:
        """As in `restore --list` (contract)."""
        return {"at": self.at, "files": self.files, "bytes": self.bytes, "session": self.session, "who": self.who}


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A manifest as S3 has just confirmed it: where it lies, and what it says."""

    saved_at: str
    where: S3Uri
    etag: str
    text: LongText
    digest: Digest


class HasMoment(Protocol):
    """A state, in whatever form."""

    @property
    def at(self) -> str:
        """When it was saved, by the server's time."""


State = TypeVar("State", bound=HasMoment)


class States:
    """The states of one project."""

    def __init__(self, store: Store, home: S3Uri, project_id: str) -> None:
        self._store = store
        self._root = home.child(f".pose-launcher/history/{project_id}/states/")

    def keep(self, manifest: Confirmed, *, asked_for: bool) -> None:
        """Remember the state that was just saved: a copy inside the server, since it has the text already.

        Unless a person asked for it, in place of one of the same minute. No two manifests are of the same moment.
        """
        where = self._where(manifest.saved_at, asked_for=asked_for)
        if not self._is_copied(manifest, where):
            self._send(where, manifest.text, manifest.digest)

    def keep_made(self, saved_at: str, text: bytes) -> None:
        """Remember a state that no list in S3 says, as one that a person asked for."""
        self._send(self._where(saved_at, asked_for=True), text, digest_of(text))

    def _where(self, saved_at: str, *, asked_for: bool) -> S3Uri:
        return self._root.child(f"{slot(saved_at, asked_for=asked_for)}.json")

    def _is_copied(self, manifest: Confirmed, where: S3Uri) -> bool:
        """Did the server copy it, and prove that? One may not copy, or another session may have saved since."""
        try:
            return copy_object(
                self._store.http, self._store.exchange, manifest.where, manifest.etag, where, manifest.digest
            )
        except errors.Unreachable:
            raise
        except errors.LauncherError:
            return False

    def _send(self, where: S3Uri, text: bytes | LongText, content: Digest) -> None:
        head = self._store.objects.head(where)
        replaces = head.etag if head is not None else None
        with suppress(errors.ChangedMeanwhile):  # another session keeps a state of this very minute
            self._store.uploader.put(where, text, content, replaces=replaces)

    def rows(self) -> list[StateRow]:
        """Every state that is kept, the newest first; what cannot be read is passed over."""
        found = {row.at: row for row in self._read(self._row)}
        return [found[at] for at in sorted(found, reverse=True)]

    def manifest(self, row: StateRow) -> Manifest:
        """What a state consisted of; raises `NotFound` if it has gone since, `Damaged` if it cannot be read."""
        read = self._store.objects.read_small(row.where, LARGEST)
        if read is None:
            raise errors.NotFound(row.at, title="This saved state is not kept any more")
        return parse_manifest(read[0], row.where)

    def found(self, row: StateRow) -> Manifest | None:
        """The same; None if it has gone since, or cannot be read."""
        return self._manifest(row.where)

    def naming(self, paths: Collection[str]) -> list[Manifest]:
        """Every state, with these of its files alone."""

        def reduced(ref: ObjectRef) -> Manifest | None:
            whole = self._manifest(ref.where)
            named = {path: whole.files[path] for path in paths if path in whole.files} if whole else {}
            return whole.model_copy(update={"files": named, "references": {}}) if whole else None

        return list(self._read(reduced))

    def _read(self, read: Callable[[ObjectRef], T | None]) -> Iterator[T]:
        rows = (row for page in self._store.lister.everything(self._root) for row in page.objects)
        refs = (ObjectRef(S3Uri(self._root.bucket, row.key), row.size, row.etag) for row in rows)
        with at_work(refs, read, AT_ONCE, "states") as outcomes:
            for outcome in outcomes:
                if (found := outcome.result()) is not None:
                    yield found

    def _row(self, ref: ObjectRef) -> StateRow | None:
        try:
            row = row_of(self._store.objects.read_range(ref, 0, _BEGINNING), ref.where)
        except (errors.NotFound, errors.ChangedMeanwhile):
            return None  # it went, or was written anew, since it was listed
        if row is not None:
            return row
        whole = self._manifest(ref.where)
        return row_of(whole.to_bytes(), ref.where) if whole is not None else None

    def _manifest(self, where: S3Uri) -> Manifest | None:
        read = self._store.objects.read_small(where, LARGEST)
        try:
            return parse_manifest(read[0], where) if read is not None else None
        except errors.LauncherError:
            return None


def row_of(beginning: bytes, where: S3Uri) -> StateRow | None:
    """A list's row from what stands before the files; None where that says too little, as an older launcher wrote it.

    Inside a JSON text every quotation mark has a backslash before it, so the first bare `"files":` is the field.
    """
    front, found, _ = beginning.partition(b'"files":')
    if not found:
        return None
    try:
        told = json_of(front.rstrip().rstrip(b",") + b"}")
        texts = {name: str(told[name]) for name in ("session", "who")}
        at, files, size = moment(told["saved_at"]), int(told["file_count"]), int(told["byte_count"])
    except (ValueError, KeyError, TypeError):
        return None
    return StateRow(at, files, size, **texts, where=where) if files >= 0 and size >= 0 else None


def slot(saved_at: str, *, asked_for: bool) -> str:
    """What a state's key is made of: its very moment, or just its minute."""
    return (saved_at.removesuffix("Z") if asked_for else saved_at[:_MINUTE]).replace(":", "-")


def state_at(states: Sequence[State], moment: str) -> State | None:
    """The last state that was saved at or before a time (ISO 8601 UTC); without a time, the one before the newest.

    A time that names no fraction means all of its second: as texts, "05.250Z" comes before "05Z".
    """
    if not moment:
        return states[1] if len(states) > 1 else None
    return next((state for state in states if state.at <= moment), None)

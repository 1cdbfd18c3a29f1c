"""Earlier saved states of a project, and the contents that later saves replaced.

Where the bucket keeps versions, it keeps the contents. Elsewhere a content is copied inside the server, before it is
replaced, to `.pose-launcher/history/<id>/contents/<sha256>`: named by what it is, so that a copy made twice is one.
A state is a manifest, kept below `.pose-launcher/history/<id>/states/`: every one that a person asked for, and of those
that are saved while they work the last one of each minute. What was on disk and did not open lies below `doubtful/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from launcher import errors
from launcher.journal import Saved
from launcher.journal.manifest import LARGEST, Manifest, SavedFile, parse_manifest
from launcher.saving.lease import age_s
from launcher.storage.checksums import Digest, digest_of
from launcher.storage.copying import LARGEST_COPY, copy_object, fetch_version
from launcher.storage.crew import at_work
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

_STATES_AT_ONCE = 32
_FRESH_S = 24 * 3600.0
_MINUTE = len("2026-01-31T14:05")


@dataclass(frozen=True, slots=True)
class SavedState:
    """A project as it was saved at one time."""

    at: str
    manifest: Manifest

    def to_json(self) -> dict[str, object]:
        """As in `restore --list` (contract)."""
        size = sum(file.saved.size for file in self.manifest.files.values())
        by = {"session": self.manifest.session, "who": self.manifest.who}
        return {"at": self.at, "files": len(self.manifest.files), "bytes": size, **by}


class History:
    """What can be brought back of one project."""

    def __init__(self, store: Store, home: S3Uri, project_id: str) -> None:
        self._store = store
        self._home = home
        self._root = home.child(f".pose-launcher/history/{project_id}/")

    def keep(self, where: S3Uri, saved: Saved) -> None:
        """See to it that a content which is about to be replaced can be brought back."""
        if is_kept_by_bucket(saved.version) or not saved.sha256 or saved.size > LARGEST_COPY:
            return
        content = Digest(saved.size, saved.crc64nvme, saved.sha256)
        if self._holds(content):
            return
        try:
            copy_object(self._store.http, where, saved.etag, self._content(saved.sha256), content)
        except errors.ChangedMeanwhile:
            return  # somebody was faster: the conditional write that follows finds it too, and replaces nothing

    def keep_doubtful(self, path: str, data: bytes, digest: Digest) -> S3Uri:
        """Keep what does not open as what it is named, and say where: it replaces nothing, yet may be all there is."""
        where = self._root.child(f"doubtful/{digest.sha256[:16]}/{path.rpartition('/')[2]}")
        if self._store.objects.head(where) is None:
            with suppress(errors.ChangedMeanwhile):  # another session keeps the same
                self._store.uploader.put(where, data, digest, replaces=None)
        return where

    def keep_state(self, manifest: Manifest, *, asked_for: bool) -> None:
        """Remember the state that was just saved; unless a person asked for it, in place of one of the same minute."""
        data = manifest.to_bytes()
        where = self._root.child(f"states/{slot(manifest.saved_at, asked_for=asked_for)}.json")
        head = self._store.objects.head(where)
        try:
            self._store.uploader.put(where, data, digest_of(data), replaces=head.etag if head else None)
        except errors.ChangedMeanwhile:
            return  # another session keeps a state of this very moment

    def states(self) -> list[SavedState]:
        """Every state that is kept, the newest first; what cannot be read is passed over."""
        found = {state.at: state for state in self._read()}
        return [found[at] for at in sorted(found, reverse=True)]

    def fetch(self, file: SavedFile, bucket: str, target: Path) -> None:
        """Bring the saved form of a file as it was in some state to `target`.

        Raises `NotFound` when the content is not kept any more.
        """
        content = Digest(file.saved.size, file.saved.crc64nvme, file.saved.sha256)
        now = self._store.objects.head(S3Uri(bucket, file.key))
        if now is not None and now.crc64nvme == content.crc64nvme and now.size == content.size:
            fetch_version(self._store.http, S3Uri(bucket, file.key), None, target, content)
        elif is_kept_by_bucket(file.version):
            fetch_version(self._store.http, S3Uri(bucket, file.key), file.version, target, content)
        else:
            self._fetch_kept(file.key, content, target)

    def _fetch_kept(self, key: str, content: Digest, target: Path) -> None:
        try:
            fetch_version(self._store.http, self._content(content.sha256), None, target, content)
        except errors.NotFound as exc:
            raise errors.NotFound(
                key,
                title="This content is not kept any more",
                hint="The file here was left as it is. Of a network that a training rewrites one is kept every ten "
                "minutes; everything else stays as long as your admin set it. Try another state.",
            ) from exc

    def _read(self) -> Iterator[SavedState]:
        rows = (row for page in self._store.lister.everything(self._root.child("states/")) for row in page.objects)
        keys = (S3Uri(self._root.bucket, row.key) for row in rows)
        with at_work(keys, self._state, _STATES_AT_ONCE, "states") as outcomes:
            for outcome in outcomes:
                if (state := outcome.result()) is not None:
                    yield state

    def _state(self, where: S3Uri) -> SavedState | None:
        read = self._store.objects.read_small(where, LARGEST)
        if read is None:
            return None
        try:
            manifest = parse_manifest(read[0], where)
        except errors.LauncherError:
            return None
        return SavedState(manifest.saved_at, manifest)

    def _content(self, sha256: str) -> S3Uri:
        return self._root.child(f"contents/{sha256}")

    def _holds(self, content: Digest) -> bool:
        """A copy from long ago is made anew: by its age is told since when the content has been replaced."""
        head = self._store.objects.head(self._content(content.sha256))
        return head is not None and head.size == content.size and age_s(head.modified, head.now) < _FRESH_S


def is_kept_by_bucket(version: str | None) -> bool:
    """Does a version outlive its replacement? Where versioning is suspended, all share the version "null"."""
    return version not in (None, "null")


def slot(saved_at: str, *, asked_for: bool) -> str:
    """What a state's key is made of: its very moment, or just its minute."""
    return (saved_at.removesuffix("Z") if asked_for else saved_at[:_MINUTE]).replace(":", "-")


def state_at(states: list[SavedState], moment: str) -> SavedState | None:
    """The last state that was saved at or before a time (ISO 8601 UTC); without a time, the one before the newest.

    A time that names no fraction means all of its second: as texts, "05.250Z" comes before "05Z".
    """
    if not moment:
        return states[1] if len(states) > 1 else None
    return next((state for state in states if state.at <= moment), None)

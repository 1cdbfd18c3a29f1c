"""The contents that later saves replaced, so that they can be brought back.

Where the bucket keeps versions, it keeps them. Elsewhere a content is copied inside the server, before it is replaced,
to `.pose-launcher/history/<id>/contents/<sha256>`: named by what it is, so that a copy made twice is one. What was on
disk and did not open lies below `doubtful/`. What a project consisted of at some time is in `states.py`.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from launcher import errors
from launcher.journal import Saved
from launcher.journal.manifest import SavedFile
from launcher.saving.lease import age_s
from launcher.storage.checksums import Digest
from launcher.storage.copying import LARGEST_COPY, asking_copy, copy_object, fetch_version, is_proved
from launcher.storage.messages import OK, Job, Reply, Request
from launcher.storage.objects import Head
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

_FRESH_S = 24 * 3600.0
#: To copy what is smaller takes the server no longer than to say whether it has the copy already.
_LOOK_FIRST_ABOVE = 8 * 1024 * 1024


class History:
    """Earlier contents of one project's files."""

    def __init__(self, store: Store, home: S3Uri, project_id: str) -> None:
        self._store = store
        self._home = home
        self._root = home.child(f".pose-launcher/history/{project_id}/")

    def keep(self, where: S3Uri, saved: Saved) -> None:
        """See to it that a content which is about to be replaced can be brought back."""
        if is_kept_by_bucket(saved.version) or not saved.sha256 or saved.size > LARGEST_COPY:
            return
        content = Digest(saved.size, saved.crc64nvme, saved.sha256)
        if content.size > _LOOK_FIRST_ABOVE and self._holds(content):
            return
        try:
            copy_object(self._store.http, self._store.exchange, where, saved.etag, self._content(saved.sha256), content)
        except errors.ChangedMeanwhile:
            return  # somebody was faster: the conditional write that follows finds it too, and replaces nothing

    def keeps(self, saved: Saved) -> bool:
        """Can a content that was replaced be brought back? A version goes, too, when its time is over, or by hand."""
        if saved.version is not None and is_kept_by_bucket(saved.version):
            head = self._store.objects.head(S3Uri(self._root.bucket, saved.key), saved.version)
            return head is not None and head.etag == saved.etag
        head = self._store.objects.head(self._content(saved.sha256)) if saved.sha256 else None
        return head is not None and head.size == saved.size

    def has(self, where: S3Uri, saved: Saved) -> bool:
        """Is a content in the bucket now, in its place or here? Nothing may take its place on a disk if it is not."""
        head = self._store.objects.head(where)
        return (head is not None and head.etag == saved.etag) or self.keeps(saved)

    def keeping(self, where: S3Uri, saved: Saved, job: Job, size: int) -> Request[Job]:
        """The same as one of many requests, of what is copied at once; `is_kept_by` takes its reply."""
        return asking_copy(where, saved.etag, self._content(saved.sha256), job, size)

    def keep_doubtful(self, path: str, data: bytes, digest: Digest) -> S3Uri:
        """Keep what does not open as what it is named, and say where: it replaces nothing, yet may be all there is."""
        where = self._root.child(f"doubtful/{digest.sha256[:16]}/{path.rpartition('/')[2]}")
        if self._store.objects.head(where) is None:
            with suppress(errors.ChangedMeanwhile):  # another session keeps the same
                self._store.uploader.put(where, data, digest, replaces=None)
        return where

    def keep_too_large(self, where: S3Uri, head: Head) -> None:
        """The same of what is too large to be read; raises `Damaged` where the server cannot copy it."""
        if is_kept_by_bucket(head.version):
            return
        if head.size > LARGEST_COPY:
            raise errors.Damaged(
                where,
                title="Something that is not ours lies in the place of the list of what was saved",
                hint="It is too large to be kept apart, so it was not replaced. Ask your admin to move it away; "
                "what you have here is kept on this computer.",
            )
        name = head.etag.strip('"')[:16]
        target = self._root.child(f"doubtful/{name}/{where.name}")
        copy_object(self._store.http, self._store.exchange, where, head.etag, target, Digest(head.size, head.crc64nvme))

    def fetch(self, file: SavedFile, bucket: str, target: Path) -> None:
        """Bring the saved form of a file as it was in some state to `target`.

        Raises `NotFound` when the content is not kept any more.
        """
        content = Digest(file.saved.size, file.saved.crc64nvme, file.saved.sha256)
        now = self._store.objects.head(S3Uri(bucket, file.key))
        where, version = S3Uri(bucket, file.key), None
        if now is None or now.crc64nvme != content.crc64nvme or now.size != content.size:
            is_in_place = is_kept_by_bucket(file.version)
            where, version = (where, file.version) if is_in_place else (self._content(content.sha256), None)
        try:
            fetch_version(self._store.http, where, version, target, content)
        except errors.NotFound as exc:
            raise errors.NotFound(
                file.key,
                title="This content is not kept any more",
                hint="The file here was left as it is. Of a network that a training rewrites one is kept every ten "
                "minutes; everything else stays as long as your admin set it. Try another state.",
            ) from exc

    def _content(self, sha256: str) -> S3Uri:
        return self._root.child(f"contents/{sha256}")

    def _holds(self, content: Digest) -> bool:
        """A copy from long ago is made anew: by its age is told since when the content has been replaced."""
        head = self._store.objects.head(self._content(content.sha256))
        return head is not None and head.size == content.size and age_s(head.modified, head.now) < _FRESH_S


def is_copied_at_once(saved: Saved) -> bool:
    """Is it so small that it is copied without a look whether that is needed?"""
    return bool(saved.sha256) and saved.size <= _LOOK_FIRST_ABOVE


def is_kept_by(reply: Reply[Job], saved: Saved) -> bool:
    """Does an answer prove that the copy is there?"""
    return reply.status == OK and is_proved(reply.body, Digest(saved.size, saved.crc64nvme, saved.sha256))


def is_kept_by_bucket(version: str | None) -> bool:
    """Does a version outlive its replacement? Where versioning is suspended, all share the version "null"."""
    return version not in (None, "null")

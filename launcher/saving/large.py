"""Large files go up in parts; the journal knows the upload, so that a killed one goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Journal
from launcher.journal.interrupted import Interrupted
from launcher.storage.checksums import Digest
from launcher.storage.upload import Stored
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:  # it loads boto3, which only large files need
    from launcher.storage.multipart import Multipart, Part


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload on its way, with the parts that the server has of it."""

    upload: Multipart
    upload_id: str
    known: dict[int, Part]

    def send(self, file: Path, digest: Digest, progress: Callable[[int], None] = lambda size: None) -> list[Part]:
        """The parts that are missing."""
        return self.upload.send(self.upload_id, file, digest.size, self.known, progress)


class LargeUploads:
    """The large files of one project."""

    def __init__(
        self,
        multipart: Callable[[S3Uri], Multipart],
        journal: Journal,
        project_id: str,
        interrupted: Interrupted | None = None,
    ) -> None:
        self._multipart = multipart
        self._journal = journal
        self._interrupted = interrupted or Interrupted(journal)
        self._project = project_id

    def begin(self, path: str, digest: Digest, where: S3Uri) -> Begun:
        """The upload that a killed run began for this content, or a new one; the journal knows it either way."""
        upload = self._multipart(where)
        upload_id, known = self._begun(path, upload, digest) or (self._begin(path, upload, where, digest), {})
        return Begun(upload, upload_id, known)

    def send(self, path: str, file: Path, digest: Digest, where: S3Uri, replaces: str | None) -> Stored:
        """Send the parts that are missing, and put them together under a condition."""
        begun = self.begin(path, digest, where)
        try:
            parts = begun.send(file, digest)
            stored = begun.upload.complete(begun.upload_id, parts, digest, replaces=replaces)
        except errors.ChangedMeanwhile:
            begun.upload.abort(begun.upload_id)
            self._interrupted.drop_upload(self._project, path)
            raise
        self._interrupted.drop_upload(self._project, path)
        return stored

    def _begun(self, path: str, upload: Multipart, digest: Digest) -> tuple[str, dict[int, Part]] | None:
        """What a killed run began for this content, with its parts; a stale one of ours is ended."""
        begun = self._interrupted.upload(self._project, path)
        if begun is None:
            return None
        upload_id, _, checksum = begun
        if checksum != digest.crc64nvme:
            upload.abort(upload_id)
            return None
        known = upload.known_parts(upload_id)
        return None if known is None else (upload_id, known)

    def _begin(self, path: str, upload: Multipart, where: S3Uri, digest: Digest) -> str:
        """A new upload, in the journal before its first byte goes.

        A kill between the server's answer and the journal leaves an upload whose id nobody knows. So the uploads that
        are open before are written down: one that is there afterwards, and never got a part, is what we left.
        """
        self._end_nameless(path, upload)
        self._journal.put_fact(self._opening(path), json.dumps(sorted(upload.open_ids())))
        upload_id = upload.begin()
        self._interrupted.put_upload(self._project, path, upload_id, where.key, digest.crc64nvme)
        self._journal.put_fact(self._opening(path), "")
        return upload_id

    def _end_nameless(self, path: str, upload: Multipart) -> None:
        before = self._journal.fact(self._opening(path))
        if not before:
            return
        begun = self._interrupted.upload(self._project, path)
        for upload_id in upload.open_ids() - {*json.loads(before), *(begun or ())[:1]}:
            if not upload.known_parts(upload_id):
                upload.abort(upload_id)

    def _opening(self, path: str) -> str:
        return f"opening an upload of {self._project}/{path}"

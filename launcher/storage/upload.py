"""From memory to S3: every write is conditional, and carries the whole object's checksum for the server to check.

`replaces` is the ETag of the version that we have seen and mean to replace; None means that nothing may be there yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from launcher import errors
from launcher.storage import failures
from launcher.storage.checksums import Digest
from launcher.storage.http import SignedHttp
from launcher.storage.objects import Objects
from launcher.storage.obstores import Obstores
from launcher.storage.uri import S3Uri

WRITE_RIGHT = "s3:PutObject"
#: Files above this go up in parts (`multipart.py`, which loads boto3 and so is imported when needed).
PARTS_ABOVE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """What the server confirmed: this version holds exactly the bytes of the digest."""

    etag: str
    version: str | None


class Uploader:
    """Puts small objects; one for all threads."""

    def __init__(self, http: SignedHttp, obstores: Obstores) -> None:
        self._http = http
        self._objects = Objects(http)
        self._obstores = obstores

    def put(self, where: S3Uri, data: bytes, digest: Digest, *, replaces: str | None) -> Stored:
        """Store `data` under `where`; raises `ChangedMeanwhile` when the condition does not hold and it is not ours."""
        try:
            return self._put_quickly(where, data, digest, replaces)
        except errors.ChangedMeanwhile:
            ours = self.already_there(where, digest)
            if ours is None:
                raise
            return ours

    def already_there(self, where: S3Uri, digest: Digest) -> Stored | None:
        """A lost answer, or the same bytes from elsewhere: the object holds what we meant to store."""
        head = self._objects.head(where)
        if head is not None and head.size == digest.size and head.crc64nvme == digest.crc64nvme:
            return Stored(head.etag, head.version)
        return None

    def _put_quickly(self, where: S3Uri, data: bytes, digest: Digest, replaces: str | None) -> Stored:
        if not self._obstores.takes(where):
            return self._put_patiently(where, data, digest, replaces)
        try:
            result = self._obstores.put(where, data, replaces, WRITE_RIGHT)
        except (errors.Unreachable, errors.Refused, errors.NotDone) as exc:
            if isinstance(exc, errors.NotDone) and not failures.is_damage_on_the_way(exc):
                raise
            return self._put_patiently(where, data, digest, replaces)
        return Stored(result["e_tag"] or "", result["version"])

    def _put_patiently(self, where: S3Uri, data: bytes, digest: Digest, replaces: str | None) -> Stored:
        condition = {"If-None-Match": "*"} if replaces is None else {"If-Match": replaces}
        headers = {**condition, "x-amz-checksum-crc64nvme": digest.crc64nvme, "content-length": str(len(data))}
        try:
            answer = self._http.request("PUT", where, right=WRITE_RIGHT, headers=headers, body=data)
        except errors.NotFound as exc:
            if replaces is None or "NoSuchBucket" in exc.detail:
                raise
            raise errors.ChangedMeanwhile(where, detail=exc.detail) from exc  # what we meant to replace was deleted
        return Stored(answer.headers.get("etag", ""), answer.headers.get("x-amz-version-id"))

"""From memory to S3: every write is conditional, and carries the whole object's checksum for the server to check.

`replaces` is the ETag of the version that we have seen and mean to replace; None means that nothing may be there yet.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from hashlib import md5
from typing import TYPE_CHECKING, NamedTuple

from launcher import errors
from launcher.storage.checksums import Digest
from launcher.storage.http import SignedHttp
from launcher.storage.long_text import LongText
from launcher.storage.messages import OK, Job, Reply, Request, is_plain
from launcher.storage.objects import Objects, no_storage
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.storage.exchange import Exchange

WRITE_RIGHT = "s3:PutObject"
#: With a request what is meant to be stored, with its answer what was (AWS S3 API reference, PutObject).
CHECKSUM = "x-amz-checksum-crc64nvme"
#: Files above this go up in parts (`multipart.py`, which loads boto3 and so is imported when needed).
PARTS_ABOVE = 64 * 1024 * 1024
#: A text up to this is sent from memory, in one go.
QUICK = 8 * 1024 * 1024


class Stored(NamedTuple):
    """What the server confirmed: this version holds exactly the bytes of the digest."""

    etag: str
    version: str | None


class Uploader:
    """Puts small objects; one for all threads."""

    def __init__(self, http: SignedHttp, exchange: Exchange) -> None:
        self._http = http
        self._objects = Objects(http)
        self._exchange = exchange

    def put(self, where: S3Uri, data: bytes | LongText, digest: Digest, *, replaces: str | None) -> Stored:
        """Store `data` under `where`; raises `ChangedMeanwhile` when the condition does not hold and it is not ours."""
        if isinstance(data, LongText) and data.size <= QUICK:
            data = data.whole()
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

    @staticmethod
    def asking(where: S3Uri, data: bytes, digest: Digest, job: Job, *, replaces: str | None) -> Request[Job]:
        """The same as one of many requests; `stored` takes its reply."""
        return Request(job, "PUT", where, _conditional(digest, replaces), len(data), data)

    @staticmethod
    def stored(reply: Reply[Job], data: bytes, digest: Digest) -> Stored | None:
        """What the server confirmed; None for what must be put patiently: it may be there already."""
        return _told(reply.headers, data, digest) if reply.status == OK else None

    def _put_quickly(self, where: S3Uri, data: bytes | LongText, digest: Digest, replaces: str | None) -> Stored:
        stored, begun = None, time.monotonic()
        if is_plain(where) and isinstance(data, bytes):
            request = self.asking(where, data, digest, where, replaces=replaces)
            stored = self.stored(self._exchange.once(request), data, digest)
        return stored or self._put_patiently(where, data, digest, replaces, begun)

    def _put_patiently(
        self, where: S3Uri, data: bytes | LongText, digest: Digest, replaces: str | None, begun: float
    ) -> Stored:
        headers = {**_conditional(digest, replaces), "content-length": str(digest.size)}
        try:
            answer = self._http.request("PUT", where, right=WRITE_RIGHT, headers=headers, body=data, begun=begun)
        except errors.NotFound as exc:
            if replaces is None or "NoSuchBucket" in exc.detail:
                raise
            raise errors.ChangedMeanwhile(where, detail=exc.detail) from exc  # what we meant to replace was deleted
        return _told(answer.headers, data, digest) or stored_there(self._objects, where, digest, replaces)


def stored_there(objects: Objects, where: S3Uri, digest: Digest, replaces: str | None) -> Stored:
    """What lies there after an answer that did not say what was stored; raises if it is not what was meant to be.

    Where no checksum is kept, its size speaks for it, unless it is the very version that was to be replaced.
    """
    head = objects.head(where)
    if head is None or head.size != digest.size or head.crc64nvme not in (digest.crc64nvme, ""):
        raise no_storage(where)
    if not head.crc64nvme and head.etag == replaces:
        raise no_storage(where)
    return Stored(head.etag, head.version)


def _told(headers: Mapping[str, str], data: bytes | LongText, digest: Digest) -> Stored | None:
    """By the headers of an answer: "200 OK" alone, as a hotel's network says it to everything, confirms nothing."""
    stored = Stored(headers.get("etag", ""), headers.get("x-amz-version-id"))
    if checksum := headers.get(CHECKSUM):
        return stored if stored.etag and checksum == digest.crc64nvme else None
    # Servers that tell no checksum of it, which are weak, mostly make the ETag of the content.
    is_of_it = isinstance(data, bytes) and stored.etag.strip('"') == md5(data, usedforsecurity=False).hexdigest()
    return stored if is_of_it else None


def _conditional(digest: Digest, replaces: str | None) -> dict[str, str]:
    condition = {"If-None-Match": "*"} if replaces is None else {"If-Match": replaces}
    return {**condition, CHECKSUM: digest.crc64nvme}

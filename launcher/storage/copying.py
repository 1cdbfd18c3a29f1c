"""From one key to another inside the server, and back to this computer: for contents that are about to be replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from launcher import errors
from launcher.storage.checksums import CHUNK, Digest, Hasher
from launcher.storage.http import SignedHttp
from launcher.storage.messages import OK, Job, Reply, Request, is_plain
from launcher.storage.objects import READ_RIGHT, Head, Objects
from launcher.storage.upload import WRITE_RIGHT
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.storage.exchange import Exchange

#: CopyObject takes no more than this at once (AWS S3 API reference).
LARGEST_COPY = 5 * 1024**3
#: What S3 says of the copy in its answer (AWS S3 API reference, CopyObjectResult); other servers leave it out.
_PROOF = re.compile(rb"<ChecksumCRC64NVME>([^<]+)</ChecksumCRC64NVME>")


def copy_object(http: SignedHttp, exchange: Exchange, source: S3Uri, etag: str, target: S3Uri, content: Digest) -> bool:
    """Copy exactly this version, and see by checksum that the copy holds it.

    False where the server tells no checksum of the copy, so that its size alone speaks for it. Raises
    `ChangedMeanwhile` when the source is another version by now, or gone, `NotDone` when the copy cannot be proved.
    """
    asked = asking_copy(source, etag, target, target)
    quick = exchange.once(asked) if is_plain(target) else Reply(target)
    for is_again in (False, True):  # a refusal that comes with status 200 may pass, as any other may
        is_done = quick.status == OK and not is_again
        answer = quick.body if is_done else _copied_patiently(http, source, target, asked.headers)
        if is_proved(answer, content):
            return True
        head = Objects(http).head(target)
        if head is not None and head.size == content.size and head.crc64nvme in (content.crc64nvme, ""):
            return head.crc64nvme == content.crc64nvme
    raise errors.NotDone(target, title="The copy of an earlier content cannot be proved", hint="Save again.")


def asking_copy(source: S3Uri, etag: str, target: S3Uri, job: Job, size: int = 0) -> Request[Job]:
    """The request for it, with a job that holds `size` bytes in memory."""
    headers = {
        "x-amz-copy-source": quote(f"/{source.bucket}/{source.key}"),
        "x-amz-copy-source-if-match": etag,
        "x-amz-checksum-algorithm": "CRC64NVME",
    }
    return Request(job, "PUT", target, headers, size, b"")


def is_proved(answer: bytes, content: Digest) -> bool:
    """Does the copy's own checksum say so? A refusal may come with status 200 and an error in the body."""
    proof = _PROOF.search(answer)
    return proof is not None and proof[1].decode(errors="replace") == content.crc64nvme


def _copied_patiently(http: SignedHttp, source: S3Uri, target: S3Uri, headers: Mapping[str, str]) -> bytes:
    answer = http.request("PUT", target, right=WRITE_RIGHT, headers=headers, allowed=frozenset({404, 412}))
    if answer.status in (404, 412):
        raise errors.ChangedMeanwhile(source)
    return answer.body


def fetch_now(http: SignedHttp, where: S3Uri, head: Head, target: Path) -> Digest:
    """Bring exactly the version that was looked at to `target`; says what it is.

    Raises `ChangedMeanwhile` when it is another one by now, `Damaged` when what came is not what the server holds.
    """
    hasher = Hasher()
    pinned = {"If-Match": head.etag}
    with http.stream("GET", where, right=READ_RIGHT, headers=pinned, allowed=frozenset({412})) as answer:
        if answer.status == 412:
            raise errors.ChangedMeanwhile(where)
        with target.open("wb") as file:
            while chunk := answer.read(CHUNK):
                hasher.update(chunk)
                file.write(chunk)
    arrived = hasher.digest()
    if arrived.size != head.size or head.crc64nvme not in (arrived.crc64nvme, ""):
        target.unlink()
        raise errors.Damaged(where, title="This object did not arrive whole", hint="Nothing was changed. Try again.")
    return arrived


def fetch_version(http: SignedHttp, where: S3Uri, version: str | None, target: Path, content: Digest) -> None:
    """Bring one version to `target`; raises `NotFound` when it is gone, `Damaged` when it is not what was saved."""
    query = {"versionId": version} if version else {}
    hasher = Hasher()
    with http.stream("GET", where, right=READ_RIGHT, query=query) as answer, target.open("wb") as file:
        while chunk := answer.read(CHUNK):
            hasher.update(chunk)
            file.write(chunk)
    arrived = hasher.digest()
    if (arrived.size, arrived.crc64nvme) != (content.size, content.crc64nvme):
        target.unlink()
        raise errors.Damaged(where, title="This object is not what was saved", hint="Nothing here was changed.")

"""Large files in parts: the upload id is known before the first byte goes, so that a killed upload goes on.

The whole object's CRC64NVME is sent when the parts are put together, and the server checks it (`FULL_OBJECT`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from launcher import errors
from launcher.storage.checksums import Digest, combined, crc_of, encode
from launcher.storage.credentials import Credentials
from launcher.storage.crew import Crew
from launcher.storage.endpoint import Endpoint
from launcher.storage.failures import is_damage_on_the_way, is_without_upload, s3_errors
from launcher.storage.http import Patience
from launcher.storage.messages import OK, Request, is_plain
from launcher.storage.objects import Objects, no_storage
from launcher.storage.rotating import client_of
from launcher.storage.signing_clock import SigningClock
from launcher.storage.upload import WRITE_RIGHT, Stored, stored_there
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.storage.exchange import Exchange

SMALLEST_PART = 16 * 1024 * 1024
MOST_PARTS = 10_000
PARTS_AT_ONCE = 8
PART_ATTEMPTS = 4
#: All of them together take no longer than a person's patience, also with a server that never answers.
CALL_ATTEMPTS = 4
LIST_UPLOADS_RIGHT = "s3:ListBucketMultipartUploads"
LIST_PARTS_RIGHT = "s3:ListMultipartUploadParts"
ABORT_RIGHT = "s3:AbortMultipartUpload"


def part_size(size: int, smallest: int = SMALLEST_PART) -> int:
    """Part size in bytes, a multiple of 1 MiB, so that any file stays within 10,000 parts."""
    mib = 1024 * 1024
    return max(smallest, -(-size // (MOST_PARTS * mib)) * mib)


@dataclass(frozen=True, slots=True)
class Part:
    """A part that the server has confirmed."""

    number: int
    etag: str
    crc64nvme: str

    def holds(self, data: bytes, checksum: str) -> bool:
        """Are these its bytes? A server that lists no checksum of a part mostly makes the ETag of its content."""
        if self.crc64nvme:
            return self.crc64nvme == checksum
        return self.etag.strip('"') == md5(data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """What the server has now: its parts in their order, and what they are as a whole."""

    parts: list[Part]
    digest: Digest


def client(
    endpoint: Endpoint,
    credentials: Credentials,
    patience: Patience | None = None,
    clock: SigningClock | None = None,
) -> Any:
    """boto3's low-level client for the rare calls; nothing about it is taken from the environment."""
    patience = patience or Patience()
    config = Config(
        connect_timeout=min(patience.connect_s, patience.whole_s / CALL_ATTEMPTS),
        read_timeout=min(patience.read_s, patience.whole_s / CALL_ATTEMPTS),
        retries={"mode": "standard", "total_max_attempts": CALL_ATTEMPTS},
        max_pool_connections=32,
        ignore_configured_endpoint_urls=True,
        s3={"addressing_style": "path" if endpoint.url else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    with s3_errors(endpoint.name, WRITE_RIGHT):
        return client_of(
            credentials,
            clock or SigningClock(),
            endpoint_url=endpoint.url or None,
            region_name=endpoint.region,
            verify=endpoint.ca_bundle or None,
            config=config,
        )


class Multipart:
    """Uploads one large file; every step can be repeated."""

    def __init__(
        self,
        s3: Any,
        objects: Objects,
        where: S3Uri,
        exchange: Exchange | None = None,
        smallest_part: int = SMALLEST_PART,
    ) -> None:
        self._s3 = s3
        self._exchange = exchange if is_plain(where) else None
        self._smallest_part = smallest_part
        self._objects = objects
        self._where = where
        self._names = {"Bucket": where.bucket, "Key": where.key}
        #: Was an upload asked for more than once? Then an answer may have been lost, and with it the id of another one.
        self.may_have_lost_one = False
        #: Was it an earlier upload that was put together, so that the last one is left over?
        self.has_left_one = False

    def begin(self) -> str:
        """A new upload's id; write it down before sending anything."""
        with s3_errors(self._where, WRITE_RIGHT):
            answer = self._s3.create_multipart_upload(
                **self._names, ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT"
            )
        if not answer.get("UploadId"):
            raise no_storage(self._where)
        self.may_have_lost_one = answer["ResponseMetadata"].get("RetryAttempts", 0) > 0
        return str(answer["UploadId"])

    def open_ids(self) -> frozenset[str]:
        """Every unfinished upload of exactly this key, whoever began it; none are seen without the right to look."""
        found = set()
        try:
            with s3_errors(self._where, LIST_UPLOADS_RIGHT):
                pages = self._s3.get_paginator("list_multipart_uploads")
                for page in pages.paginate(Bucket=self._where.bucket, Prefix=self._where.key):
                    found |= {row["UploadId"] for row in page.get("Uploads", []) if row["Key"] == self._where.key}
        except (errors.Refused, errors.NotDone):
            return frozenset()
        return frozenset(found)

    def known_parts(self, upload_id: str) -> dict[int, Part] | None:
        """What an earlier run sent; None when the server no longer knows the upload."""
        parts: dict[int, Part] = {}
        try:
            with s3_errors(self._where, LIST_PARTS_RIGHT):
                for page in self._s3.get_paginator("list_parts").paginate(**self._names, UploadId=upload_id):
                    for row in page.get("Parts", []):
                        parts[row["PartNumber"]] = Part(
                            row["PartNumber"], row["ETag"], row.get("ChecksumCRC64NVME", "")
                        )
        except errors.NotFound:
            return None
        return parts

    def abort(self, upload_id: str) -> None:
        """Throw our own unfinished upload away."""
        try:
            with s3_errors(self._where, ABORT_RIGHT):
                self._s3.abort_multipart_upload(**self._names, UploadId=upload_id)
        except errors.NotFound:
            return

    def send(
        self,
        upload_id: str,
        file: Path,
        size: int,
        known: dict[int, Part],
        progress: Callable[[int], None],
        *,
        sha256: bool = True,
    ) -> Sent:
        """Read a file once and send the parts that are missing meanwhile; what was read is hashed on the way.

        A known part counts only if it holds the file's bytes as they are now. The SHA-256 is left out on demand.
        """
        whole = _Whole(sha256=sha256)

        def one(number: int, data: bytes, checksum: str) -> Part:
            part = known.get(number)
            if part is not None and part.holds(data, checksum):
                part = replace(part, crc64nvme=checksum)
            else:
                part = self._send_part(upload_id, number, data, checksum)
            progress(len(data))
            return part

        with Crew[int, Part]({"part": PARTS_AT_ONCE}) as crew:
            parts: dict[int, Part] = {}
            for number, data in enumerate(self._pieces(file, size), 1):
                crew.give("part", number, partial(one, number, data, whole.checksum_of(data)))
                whole.add(data)
                del data  # what has been sent is not to stay while more is read
                for part in crew.known("part", at_most=PARTS_AT_ONCE - 1):
                    parts[part.job] = part.result()
            for part in crew.rest():
                parts[part.job] = part.result()
        return Sent([parts[number] for number in sorted(parts)], whole.digest(size))

    def _pieces(self, file: Path, size: int) -> Iterator[bytes]:
        step = part_size(size, self._smallest_part)
        with file.open("rb", buffering=0) as source:
            for start in range(0, size, step):
                yield _read_exactly(source, min(step, size - start))

    def _send_part(self, upload_id: str, number: int, data: bytes, checksum: str) -> Part:
        part = self._quickly(upload_id, number, data, checksum)
        return part or self._patiently(upload_id, number, data, checksum)

    def _quickly(self, upload_id: str, number: int, data: bytes, checksum: str) -> Part | None:
        """By libcurl, tried once; None for what must be sent patiently. boto3 costs several times as much."""
        if self._exchange is None:
            return None
        query, headers = {"partNumber": str(number), "uploadId": upload_id}, {"x-amz-checksum-crc64nvme": checksum}
        reply = self._exchange.once(Request(number, "PUT", self._where, headers, len(data), data, query))
        etag = reply.headers.get("etag")  # told with every part that is stored
        return Part(number, etag, checksum) if reply.status == OK and etag else None

    def _patiently(self, upload_id: str, number: int, data: bytes, checksum: str) -> Part:
        """One part; boto3 repeats what broke off, but not what the server refused because it arrived damaged.

        Nor an answer that says yes, and not what was stored.
        """
        failure: errors.LauncherError | None = None
        for _ in range(PART_ATTEMPTS):
            try:
                with s3_errors(self._where, WRITE_RIGHT):
                    # As a stream it is sent in small pieces with a time-out each; bytes would have 5 s for all of them.
                    answer = self._s3.upload_part(
                        **self._names,
                        UploadId=upload_id,
                        PartNumber=number,
                        Body=io.BytesIO(data),
                        ChecksumCRC64NVME=checksum,
                    )
                if etag := answer.get("ETag"):
                    return Part(number, etag, checksum)
                failure = no_storage(self._where)
            except errors.NotDone as exc:
                if not is_damage_on_the_way(exc):
                    raise
                failure = exc
        assert failure is not None
        raise failure

    def complete(self, upload_id: str, parts: list[Part], digest: Digest, *, replaces: str | None) -> Stored:
        """Put the parts together, conditionally; the server compares the whole object's checksum with ours."""
        condition = {"IfNoneMatch": "*"} if replaces is None else {"IfMatch": replaces}
        listed = [{"PartNumber": part.number, "ETag": part.etag, "ChecksumCRC64NVME": part.crc64nvme} for part in parts]
        try:
            with s3_errors(self._where, WRITE_RIGHT):
                answer = self._s3.complete_multipart_upload(
                    **self._names,
                    **condition,
                    UploadId=upload_id,
                    MultipartUpload={"Parts": listed},
                    ChecksumType="FULL_OBJECT",
                    ChecksumCRC64NVME=digest.crc64nvme,
                    MpuObjectSize=digest.size,
                )
        except (errors.ChangedMeanwhile, errors.NotFound) as exc:
            head = self._objects.head(self._where)  # the answer may have been lost after it was done
            if head is not None and head.size == digest.size and head.crc64nvme == digest.crc64nvme:
                self.has_left_one = True
                return Stored(head.etag, head.version)
            if replaces is not None and head is None and not is_without_upload(exc):
                raise errors.ChangedMeanwhile(self._where, detail=exc.detail) from exc  # deleted, as with `put`
            raise
        if answer.get("ETag") and answer.get("ChecksumCRC64NVME") == digest.crc64nvme:
            return Stored(answer["ETag"], answer.get("VersionId"))
        return stored_there(self._objects, self._where, digest, replaces)


class _Whole:
    """What a file is, put together while its pieces go by: the CRC of each, by which it goes, and then the SHA-256."""

    def __init__(self, *, sha256: bool) -> None:
        self._sums: list[tuple[int, int]] = []
        self._sha256 = hashlib.sha256() if sha256 else None

    def checksum_of(self, piece: bytes) -> str:
        crc = crc_of(piece)
        self._sums.append((crc, len(piece)))
        return encode(crc, 8)

    def add(self, piece: bytes) -> None:
        if self._sha256 is not None:
            self._sha256.update(piece)

    def digest(self, size: int) -> Digest:
        return combined(self._sums, size)._replace(sha256=self._sha256.hexdigest() if self._sha256 else "")


def _read_exactly(source: Any, length: int) -> bytes:
    pieces, missing = [], length
    while missing and (piece := source.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    if missing:
        raise errors.ChangedMeanwhile(
            source.name, title="This file is being changed while it is saved", hint="It is saved again."
        )
    return b"".join(pieces)

"""One object at a time: look at it, read a range of it, read the whole of a small one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from launcher import errors
from launcher.storage.answers import Answer, length_in
from launcher.storage.checksums import Expected
from launcher.storage.http import SignedHttp
from launcher.storage.uri import S3Uri

READ_RIGHT = "s3:GetObject"
READ_VERSION_RIGHT = "s3:GetObjectVersion"
PARTIAL_CONTENT = 206
WITH_CHECKSUM = {"x-amz-checksum-mode": "ENABLED"}


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One version of one object: what a transfer is pinned to."""

    where: S3Uri
    size: int
    etag: str


class Head(NamedTuple):
    """What the server says of an object; `crc64nvme` is empty when it keeps none for the whole object.

    `modified` and `now` are by the server's own clock, as HTTP writes times: no decision rests on ours.
    """

    size: int
    etag: str
    version: str | None
    modified: str
    expected: Expected
    crc64nvme: str
    now: str = ""

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Head:
        """From the answer of HEAD or of an unranged GET with checksum mode on."""
        expected = Expected.from_headers(headers)
        return cls(
            size=length_in(headers.get("content-length", "")) or 0,
            etag=headers.get("etag", ""),
            version=headers.get("x-amz-version-id"),
            modified=headers.get("last-modified", ""),
            expected=expected,
            crc64nvme=expected.value if expected.algorithm == "crc64nvme" else "",
            now=headers.get("date", ""),
        )


class Objects:
    """Reads objects of one endpoint."""

    def __init__(self, http: SignedHttp) -> None:
        self._http = http

    def head(self, where: S3Uri, version: str = "") -> Head | None:
        """What is there now, or is kept as an earlier version; None if nothing is.

        What is not the storage server's answer is asked for once more.
        """
        answer = self._look(where, version)
        if _is_from_elsewhere(answer):
            answer = self._look(where, version)
        return None if answer.status == 404 else _head(where, answer)

    def _look(self, where: S3Uri, version: str) -> Answer:
        right, query = (READ_VERSION_RIGHT, {"versionId": version}) if version else (READ_RIGHT, {})
        return self._http.request(
            "HEAD", where, right=right, query=query, headers=WITH_CHECKSUM, allowed=frozenset({404})
        )

    def read_range(self, ref: ObjectRef, start: int, length: int) -> bytes:
        """Some bytes of exactly this version; shorter only at its end. Half of an answer is asked for once more."""
        length = min(length, ref.size - start)
        if length <= 0:
            return b""
        headers = {"Range": f"bytes={start}-{start + length - 1}"}
        if ref.etag:
            headers["If-Match"] = ref.etag
        for _ in range(2):
            answer = self._http.request("GET", ref.where, right=READ_RIGHT, headers=headers, at_most=ref.size)
            if start and answer.status != PARTIAL_CONTENT:
                raise no_part(ref.where)
            if len(answer.body) >= length:
                return answer.body[:length]
        raise errors.Unreachable(ref.where, title="The server sent less than it promised")

    def read_small(self, where: S3Uri, at_most: int) -> tuple[bytes, Head] | None:
        """A whole small object with its proof, checked; None if it is not there, `Damaged` if it is larger.

        What was damaged on the way, or is not the storage server's answer, is asked for once more: no list, and no
        lease, should wait for the next run for it.
        """
        answer = self._small(where, at_most)
        try:
            return _whole(where, answer)
        except errors.Unreachable:
            return _whole(where, self._small(where, at_most))

    def _small(self, where: S3Uri, at_most: int) -> Answer:
        return self._http.request(
            "GET", where, right=READ_RIGHT, headers=WITH_CHECKSUM, allowed=frozenset({404}), at_most=at_most
        )

    def read_to_replace(self, where: S3Uri, at_most: int) -> tuple[bytes, Head] | None:
        """The same for whoever writes it anew; what is too large to be ours has no bytes then, and says its size."""
        try:
            return self.read_small(where, at_most)
        except errors.Damaged:
            head = self.head(where)
            return None if head is None else (b"", head)


def no_part(where: S3Uri) -> errors.NotDone:
    """The server, or something on the way, knows nothing of ranges: what comes first is not what was asked for."""
    return errors.NotDone(
        where,
        title="The server sends all of this object where a part of it is asked for",
        hint="Nothing was changed. Tell your admin: large files cannot be brought from there.",
    )


def no_storage(where: S3Uri) -> errors.Unreachable:
    """Something on the way answers in the server's place, and says yes to everything."""
    return errors.Unreachable(where, title="What answers here is not the storage server")


def _is_from_elsewhere(answer: Answer) -> bool:
    return answer.status != 404 and not answer.headers.get("etag")  # S3 names one of each object


def _head(where: S3Uri, answer: Answer) -> Head:
    if _is_from_elsewhere(answer):
        raise no_storage(where)
    return Head.from_headers(answer.headers)


def _whole(where: S3Uri, answer: Answer) -> tuple[bytes, Head] | None:
    check_whole(where, answer)
    return None if answer.status == 404 else (answer.body, _head(where, answer))


def check_whole(where: S3Uri, answer: Answer) -> None:
    """Raise if the body is not what the answer's own checksum says; that of a missing object says nothing."""
    if answer.status == 404:
        return
    expected = Expected.from_headers(answer.headers)
    running = expected.start()
    if running is not None:
        running.update(answer.body)
        if running.value() != expected.value:
            raise errors.Unreachable(where, title="The content was damaged on its way here")

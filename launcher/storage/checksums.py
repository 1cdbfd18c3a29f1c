"""Whole-object checksums: CRC64NVME is the content identity, since S3 stores it for multipart uploads too.

Values are base64 of the big-endian bytes, as in the `x-amz-checksum-*` headers.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

CHUNK = 1024 * 1024


@functools.cache
def crt() -> Any:
    """The CRCs of AWS, loaded when the first sum is needed: they are a tenth of a short command."""
    from awscrt import checksums

    return checksums


class Digest(NamedTuple):
    """What some bytes are: their number, CRC64NVME (base64) and SHA-256 (hex; empty where it was not asked for)."""

    size: int
    crc64nvme: str
    sha256: str = ""


class Hasher:
    """Hashes bytes as they pass by."""

    def __init__(self, *, sha256: bool = True) -> None:
        self._crc = 0
        self._size = 0
        self._sha = hashlib.sha256() if sha256 else None

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        self._crc = crt().crc64nvme(data, self._crc)
        self._size += len(data)
        if self._sha is not None:
            self._sha.update(data)

    def digest(self) -> Digest:
        """What has passed so far."""
        return Digest(self._size, encode(self._crc, 8), self._sha.hexdigest() if self._sha else "")


def crc_of(data: bytes | memoryview, before: int = 0) -> int:
    """The CRC64NVME of bytes that follow others."""
    return int(crt().crc64nvme(data, before))


def combined(parts: Iterable[tuple[int, int]], size: int) -> Digest:
    """The digest of parts one after another, from the CRC64NVME and the length of each."""
    whole = 0
    for crc, length in parts:
        whole = crt().combine_crc64nvme(whole, crc, length)
    return Digest(size, encode(whole, 8))


def md5_of_etag(etag: str) -> str:
    """The hex digits of an ETag that can be an MD5 of the whole content; empty for one that cannot."""
    digits = etag.strip('"').lower()
    return digits if len(digits) == 32 and set(digits) <= set("0123456789abcdef") else ""


def encode(value: int, width: int) -> str:
    """A CRC as S3 writes it."""
    return base64.b64encode(value.to_bytes(width, "big")).decode()


def digest_of(data: bytes | memoryview, *, sha256: bool = True) -> Digest:
    """The digest of bytes in memory."""
    return Digest(len(data), encode(crc_of(data), 8), hashlib.sha256(data).hexdigest() if sha256 else "")


def digest_of_pieces(pieces: Iterable[bytes], *, sha256: bool = True) -> Digest:
    """The digest of bytes that are never in memory all at once."""
    hasher = Hasher(sha256=sha256)
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def digest_file(path: Path, *, sha256: bool = True) -> Digest:
    """The digest of a file, read once from start to end."""
    with path.open("rb", buffering=0) as file:
        return digest_of_pieces(iter(partial(file.read, CHUNK), b""), sha256=sha256)


class _Sum(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def value(self) -> str: ...


class _Crc:
    def __init__(self, name: str) -> None:
        self._value = 0
        self._width = 8 if name == "crc64nvme" else 4
        self._next = zlib.crc32 if name == "crc32" else getattr(crt(), name)

    def update(self, data: bytes, /) -> None:
        self._value = self._next(data, self._value)

    def value(self) -> str:
        return encode(self._value, self._width)


class _Hash:
    def __init__(self, name: str, *, as_hex: bool) -> None:
        self._hash = hashlib.new(name, usedforsecurity=False)
        self._as_hex = as_hex

    def update(self, data: bytes, /) -> None:
        self._hash.update(data)

    def value(self) -> str:
        return self._hash.hexdigest() if self._as_hex else base64.b64encode(self._hash.digest()).decode()


class Expected(NamedTuple):
    """What the server says a whole object's content must hash to; `algorithm` is empty when it says nothing usable."""

    algorithm: str = ""
    value: str = ""

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Expected:
        """The best whole-object checksum among an answer's headers.

        Composite values (`…-4`) cover parts, not the object, and say nothing about a file. An ETag is the content's MD5
        only for single uploads without KMS; S3 names the encryption in the same answer.
        """
        composite = headers.get("x-amz-checksum-type", "").upper() == "COMPOSITE"
        for name in ("crc64nvme", "crc32c", "crc32", "sha256"):
            value = headers.get(f"x-amz-checksum-{name}", "")
            if value and not composite and "-" not in value:
                return cls(name, value)
        md5 = md5_of_etag(headers.get("etag", ""))
        by_kms = headers.get("x-amz-server-side-encryption", "AES256") != "AES256"
        return cls("md5", md5) if md5 and not by_kms else cls()

    def agrees(self, data: bytes, digest: Digest) -> bool:
        """Is this the content that the server means? CRC64NVME was computed already, others are computed now."""
        if self.algorithm == "crc64nvme":
            return self.value == digest.crc64nvme
        running = self.start()
        if running is None:
            return True
        running.update(data)
        return running.value() == self.value

    def start(self) -> _Sum | None:
        """A running sum to feed the content to; None when there is nothing to compare with."""
        if self.algorithm in ("crc64nvme", "crc32c", "crc32"):
            return _Crc(self.algorithm)
        if self.algorithm:
            return _Hash(self.algorithm, as_hex=self.algorithm == "md5")
        return None

"""The checksums that S3 takes, verifies and gives back; values are base64 of big-endian bytes, as in the headers."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from mmap import mmap

from awscrt import checksums

from tests.bench.s3_values import S3Error

PREFIX = "x-amz-checksum-"
CRC64NVME = f"{PREFIX}crc64nvme"


def _crc64nvme(body: bytes) -> bytes:
    return int(checksums.crc64nvme(body)).to_bytes(8, "big")


def _crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


def _crc32c(body: bytes) -> bytes:
    return int(checksums.crc32c(body)).to_bytes(4, "big")


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _sha1(body: bytes) -> bytes:
    return hashlib.sha1(body, usedforsecurity=False).digest()


def md5(body: bytes | mmap) -> bytes:
    """What an ETag is made of."""
    return hashlib.md5(body, usedforsecurity=False).digest()


ALGORITHMS: Mapping[str, Callable[[bytes], bytes]] = {
    CRC64NVME: _crc64nvme,
    f"{PREFIX}crc32": _crc32,
    f"{PREFIX}crc32c": _crc32c,
    f"{PREFIX}sha256": _sha256,
    f"{PREFIX}sha1": _sha1,
}


def crc64nvme(body: bytes) -> str:
    """The whole-object checksum that every object has."""
    return b64encode(_crc64nvme(body)).decode()


def combined(parts: Iterable[tuple[str, int]]) -> str:
    """The CRC64NVME of parts one after another, from each part's own and its length."""
    whole = 0
    for value, length in parts:
        whole = checksums.combine_crc64nvme(whole, int.from_bytes(b64decode(value), "big"), length)
    return b64encode(whole.to_bytes(8, "big")).decode()


def verified(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """The checksums that came with a body, CRC64NVME always among them; a wrong one is refused."""
    given = {name: headers[name] for name in ALGORITHMS if name in headers}
    for name, value in given.items():
        if b64encode(ALGORITHMS[name](body)).decode() != value:
            raise bad_digest(name.removeprefix(PREFIX))
    if CRC64NVME not in given:
        given[CRC64NVME] = crc64nvme(body)
    return given


def verify_md5(headers: Mapping[str, str], body: bytes) -> None:
    """Refuse a body whose Content-MD5 is another."""
    if "content-md5" in headers and b64encode(md5(body)).decode() != headers["content-md5"]:
        raise bad_digest("Content-MD5")


def bad_digest(name: str) -> S3Error:
    """The checksum of that name is not the one of the bytes that arrived."""
    return S3Error(400, "BadDigest", f"The {name} you specified did not match the calculated checksum.")

"""The buckets of the bench server: real bytes, in memory or in a folder, and the preconditions that guard them."""

from __future__ import annotations

import itertools
import mmap
import time
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryFile

from tests.bench.s3_checksums import CRC64NVME, md5, verified, verify_md5
from tests.bench.s3_values import S3Error, no_such_key, precondition_failed

#: Headers of an upload that come back with the object, besides `x-amz-meta-…`.
KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires")

_VERSIONS = itertools.count(1)
#: Smaller bodies stay in memory also where there is a folder for them.
IN_FOLDER_FROM = 1024 * 1024

Body = bytes | mmap.mmap


@dataclass(frozen=True, slots=True)
class Stored:
    """One object; `etag` carries its quotes."""

    body: Body
    etag: str
    checksums: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    modified: float = field(default_factory=time.time)
    version: str = ""

    @property
    def version_header(self) -> Mapping[str, str]:
        """Its version, where the bucket gives them."""
        return {"x-amz-version-id": self.version} if self.version else {}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart upload."""

    body: Body
    digest: bytes
    crc64nvme: str

    @property
    def etag(self) -> str:
        return f'"{self.digest.hex()}"'


@dataclass(slots=True)
class Upload:
    """A multipart upload that is not complete yet."""

    key: str
    headers: Mapping[str, str]
    parts: dict[int, Part] = field(default_factory=dict)
    started: float = field(default_factory=time.time)


class Bucket:
    """Objects by key, and the open uploads; with `keeps_versions` what is replaced stays, by its version."""

    def __init__(self) -> None:
        self.objects: dict[str, Stored] = {}
        self.keeps_versions = False
        self.versions: dict[tuple[str, str], Stored] = {}
        self.uploads: dict[str, Upload] = {}
        self._sorted: list[str] | None = []

    def keys(self) -> list[str]:
        """All keys in byte order, which for UTF-8 is the order of code points."""
        if self._sorted is None:
            self._sorted = sorted(self.objects)
        return self._sorted

    def put(self, key: str, stored: Stored) -> Stored:
        """Store, replacing what was there; with its version, if the bucket gives one."""
        if key not in self.objects:
            self._sorted = None
        if self.keeps_versions:
            stored = replace(stored, version=f"{next(_VERSIONS):032x}")
            self.versions[(key, stored.version)] = stored
        self.objects[key] = stored
        return stored

    def forget(self, prefix: str) -> None:
        """Free the memory of everything below a prefix, its versions too."""
        for key in [key for key in self.objects if key.startswith(prefix)]:
            self.delete(key)
        for named in [named for named in self.versions if named[0].startswith(prefix)]:
            del self.versions[named]

    def delete(self, key: str) -> None:
        """Forget the key; that it is not there is fine, as in S3."""
        if self.objects.pop(key, None) is not None:
            self._sorted = None

    def get(self, key: str, version: str = "") -> Stored:
        """The object, or one version of it, or the refusal that it is not there."""
        stored = self.versions.get((key, version)) if version else self.objects.get(key)
        if stored is None:
            raise no_such_key(key)
        return stored

    def guard_write(self, key: str, headers: Mapping[str, str]) -> None:
        """Refuse a write whose If-Match or If-None-Match does not hold."""
        current = self.objects.get(key)
        if headers.get("if-none-match") == "*" and current is not None:
            raise precondition_failed()
        if (wanted := headers.get("if-match")) is not None:
            if current is None:
                raise no_such_key(key)
            if not matches(wanted, current.etag):
                raise precondition_failed()


class Store:
    """All buckets, and the ids that are given out.

    Without MD5 the ETags are other ones, as under SSE-KMS, and Content-MD5 is not checked: MD5 is most of what storing
    costs, and a client that happens to send it would be measured with the server's work. Large bodies lie in `folder`,
    if there is one, in files without names: they are gone with us.
    """

    def __init__(self, *, uses_md5: bool = True, folder: Path | None = None) -> None:
        self.buckets: dict[str, Bucket] = {}
        self._uses_md5 = uses_md5
        self._folder = folder
        self._ids = itertools.count(1)

    def bucket(self, name: str) -> Bucket:
        """The bucket, or the refusal that it is not there."""
        if (bucket := self.buckets.get(name)) is None:
            raise S3Error(404, "NoSuchBucket", f"The specified bucket does not exist: {name}")
        return bucket

    def kept(self, pieces: Sequence[Body]) -> Body:
        """Some bytes, one after the other, where they belong."""
        size = sum(map(len, pieces))
        if self._folder is None or size < IN_FOLDER_FROM:
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        with TemporaryFile(dir=self._folder) as file:
            file.writelines(pieces)
            file.flush()
            return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)

    def stored_from(self, body: Body, headers: Mapping[str, str], checksums: Mapping[str, str]) -> Stored:
        """An object from one upload."""
        etag = f'"{self.digest(body, checksums).hex()}{"" if self._uses_md5 else "-1"}"'
        return Stored(self.kept([body]), etag, checksums, kept_headers(headers))

    def verified(self, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """The checksums of an upload; a wrong one is refused."""
        if self._uses_md5:
            verify_md5(headers, body)
        return verified(headers, body)

    def digest(self, body: Body, checksums: Mapping[str, str]) -> bytes:
        """The sixteen bytes that make an ETag."""
        return md5(body) if self._uses_md5 else b64decode(checksums[CRC64NVME]) * 2

    def new_id(self) -> str:
        """An upload id, never given twice."""
        return f"upload{next(self._ids):08d}"


def matches(wanted: str, etag: str) -> bool:
    """Does an If-Match value name this ETag? Clients write it with and without quotes, and several with commas."""
    return any(name.strip().strip('"') in {"*", etag.strip('"')} for name in wanted.split(","))


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that come back with the object; `aws-chunked` was only the way here."""
    kept = {name: value for name, value in headers.items() if name in KEPT or name.startswith("x-amz-meta-")}
    encoding = kept.pop("content-encoding", "").replace("aws-chunked", "").strip(", ")
    return kept | ({"content-encoding": encoding} if encoding else {})

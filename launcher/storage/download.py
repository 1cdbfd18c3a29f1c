"""From S3 to a partial file, pinned to one version and hashed as a whole before anybody may give it its name."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from launcher import errors
from launcher.storage.answers import lower
from launcher.storage.blocks import BLOCK, Blocks
from launcher.storage.checksums import CHUNK, Digest, Hasher, digest_of
from launcher.storage.http import SignedHttp
from launcher.storage.messages import OK, Job, Reply, Request
from launcher.storage.objects import READ_RIGHT, WITH_CHECKSUM, Head, ObjectRef, Objects, no_storage
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.storage.exchange import Exchange

#: Files above this are fetched in blocks, and go on after a kill where they were.
BLOCKS_ABOVE = 64 * 1024 * 1024
ATTEMPTS = 4

Progress = Callable[[int], None]


class Fetched(NamedTuple):
    """A partial file that holds exactly the version asked for; `proof` names the checksum that showed it, if any."""

    digest: Digest
    head: Head
    proof: str


class Downloader:
    """Fetches objects of one endpoint into partial files, large ones in blocks of `block` bytes."""

    def __init__(self, http: SignedHttp, exchange: Callable[[], Exchange] | None = None, block: int = BLOCK) -> None:
        self._block = block
        self._http = http
        self._exchange = exchange
        self._objects = Objects(http)

    def read(self, ref: ObjectRef) -> tuple[bytes, Fetched]:
        """A whole small object in memory, proved; broken or damaged answers are retried."""
        failure: errors.LauncherError | None = None
        for _ in range(ATTEMPTS):
            try:
                answer = self._http.request("GET", ref.where, right=READ_RIGHT, headers=_pinned(ref))
                return answer.body, _proved_in_memory(ref, answer.headers, answer.body)
            except (errors.Unreachable, errors.Damaged) as exc:
                failure = exc
        assert failure is not None
        raise failure

    @staticmethod
    def asking(ref: ObjectRef, job: Job) -> Request[Job]:
        """The same as one of many requests; `proved` takes its reply."""
        return Request(job, "GET", ref.where, _pinned(ref), ref.size)

    @staticmethod
    def proved(ref: ObjectRef, reply: Reply[Job]) -> Fetched | None:
        """What came, if it is all of it and sound; None for what must be read patiently."""
        if reply.status != OK:
            return None
        try:
            return _proved_in_memory(ref, reply.headers, reply.body)
        except errors.Damaged:
            return None

    def fetch(self, ref: ObjectRef, partial: Path, progress: Progress) -> Fetched:
        """The whole object in one request. Broken or damaged answers are retried; a lasting mismatch is named."""
        failure: errors.LauncherError | None = None
        for _ in range(ATTEMPTS):
            try:
                return self._fetch_once(ref, partial, progress)
            except (errors.Unreachable, errors.Damaged) as exc:
                failure = exc
                partial.unlink(missing_ok=True)
        assert failure is not None
        raise failure

    def _fetch_once(self, ref: ObjectRef, partial: Path, progress: Progress) -> Fetched:
        with (
            self._http.stream("GET", ref.where, right=READ_RIGHT, headers=_pinned(ref)) as answer,
            create(partial) as file,
        ):
            head = Head.from_headers(lower(answer))
            hasher, running = Hasher(sha256=False), head.expected.start()
            try:
                while chunk := answer.read(CHUNK):
                    write_whole(file, chunk)
                    hasher.update(chunk)
                    if running is not None:
                        running.update(chunk)
                    progress(len(chunk))
            except BaseException:
                progress(-hasher.digest().size)
                raise
        digest = hasher.digest()
        if digest.size != ref.size or (running is not None and running.value() != head.expected.value):
            progress(-digest.size)
            raise damaged(ref, digest)
        return Fetched(digest, head, head.expected.algorithm)

    def digest(self, where: S3Uri, expected_etag: str = "") -> tuple[Digest, Head, bool]:
        """Hash what the server sends for an object, keeping nothing; is it what the server's own checksum says?"""
        headers = {**WITH_CHECKSUM, **({"If-Match": expected_etag} if expected_etag else {})}
        for _ in range(2):
            with self._http.stream("GET", where, right=READ_RIGHT, headers=headers) as answer:
                head = Head.from_headers(lower(answer))
                if not head.etag:
                    continue  # something on the way answered in the server's place: it is asked once more
                hasher, running = Hasher(), head.expected.start()
                while chunk := answer.read(CHUNK):
                    hasher.update(chunk)
                    if running is not None:
                        running.update(chunk)
            return hasher.digest(), head, running is None or running.value() == head.expected.value
        raise no_storage(where)

    def fetch_blocks(
        self, ref: ObjectRef, partial: Path, done: Collection[int], on_block: Callable[[int], None], progress: Progress
    ) -> Fetched:
        """A large object in parallel blocks; `done` are those that an earlier, killed run wrote of this version."""
        head = self._objects.head(ref.where)
        if head is None or (ref.etag and head.etag != ref.etag):
            raise errors.ChangedMeanwhile(ref.where)
        if not head.expected.algorithm:
            done = ()  # by a checksum alone could be told whether they reached the disk
        if not done:
            with create(partial) as file:
                file.truncate(ref.size)
        exchange = self._exchange() if self._exchange else None
        blocks = Blocks(self._http, exchange, ref, partial, progress, self._block)
        blocks.bring(done, on_block)
        if head.expected.algorithm == "crc64nvme":
            return _agreed(ref, partial, head, blocks.digest())
        return self._proved(ref, partial, head)

    @staticmethod
    def _proved(ref: ObjectRef, partial: Path, head: Head) -> Fetched:
        hasher, running = Hasher(sha256=False), head.expected.start()
        with partial.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                hasher.update(chunk)
                if running is not None:
                    running.update(chunk)
        return _agreed(ref, partial, head, hasher.digest(), running.value() if running is not None else None)


def _agreed(ref: ObjectRef, partial: Path, head: Head, digest: Digest, value: str | None = None) -> Fetched:
    """The whole that was brought, if it is what the server stores; else nothing of it stays."""
    told = digest.crc64nvme if value is None else value
    if digest.size != ref.size or (head.expected.algorithm and told != head.expected.value):
        partial.unlink(missing_ok=True)
        raise damaged(ref, digest)
    return Fetched(digest, head, head.expected.algorithm)


def _pinned(ref: ObjectRef) -> dict[str, str]:
    """This version and no other, with its checksum."""
    return {**WITH_CHECKSUM, **({"If-Match": ref.etag} if ref.etag else {})}


def _proved_in_memory(ref: ObjectRef, headers: Mapping[str, str], body: bytes) -> Fetched:
    head, digest = Head.from_headers(headers), digest_of(body, sha256=False)
    if digest.size != ref.size or not head.expected.agrees(body, digest):
        raise damaged(ref, digest)
    return Fetched(digest, head, head.expected.algorithm)


def write_whole(file: io.FileIO, data: bytes) -> None:
    """All of it, or the disk's error: a disk that fills up takes a part of a raw write without a word."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def create(partial: Path | str) -> io.FileIO:
    """A new partial file, of this user only; an old one of that name is dropped, a link is never followed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        return io.FileIO(os.open(partial, flags, 0o600), "wb")
    except FileExistsError:
        os.unlink(partial)  # noqa: PTH108 - it may be a text
        return io.FileIO(os.open(partial, flags, 0o600), "wb")


def damaged(ref: ObjectRef, digest: Digest) -> errors.Damaged:
    """What arrived is not what the server says it stores."""
    return errors.Damaged(
        ref.where,
        title="What arrived is not what the server stores",
        hint="It was not kept. Try again; if it happens again, the object itself is damaged: tell its owner.",
        detail=f"{digest.size} of {ref.size} bytes, crc64nvme {digest.crc64nvme}",
    )

"""Uploads in parts that a kill interrupted: ours go on or are ended, another session's are left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from launcher import errors
from launcher.journal import Journal, Stat
from launcher.journal.interrupted import Interrupted
from launcher.saving.large import LargeUploads
from launcher.storage.checksums import digest_of
from launcher.storage.credentials import Credentials, Keys
from launcher.storage.endpoint import Endpoint
from launcher.storage.http import SignedHttp
from launcher.storage.multipart import Multipart, client
from launcher.storage.objects import Objects
from launcher.storage.uri import S3Uri
from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule

WHERE = S3Uri("lab-home", "person/projects/p/model.pt")
DATA = b"weights" * 1000
DIGEST = digest_of(DATA)
PART = 5 * 1024 * 1024
IN_PARTS = bytes(range(256)) * (PART // 256) * 3


class Killed(BaseException):
    """The process ends here."""


class OfTheKilled(Interrupted):
    """Never learns the id of an upload: the kill comes first."""

    def put_upload(self, *_: str) -> None:
        raise Killed


class WrittenWhileRead(type(Path())):  # type: ignore[misc]
    """A path whose file grows as soon as it has been opened, so many times."""

    times = 0

    def open(self, *args: Any, **more: Any) -> Any:
        opened = super().open(*args, **more)
        if self.times and args == ("rb",):
            self.times -= 1
            with Path(self).open("ab") as file:
                file.write(b"more")
        return opened


@pytest.fixture
def server() -> Iterator[BenchServer]:
    with BenchServer() as running:
        running.create_bucket(WHERE.bucket)
        yield running


@pytest.fixture
def s3(server: BenchServer) -> Iterator[Any]:
    made = client(Endpoint(server.url), Credentials(lambda: Keys("bench", "bench-secret", "")))
    yield made
    made.close()


@pytest.fixture
def multipart(s3: Any) -> Iterator[Callable[[S3Uri], Multipart]]:
    credentials = Credentials(lambda: Keys("bench", "bench-secret", ""))
    http = SignedHttp(Endpoint(s3.meta.endpoint_url), credentials)
    yield lambda where: Multipart(s3, Objects(http), where, smallest_part=PART)
    http.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "model.pt"
    made.write_bytes(DATA)
    return made


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal") as opened:
        yield opened


def seen(file: Path) -> Stat:
    return Stat.of(file.lstat())


def stored(s3: Any, key: str = WHERE.key) -> bytes:
    return bytes(s3.get_object(Bucket=WHERE.bucket, Key=key)["Body"].read())


def begun_elsewhere(s3: Any, key: str, *, has_part: bool = False) -> str:
    """Another session's upload."""
    names = {"Bucket": WHERE.bucket, "Key": key}
    upload_id = str(s3.create_multipart_upload(**names, ChecksumAlgorithm="CRC64NVME")["UploadId"])
    if has_part:
        s3.upload_part(**names, UploadId=upload_id, PartNumber=1, Body=b"theirs")
    return upload_id


def open_uploads(s3: Any) -> set[str]:
    return {row["UploadId"] for row in s3.list_multipart_uploads(Bucket=WHERE.bucket).get("Uploads", [])}


def test_an_upload_whose_id_nobody_knows_is_ended_and_no_other(
    s3: Any, multipart: Callable[[S3Uri], Multipart], file: Path, tmp_path: Path
) -> None:
    theirs = {begun_elsewhere(s3, WHERE.key), begun_elsewhere(s3, f"{WHERE.key}.old")}
    with Journal(tmp_path / "journal") as journal, pytest.raises(Killed):
        LargeUploads(multipart, journal, "p", OfTheKilled(journal)).send(
            "model.pt", file, seen(file), DIGEST, WHERE, None
        )
    assert len(open_uploads(s3) - theirs) == 1, "the kill left one, or this shows nothing"
    theirs.add(begun_elsewhere(s3, WHERE.key, has_part=True))
    with Journal(tmp_path / "journal") as journal:
        LargeUploads(multipart, journal, "p").send("model.pt", file, seen(file), DIGEST, WHERE, None)
    assert open_uploads(s3) == theirs
    assert s3.get_object(Bucket=WHERE.bucket, Key=WHERE.key)["Body"].read() == DATA


def test_an_upload_of_which_the_answer_was_lost_is_ended_and_no_other(
    s3: Any, server: BenchServer, file: Path, journal: Journal
) -> None:
    theirs = begun_elsewhere(s3, WHERE.key)
    with FaultProxy(server.url) as proxy:
        lost = Rule(Fault.LOST_ANSWER, path="*?uploads", method="POST", times=1)
        proxy.rules.append(lost)
        credentials = Credentials(lambda: Keys("bench", "bench-secret", ""))
        ours, http = client(Endpoint(proxy.url), credentials), SignedHttp(Endpoint(proxy.url), credentials)
        try:
            uploads = LargeUploads(lambda where: Multipart(ours, Objects(http), where), journal, "p")
            uploads.send("model.pt", file, seen(file), DIGEST, WHERE, None)
        finally:
            ours.close()
            http.close()
    assert (lost.used, open_uploads(s3), stored(s3)) == (1, {theirs}, DATA)


def test_a_stale_upload_of_ours_is_ended(
    s3: Any, multipart: Callable[[S3Uri], Multipart], file: Path, tmp_path: Path
) -> None:
    stale = begun_elsewhere(s3, WHERE.key, has_part=True)
    with Journal(tmp_path / "journal") as journal:
        Interrupted(journal).put_upload("p", "model.pt", stale, WHERE.key, "of what the file was before")
        LargeUploads(multipart, journal, "p").send("model.pt", file, seen(file), DIGEST, WHERE, None)
        assert Interrupted(journal).upload("p", "model.pt") is None
    assert open_uploads(s3) == set()


def test_parts_go_before_anybody_knows_the_whole_and_are_seen_by_nobody(
    s3: Any, multipart: Callable[[S3Uri], Multipart], file: Path, journal: Journal, server: BenchServer
) -> None:
    file.write_bytes(IN_PARTS)
    uploads = LargeUploads(multipart, journal, "p")
    digest, stat = uploads.bring("model.pt", file, WHERE)
    assert (digest, stat) == (digest_of(IN_PARTS), seen(file))
    assert server.keys(WHERE.bucket) == []
    uploads.send("model.pt", file, stat, digest, WHERE, None)
    assert stored(s3) == IN_PARTS
    assert server.counts().operations["UploadPart"] == 3
    assert open_uploads(s3) == set()


def test_what_a_kill_left_before_the_whole_was_known_goes_on(
    s3: Any, multipart: Callable[[S3Uri], Multipart], file: Path, journal: Journal, server: BenchServer
) -> None:
    file.write_bytes(IN_PARTS)

    def kill(_: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        LargeUploads(multipart, journal, "p").begin("model.pt", seen(file), WHERE).send(file, kill)
    arrived = server.counts().operations["UploadPart"]
    uploads = LargeUploads(multipart, journal, "p")
    digest, stat = uploads.bring("model.pt", file, WHERE)
    uploads.send("model.pt", file, stat, digest, WHERE, None)
    counts = server.counts().operations
    assert (counts.get("UploadPart", 0), counts.get("CreateMultipartUpload", 0)) == (3 - arrived, 0)
    assert stored(s3) == IN_PARTS


@pytest.mark.parametrize(("times", "comes"), [(1, True), (1000, False)])
def test_a_file_that_is_written_while_its_parts_go_is_never_put_together(
    s3: Any, multipart: Callable[[S3Uri], Multipart], file: Path, journal: Journal, times: int, comes: bool
) -> None:
    file.write_bytes(IN_PARTS)
    restless: Any = WrittenWhileRead(file)
    restless.times = times
    uploads = LargeUploads(multipart, journal, "p", sleep=lambda _: None)
    if comes:
        digest, stat = uploads.bring("model.pt", restless, WHERE)
        uploads.send("model.pt", restless, stat, digest, WHERE, None)
        assert stored(s3) == IN_PARTS + b"more"
    else:
        with pytest.raises(errors.ChangedMeanwhile, match="being written at this moment"):
            uploads.bring("model.pt", restless, WHERE)
    assert open_uploads(s3) == set()
    assert Interrupted(journal).upload("p", "model.pt") is None


def test_a_file_that_changes_while_its_known_content_goes_is_no_conflict(
    s3: Any, multipart: Callable[[S3Uri], Multipart], file: Path, journal: Journal
) -> None:
    before = seen(file)
    file.write_bytes(DATA + b"more")
    with pytest.raises(errors.NotDone, match="being written at this moment") as told:
        LargeUploads(multipart, journal, "p").send("model.pt", file, before, DIGEST, WHERE, None)
    assert not isinstance(told.value, errors.ChangedMeanwhile), "it is not the object that somebody changed"
    assert open_uploads(s3) == set()


def test_what_was_brought_for_one_key_is_sent_anew_to_another(
    s3: Any, multipart: Callable[[S3Uri], Multipart], file: Path, journal: Journal
) -> None:
    uploads, copy = LargeUploads(multipart, journal, "p"), S3Uri(WHERE.bucket, "person/projects/p/model copy.pt")
    digest, stat = uploads.bring("model.pt", file, WHERE)
    uploads.send("model.pt", file, stat, digest, copy, None)
    assert stored(s3, copy.key) == DATA
    assert open_uploads(s3) == set()


def test_what_may_not_go_is_not_begun(
    s3: Any, multipart: Callable[[S3Uri], Multipart], file: Path, journal: Journal
) -> None:
    def refuse() -> None:
        raise errors.Damaged("model.pt")

    with pytest.raises(errors.Damaged):
        LargeUploads(multipart, journal, "p").bring("model.pt", file, WHERE, refuse)
    assert open_uploads(s3) == set()

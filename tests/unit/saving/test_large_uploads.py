"""Uploads in parts that a kill interrupted: ours go on or are ended, another session's are left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from launcher.journal import Journal
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

WHERE = S3Uri("lab-home", "person/projects/p/model.pt")
DATA = b"weights" * 1000
DIGEST = digest_of(DATA)


class Killed(BaseException):
    """The process ends here."""


class OfTheKilled(Interrupted):
    """Never learns the id of an upload: the kill comes first."""

    def put_upload(self, *_: str) -> None:
        raise Killed


@pytest.fixture
def s3() -> Iterator[Any]:
    with BenchServer() as server:
        server.create_bucket(WHERE.bucket)
        made = client(Endpoint(server.url), Credentials(lambda: Keys("bench", "bench-secret", "")))
        yield made
        made.close()


@pytest.fixture
def multipart(s3: Any) -> Iterator[Callable[[S3Uri], Multipart]]:
    credentials = Credentials(lambda: Keys("bench", "bench-secret", ""))
    http = SignedHttp(Endpoint(s3.meta.endpoint_url), credentials)
    yield lambda where: Multipart(s3, Objects(http), where)
    http.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "model.pt"
    made.write_bytes(DATA)
    return made


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
        LargeUploads(multipart, journal, "p", OfTheKilled(journal)).send("model.pt", file, DIGEST, WHERE, None)
    assert len(open_uploads(s3) - theirs) == 1, "the kill left one, or this shows nothing"
    theirs.add(begun_elsewhere(s3, WHERE.key, has_part=True))
    with Journal(tmp_path / "journal") as journal:
        LargeUploads(multipart, journal, "p").send("model.pt", file, DIGEST, WHERE, None)
    assert open_uploads(s3) == theirs
    assert s3.get_object(Bucket=WHERE.bucket, Key=WHERE.key)["Body"].read() == DATA


def test_a_stale_upload_of_ours_is_ended(
    s3: Any, multipart: Callable[[S3Uri], Multipart], file: Path, tmp_path: Path
) -> None:
    stale = begun_elsewhere(s3, WHERE.key, has_part=True)
    with Journal(tmp_path / "journal") as journal:
        Interrupted(journal).put_upload("p", "model.pt", stale, WHERE.key, "of what the file was before")
        LargeUploads(multipart, journal, "p").send("model.pt", file, DIGEST, WHERE, None)
        assert Interrupted(journal).upload("p", "model.pt") is None
    assert open_uploads(s3) == set()

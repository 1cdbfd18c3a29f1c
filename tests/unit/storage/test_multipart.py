"""Large files in parts: they go on after a kill, and the whole is checked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from launcher import errors
from launcher.storage.checksums import digest_file, digest_of
from launcher.storage.endpoint import Endpoint
from launcher.storage.exchange import Exchange
from launcher.storage.http import Patience
from launcher.storage.multipart import MOST_PARTS, Multipart, Part, client, part_size
from launcher.storage.objects import Objects
from launcher.storage.uri import S3Uri
from tests.bench.narrow import NarrowWay
from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.unit.storage.clients import Client, client_at
from tests.unit.storage.scripted import Asked, Reply, scripted

DATA = bytes(range(256)) * 24 * 1024  # 6 MiB: one part of 5 MiB, and the rest


@pytest.fixture
def boto(faulty: Client, proxy: FaultProxy) -> Any:
    made = client(Endpoint(proxy.url), faulty.credentials)
    yield made
    made.close()


@pytest.fixture(params=["by libcurl", "by boto3"])
def upload(boto: Any, faulty: Client, bucket: S3Uri, request: pytest.FixtureRequest) -> Multipart:
    exchange = Exchange(faulty.http, faulty.credentials) if request.param == "by libcurl" else None
    return Multipart(boto, Objects(faulty.http), bucket.child("big file"), exchange, smallest_part=5 * 1024 * 1024)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "big"
    made.write_bytes(DATA)
    return made


def nothing(_: int) -> None:
    """No one watches."""


@pytest.mark.parametrize("size", [1, 10**8, 5 * 10**10, 10**12, 5 * 10**12])
def test_any_file_fits_in_the_parts_that_s3_allows(size: int) -> None:
    step = part_size(size)
    assert step % (1024 * 1024) == 0
    assert 5 * 1024**2 <= step <= 5 * 1024**3
    assert -(-size // step) <= MOST_PARTS


def test_a_file_in_parts_is_one_object_with_a_checksum_of_the_whole(
    upload: Multipart, file: Path, bench: BenchServer, bucket: S3Uri, client: Client
) -> None:
    upload_id = upload.begin()
    seen: list[int] = []
    sent = upload.send(upload_id, file, len(DATA), {}, seen.append)
    stored = upload.complete(upload_id, sent.parts, digest_file(file), replaces=None)
    head = Objects(client.http).head(bucket.child("big file"))
    assert head is not None
    assert (head.etag, head.crc64nvme) == (stored.etag, digest_of(DATA).crc64nvme)
    assert bench.get(bucket.bucket, "big file") == DATA
    assert (len(sent.parts), sum(seen)) == (2, len(DATA))


def test_after_a_kill_only_missing_parts_are_sent(upload: Multipart, file: Path, proxy: FaultProxy) -> None:
    upload_id = upload.begin()
    upload.send(upload_id, file, 5 * 1024 * 1024, {}, nothing)  # no further: the first part alone
    known = upload.known_parts(upload_id)
    assert known is not None
    assert list(known) == [1]
    before = proxy.count("PUT")
    sent = upload.send(upload_id, file, len(DATA), known, nothing)
    assert proxy.count("PUT") == before + 1
    upload.complete(upload_id, sent.parts, digest_file(file), replaces=None)


def test_a_known_part_of_other_bytes_is_sent_again(
    upload: Multipart, file: Path, bench: BenchServer, bucket: S3Uri
) -> None:
    upload_id = upload.begin()
    upload.send(upload_id, file, len(DATA), {}, nothing)
    file.write_bytes(DATA[::-1])
    known = upload.known_parts(upload_id)
    assert known is not None
    sent = upload.send(upload_id, file, len(DATA), known, nothing)
    upload.complete(upload_id, sent.parts, digest_file(file), replaces=None)
    assert bench.get(bucket.bucket, "big file") == DATA[::-1]


def test_a_whole_that_is_not_what_was_hashed_is_refused(
    upload: Multipart, file: Path, client: Client, bucket: S3Uri
) -> None:
    upload_id = upload.begin()
    sent = upload.send(upload_id, file, len(DATA), {}, nothing)
    with pytest.raises(errors.NotDone):
        upload.complete(upload_id, sent.parts, digest_of(DATA[::-1]), replaces=None)
    assert Objects(client.http).head(bucket.child("big file")) is None


@pytest.mark.parametrize("fault", [Fault.STATUS, Fault.RESET, Fault.LOST_ANSWER, Fault.FLIP_REQUEST])
def test_a_part_that_did_not_arrive_is_sent_again(
    upload: Multipart, file: Path, bench: BenchServer, bucket: S3Uri, proxy: FaultProxy, fault: Fault
) -> None:
    upload_id = upload.begin()
    proxy.rules.append(Rule(fault, path="*partNumber=1*", method="PUT", times=1))
    sent = upload.send(upload_id, file, len(DATA), {}, nothing)
    assert proxy.rules[0].used == 1
    upload.complete(upload_id, sent.parts, digest_file(file), replaces=None)
    assert bench.get(bucket.bucket, "big file") == DATA


def test_a_yes_that_does_not_tell_what_was_stored_is_asked_for_again(file: Path) -> None:
    """Without its ETag, a part cannot be put together with the others: the server would refuse all of them."""
    asked = []

    def script(one: Asked) -> Reply:
        asked.append(one.query["partNumber"])
        return Reply(headers={"ETag": "" if len(asked) <= 3 else '"told"'})

    with scripted(script) as server, multipart_at(server.url) as upload:
        sent = upload.send("id", file, 5 * 1024 * 1024, {}, nothing)
    assert (asked, [part.etag for part in sent.parts]) == (["1"] * 4, ['"told"'])


def test_who_says_yes_to_everything_is_no_storage_server(file: Path) -> None:
    with scripted(lambda _: Reply(headers={"ETag": ""})) as server, multipart_at(server.url) as upload:
        with pytest.raises(errors.Unreachable):
            upload.begin()
        with pytest.raises(errors.Unreachable):
            upload.send("id", file, len(DATA), {}, nothing)


@contextmanager
def multipart_at(url: str) -> Iterator[Multipart]:
    where = S3Uri("lab-data", "big file")
    with client_at(url) as http, closing(client(http.http.endpoint, http.credentials)) as boto:
        exchange = Exchange(http.http, http.credentials)
        yield Multipart(boto, Objects(http.http), where, exchange, smallest_part=5 * 1024 * 1024)


def test_on_a_slow_line_a_part_takes_as_long_as_something_goes(
    bench: BenchServer, bucket: S3Uri, tmp_path: Path
) -> None:
    file, size = tmp_path / "larger", 20 * 1024 * 1024
    file.write_bytes(bytes(size))
    with (
        NarrowWay(bench.url, bytes_per_s=8e6) as way,
        client_at(way.url, patience=Patience(whole_s=1.0, read_s=30.0)) as slow,
        closing(client(slow.http.endpoint, slow.credentials)) as boto,
    ):
        upload = Multipart(boto, Objects(slow.http), bucket.child("larger"), Exchange(slow.http, slow.credentials))
        upload_id = upload.begin()
        bench.counts()
        upload.send(upload_id, file, size, {}, nothing)
        assert bench.counts().operations == {"UploadPart": 2}, "none was broken off and sent again"


def test_what_we_have_not_seen_is_never_replaced(
    upload: Multipart, file: Path, bench: BenchServer, bucket: S3Uri
) -> None:
    bench.put(bucket.bucket, "big file", b"theirs")
    upload_id = upload.begin()
    sent = upload.send(upload_id, file, len(DATA), {}, nothing)
    for replaces in (None, '"0123456789abcdef0123456789abcdef"'):
        with pytest.raises(errors.ChangedMeanwhile):
            upload.complete(upload_id, sent.parts, digest_file(file), replaces=replaces)
    assert bench.get(bucket.bucket, "big file") == b"theirs"


def test_a_lost_answer_to_the_last_step_is_recognised(upload: Multipart, file: Path, proxy: FaultProxy) -> None:
    upload_id = upload.begin()
    sent = upload.send(upload_id, file, len(DATA), {}, nothing)
    proxy.rules.append(Rule(Fault.LOST_ANSWER, method="POST", times=1))
    stored = upload.complete(upload_id, sent.parts, digest_file(file), replaces=None)
    assert stored.etag


def test_an_upload_thrown_away_is_unknown_and_throwing_it_away_again_is_fine(upload: Multipart) -> None:
    upload_id = upload.begin()
    assert upload.known_parts(upload_id) == {}
    upload.abort(upload_id)
    assert upload.known_parts(upload_id) is None
    upload.abort(upload_id)


def test_a_file_that_became_shorter_is_not_sent_short(upload: Multipart, file: Path) -> None:
    upload_id = upload.begin()
    file.write_bytes(DATA[:100])
    with pytest.raises(errors.ChangedMeanwhile, match="being changed while it is saved"):
        upload.send(upload_id, file, len(DATA), {}, nothing)


def test_parts_of_nowhere_are_refused(upload: Multipart, file: Path) -> None:
    upload_id = upload.begin()
    with pytest.raises(errors.LauncherError) as told:
        upload.complete(upload_id, [Part(1, '"x"', "AAAAAAAAAAA=")], digest_file(file), replaces=None)
    assert told.value.exit_code in (4, 10)


def test_a_server_that_falls_silent_is_given_up_in_time_and_the_upload_goes_on_later(
    faulty: Client, proxy: FaultProxy, bucket: S3Uri, file: Path
) -> None:
    boto = client(Endpoint(proxy.url), faulty.credentials, Patience(whole_s=2.0))
    with closing(boto):
        upload = Multipart(boto, Objects(faulty.http), bucket.child("big file"))
        upload_id = upload.begin()
        proxy.rules.append(Rule(Fault.DELAY, path="*partNumber=*", method="PUT", seconds=60))
        began = time.monotonic()
        with pytest.raises(errors.Unreachable):
            upload.send(upload_id, file, len(DATA), {}, nothing)
        assert time.monotonic() - began < 20, "two seconds, and boto3's pauses between its attempts"
        proxy.rules.clear()
        known = upload.known_parts(upload_id)
        assert known is not None
        sent = upload.send(upload_id, file, len(DATA), known, nothing)
        assert upload.complete(upload_id, sent.parts, digest_file(file), replaces=None).etag

"""From memory to S3: conditional, checked, and recognised when the answer was lost."""

from __future__ import annotations

import pytest

from launcher import errors
from launcher.storage.checksums import digest_of
from launcher.storage.credentials import Keys
from launcher.storage.exchange import Exchange
from launcher.storage.http import Patience
from launcher.storage.listing import Lister
from launcher.storage.objects import Objects
from launcher.storage.upload import CHECKSUM, Uploader
from launcher.storage.uri import S3Uri
from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.unit.storage.clients import Client, client_at
from tests.unit.storage.scripted import Asked, Reply, error, scripted

OLD, NEW = b"old content", b"new content"
#: Of what was stored an answer with these says nothing.
SILENT = {CHECKSUM: ""}


@pytest.fixture
def uploader(client: Client) -> Uploader:
    return Uploader(client.http, Exchange(client.http, client.credentials))


@pytest.fixture
def over_proxy(faulty: Client) -> Uploader:
    return Uploader(faulty.http, Exchange(faulty.http, faulty.credentials))


@pytest.mark.parametrize(
    "key", ["plain.txt", "a b/ü%20+ä.slp", "a//b", "a/../b", "/starts", "x\x01y", "back\\slash", "ends/", "tab\tkey"]
)
def test_new_then_replaced_whatever_the_key(
    key: str, bench: BenchServer, bucket: S3Uri, client: Client, uploader: Uploader
) -> None:
    where = bucket.child(key)
    first = uploader.put(where, OLD, digest_of(OLD), replaces=None)
    head = Objects(client.http).head(where)
    assert head is not None
    assert (head.etag, head.crc64nvme, head.size) == (first.etag, digest_of(OLD).crc64nvme, len(OLD))
    second = uploader.put(where, NEW, digest_of(NEW), replaces=first.etag)
    assert second.etag != first.etag
    assert bench.get(bucket.bucket, key) == NEW
    assert [item.key for page in Lister(client.http).everything(bucket) for item in page.objects] == [key]


@pytest.mark.parametrize("key", ["plain.txt", "odd\x01key"])
def test_what_we_have_not_seen_is_never_replaced(
    key: str, bench: BenchServer, bucket: S3Uri, uploader: Uploader
) -> None:
    where = bucket.child(key)
    first = uploader.put(where, OLD, digest_of(OLD), replaces=None)
    theirs = uploader.put(where, b"theirs", digest_of(b"theirs"), replaces=first.etag)
    for replaces in (None, first.etag):
        with pytest.raises(errors.ChangedMeanwhile):
            uploader.put(where, NEW, digest_of(NEW), replaces=replaces)
    assert bench.get(bucket.bucket, key) == b"theirs"
    assert theirs.etag != first.etag


@pytest.mark.parametrize("key", ["plain.txt", "odd\x01key"])
def test_what_was_deleted_meanwhile_is_not_called_saved(key: str, bucket: S3Uri, uploader: Uploader) -> None:
    with pytest.raises(errors.ChangedMeanwhile):
        uploader.put(bucket.child(key), NEW, digest_of(NEW), replaces='"0123456789abcdef0123456789abcdef"')


@pytest.mark.parametrize("key", ["plain.txt", "odd\x01key"])
@pytest.mark.parametrize("replaced", [False, True])
def test_a_lost_answer_is_recognised_as_ours(
    key: str, replaced: bool, bench: BenchServer, bucket: S3Uri, over_proxy: Uploader, proxy: FaultProxy
) -> None:
    where = bucket.child(key)
    seen = over_proxy.put(where, OLD, digest_of(OLD), replaces=None).etag if replaced else None
    proxy.rules.append(Rule(Fault.LOST_ANSWER, method="PUT", times=1))
    stored = over_proxy.put(where, NEW, digest_of(NEW), replaces=seen)
    assert bench.get(bucket.bucket, key) == NEW
    head = over_proxy.already_there(where, digest_of(NEW))
    assert head == stored


def test_equal_bytes_from_elsewhere_are_as_good_as_ours(bucket: S3Uri, uploader: Uploader) -> None:
    first = uploader.put(bucket.child("x"), NEW, digest_of(NEW), replaces=None)
    assert uploader.put(bucket.child("x"), NEW, digest_of(NEW), replaces=None) == first
    assert uploader.already_there(bucket.child("x"), digest_of(OLD)) is None


@pytest.mark.parametrize("key", ["plain.txt", "odd\x01key"])
def test_busy_and_broken_connections_are_overcome(
    key: str, bench: BenchServer, bucket: S3Uri, over_proxy: Uploader, proxy: FaultProxy
) -> None:
    proxy.rules += [Rule(Fault.STATUS, method="PUT", times=1), Rule(Fault.RESET, method="PUT", times=1)]
    over_proxy.put(bucket.child(key), NEW, digest_of(NEW), replaces=None)
    assert bench.get(bucket.bucket, key) == NEW


@pytest.mark.parametrize("key", ["plain.txt", "odd\x01key"])
@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (403, "AccessDenied", errors.Refused, "s3:PutObject"),
        (403, "SignatureDoesNotMatch", errors.Refused, "secret key is wrong"),
        (404, "NoSuchBucket", errors.NotFound, "bucket does not exist"),
        (507, "QuotaExceeded", errors.NotDone, "full"),
    ],
)
def test_each_refusal_is_told_the_same_on_both_ways(
    key: str, status: int, code: str, kind: type[errors.LauncherError], words: str
) -> None:
    with scripted(lambda _: error(status, code)) as server, client_at(server.url) as client:
        with pytest.raises(kind, match=words) as told:
            Uploader(client.http, Exchange(client.http, client.credentials)).put(
                S3Uri("lab-home", key), NEW, digest_of(NEW), replaces=None
            )
        assert type(told.value) is kind


@pytest.mark.parametrize("key", ["plain.txt", "odd\x01key"])
def test_expired_keys_are_replaced_once(key: str) -> None:
    sets = iter([Keys("OLD", "s", "t"), Keys("NEW", "s", "t")])

    def script(asked: Asked) -> Reply:
        fresh = "Credential=NEW/" in asked.headers["authorization"]
        return Reply(200, headers={"ETag": '"e"'}) if fresh else error(400, "ExpiredToken")

    with scripted(script) as server, client_at(server.url, lambda: next(sets)) as client:
        stored = Uploader(client.http, Exchange(client.http, client.credentials)).put(
            S3Uri("lab-home", key), NEW, digest_of(NEW), replaces=None
        )
        assert stored.etag == '"e"'
        assert len(server.asked) == 2


@pytest.mark.parametrize("key", ["plain.txt", "odd\x01key"])
def test_every_write_carries_its_condition_and_its_checksum(key: str) -> None:
    with scripted(lambda _: Reply(200, headers={"ETag": '"e"'})) as server, client_at(server.url) as client:
        uploader = Uploader(client.http, Exchange(client.http, client.credentials))
        uploader.put(S3Uri("lab-home", key), NEW, digest_of(NEW), replaces=None)
        uploader.put(S3Uri("lab-home", key), NEW, digest_of(NEW), replaces='"seen"')
    new, replacing = (asked.headers for asked in server.asked)
    assert new["if-none-match"] == "*"
    assert replacing["if-match"] == '"seen"'
    assert new["x-amz-checksum-crc64nvme"] == replacing["x-amz-checksum-crc64nvme"] == digest_of(NEW).crc64nvme


@pytest.mark.parametrize("content", [NEW, b"something else"])
def test_where_an_answer_does_not_tell_what_was_stored_it_is_looked_at(content: bytes) -> None:
    """A server that does not say, and a network that says yes to everything."""
    kept = {"x-amz-checksum-type": "FULL_OBJECT", CHECKSUM: digest_of(content).crc64nvme}

    def script(asked: Asked) -> Reply:
        return Reply(200, headers=kept, promised=len(content)) if asked.method == "HEAD" else Reply(200, headers=SILENT)

    with scripted(script) as server, client_at(server.url) as client:
        uploader = Uploader(client.http, Exchange(client.http, client.credentials))
        if content == NEW:
            stored = uploader.put(S3Uri("lab-home", "x"), NEW, digest_of(NEW), replaces=None)
            assert stored.etag == '"scripted"'
        else:
            with pytest.raises(errors.Unreachable, match="not the storage server"):
                uploader.put(S3Uri("lab-home", "x"), NEW, digest_of(NEW), replaces=None)


def test_a_silent_server_is_waited_for_once_and_not_once_for_each_way(bucket: S3Uri, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.SILENCE, after=-10_000))
    with client_at(proxy.url, patience=Patience(whole_s=1.0, read_s=0.4)) as client:
        uploader = Uploader(client.http, Exchange(client.http, client.credentials))
        with pytest.raises(errors.Unreachable):
            uploader.put(bucket.child("x"), NEW, digest_of(NEW), replaces=None)
    assert proxy.count("PUT") == 2, "quickly for the time of all attempts, and patiently for that of one"


def test_of_one_size_the_version_that_was_to_be_replaced_is_not_taken_for_the_one_that_did() -> None:
    """A network says yes to a write for the server, which has the old content still, and no checksum of it."""

    def script(asked: Asked) -> Reply:
        nobody = Reply(200, headers={"ETag": "", CHECKSUM: ""})
        return nobody if asked.method == "PUT" else Reply(200, headers={"ETag": '"old"'}, promised=len(NEW))

    with scripted(script) as server, client_at(server.url) as client:
        uploader = Uploader(client.http, Exchange(client.http, client.credentials))
        with pytest.raises(errors.Unreachable, match="is not the storage server"):
            uploader.put(S3Uri("lab", "labels.csv"), NEW, digest_of(NEW), replaces='"old"')

"""Many small requests in one thread: whole answers or none, signed as a real server wants it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from launcher.storage import exchange as room
from launcher.storage.checksums import digest_of
from launcher.storage.credentials import Credentials, Keys
from launcher.storage.download import Downloader
from launcher.storage.endpoint import Endpoint
from launcher.storage.exchange import Exchange
from launcher.storage.http import Patience, SignedHttp
from launcher.storage.line import UNHURRIED_ABOVE
from launcher.storage.messages import OK, Request, is_plain
from launcher.storage.messages import Reply as Answered
from launcher.storage.objects import ObjectRef
from launcher.storage.seaweed import SeaweedFS
from launcher.storage.upload import Uploader
from launcher.storage.uri import S3Uri
from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.unit.storage.clients import Client, client_at
from tests.unit.storage.scripted import Asked, Reply, error, scripted

DATA = bytes(range(256)) * 400
ODD_KEYS = [
    "plain.txt",
    "a b/ü%20+ä.slp",
    "mouse (2)/img=1&b;c,d@e$.png",
    "tilde~'star*!",
    "日本/ä.csv",
    "50%",
    "a?b#c",
]


def ours(client: Client) -> Exchange:
    return Exchange(client.http, client.credentials)


def get(where: S3Uri, job: str = "", size: int = len(DATA)) -> Request[str]:
    return Request(job, "GET", where, {}, size)


@pytest.fixture
def signed(cloud: SeaweedFS) -> Iterator[Client]:
    """A client of the server that checks every signature."""
    keys = Keys(cloud.keys.access, cloud.keys.secret, "")
    credentials = Credentials(lambda: keys)
    http = SignedHttp(Endpoint(cloud.url), credentials)
    yield Client(http, credentials, [])
    http.close()


def test_a_real_server_takes_our_signatures_whatever_the_key(signed: Client, cloud: SeaweedFS) -> None:
    where = S3Uri("exchange-signed")
    signed.http.request("PUT", where, right="s3:CreateBucket")
    puts = [Uploader.asking(where.child(key), DATA, digest_of(DATA), key, replaces=None) for key in ODD_KEYS]
    replies = [reply for reply in ours(signed).answers(puts) if reply is not None]
    stored = {reply.job: Uploader.stored(reply, DATA, digest_of(DATA)) for reply in replies}
    assert all(stored.get(key) for key in ODD_KEYS), stored
    gets = [
        Downloader.asking(ObjectRef(where.child(key), len(DATA), one.etag), key) for key, one in stored.items() if one
    ]
    came = {reply.job: reply for reply in ours(signed).answers(gets) if reply is not None}
    assert {key: reply.body for key, reply in came.items()} == dict.fromkeys(ODD_KEYS, DATA)
    again = [Uploader.asking(where.child(key), b"other", digest_of(b"other"), key, replaces=None) for key in ODD_KEYS]
    assert {reply.status for reply in ours(signed).answers(again) if reply is not None} == {412}


def test_a_wrong_secret_is_refused(signed: Client, cloud: SeaweedFS) -> None:
    with client_at(cloud.url) as stranger:
        assert ours(stranger).once(get(S3Uri("exchange-signed", "plain.txt"))).status == 403


def test_every_request_is_answered_once(bench: BenchServer, bucket: S3Uri, client: Client) -> None:
    for number in range(300):
        bench.put(bucket.bucket, f"{number}", b"%d" % number)
    asked = (get(bucket.child(f"{number}"), f"{number}") for number in range(301))
    replies = {reply.job: reply for reply in ours(client).answers(asked) if reply is not None}
    assert replies.pop("300").status == 404
    assert {job: reply.body for job, reply in replies.items()} == {f"{n}": b"%d" % n for n in range(300)}


def test_no_more_is_begun_than_there_is_memory_for(bench: BenchServer, bucket: S3Uri, client: Client) -> None:
    bench.put(bucket.bucket, "x", DATA)
    begun = 0

    def asked() -> Iterator[Request[str]]:
        nonlocal begun
        for _ in range(10):
            begun += 1
            yield get(bucket.child("x"), size=room.IN_FLIGHT_BYTES // 2 + 1)

    most = 0
    for ended, reply in enumerate(reply for reply in ours(client).answers(asked()) if reply is not None):
        assert reply.body == DATA
        most = max(most, begun - ended)
    assert most <= 2, "one on its way, and one waiting for room"


def test_a_server_that_is_too_busy_gets_fewer_at_once() -> None:
    begun = 0

    def asked() -> Iterator[Request[str]]:
        nonlocal begun
        for _ in range(3 * room.AT_ONCE):
            begun += 1
            yield get(S3Uri("lab-data", "x"))

    under_way = []
    with scripted(lambda _: error(503, "SlowDown")) as server, client_at(server.url) as client:
        replies = (reply for reply in ours(client).answers(asked()) if reply is not None)
        for ended, reply in enumerate(replies, 1):
            assert reply.status in room.SLOW_DOWN
            under_way.append(begun - ended)
    assert max(under_way) > room.AT_ONCE // 2
    assert max(under_way[-room.AT_ONCE :]) <= room.AT_LEAST + 1


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET, Fault.LOST_ANSWER])
def test_what_breaks_off_is_no_answer_and_the_rest_goes_on(
    fault: Fault, bench: BenchServer, bucket: S3Uri, faulty: Client, proxy: FaultProxy
) -> None:
    bench.put(bucket.bucket, "x", DATA)
    proxy.rules.append(Rule(fault, method="GET", times=1, after=5000))
    replies = [reply for reply in ours(faulty).answers([get(bucket.child("x"))] * 3) if reply is not None]
    assert sorted(reply.status for reply in replies) == [0, OK, OK]
    assert [reply.body for reply in replies if reply.status == OK] == [DATA, DATA]


def test_an_answer_that_breaks_off_in_its_head_is_no_answer(
    bench: BenchServer, bucket: S3Uri, faulty: Client, proxy: FaultProxy
) -> None:
    """Its status alone would make an upload of what may have been stored, and of which nobody knows the ETag."""
    put = Uploader.asking(bucket.child("x"), DATA, digest_of(DATA), "", replaces=None)
    for before_the_end in (-2, -50, -200):
        proxy.rules.append(Rule(Fault.CUT, method="PUT", times=1, after=before_the_end))
        assert ours(faulty).once(put) == Answered("")
        assert ours(faulty).once(put).status == 412, "it was stored all the same"
    assert bench.get(bucket.bucket, "x") == DATA


def test_a_large_answer_that_drips_is_no_answer(bench: BenchServer, bucket: S3Uri, proxy: FaultProxy) -> None:
    bench.put(bucket.bucket, "x", DATA)
    proxy.rules.append(Rule(Fault.DRIP, after=1000, seconds=0.1))
    with client_at(proxy.url, patience=Patience(read_s=1.0)) as client:
        assert ours(client).once(get(bucket.child("x"), size=UNHURRIED_ABOVE + 1)).status == 0


def test_nobody_at_the_other_end_is_no_answer() -> None:
    with client_at("http://127.0.0.1:9") as client:
        assert [reply.status for reply in ours(client).answers([get(S3Uri("lab-data", "x"))] * 2) if reply] == [0, 0]
        assert ours(client).once(get(S3Uri("lab-data", "x"))).status == 0


def test_leaving_early_breaks_off_the_rest(bench: BenchServer, bucket: S3Uri, client: Client) -> None:
    bench.put(bucket.bucket, "x", DATA)
    with closing(ours(client).answers(get(bucket.child("x")) for _ in range(1000))) as replies:
        assert next(reply for reply in replies if reply is not None).status == OK
    assert bench.counts().requests < 1000


def test_stale_keys_are_replaced_for_whoever_asks_next() -> None:
    sets = iter([Keys("OLD", "s", "t"), Keys("NEW", "s", "t")])

    def script(asked: Asked) -> Reply:
        fresh = "Credential=NEW/" in asked.headers["authorization"] and asked.headers["x-amz-security-token"] == "t"
        return Reply(200) if fresh else error(400, "ExpiredToken")

    with scripted(script) as server, client_at(server.url, lambda: next(sets)) as client:
        statuses = [ours(client).once(get(S3Uri("lab-data", "x"))).status for _ in range(2)]
    assert statuses == [400, 200]


def test_the_environment_sends_nothing_elsewhere(bench: BenchServer, bucket: S3Uri, client: Client) -> None:
    bench.put(bucket.bucket, "x", DATA)
    os.environ["http_proxy"] = "http://127.0.0.1:9"
    try:
        assert ours(client).once(get(bucket.child("x"))).body == DATA
    finally:
        del os.environ["http_proxy"]


@pytest.mark.parametrize("key", ["a/../b", "./a", "a//b", "/a", "a/", "tab\tkey", "back\\slash", "a/."])
def test_keys_that_mean_something_else_in_an_address_go_the_patient_way(key: str) -> None:
    assert not is_plain(S3Uri("lab-data", key))


def test_every_answer_tells_what_time_it_is(bucket: S3Uri, client: Client) -> None:
    """Saved states carry the server's time, also of a save that asks nobody but the exchange."""
    assert client.http.server_time.age_s is None
    ours(client).once(get(bucket.child("nothing")))
    assert client.http.server_time.age_s is not None


def test_many_answers_tell_it_too(bucket: S3Uri, client: Client) -> None:
    assert all(reply is None or reply.status for reply in ours(client).answers([get(bucket.child("nothing"))]))
    assert client.http.server_time.age_s is not None


def test_a_request_that_waits_for_the_answer_to_another_is_asked_for_again(bucket: S3Uri, client: Client) -> None:
    """What replaces something goes when the copy of that is there."""
    came: list[str] = []

    def requests() -> Iterator[Request[str] | None]:
        yield get(bucket.child("first"), "first")
        while not came:
            yield None
        yield get(bucket.child("second"), "second")

    for reply in ours(client).answers(requests()):
        came += [reply.job] if reply is not None else []
    assert came == ["first", "second"]

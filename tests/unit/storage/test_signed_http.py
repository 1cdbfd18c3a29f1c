"""How patient a request is, and with what."""

from __future__ import annotations

import socket
import threading
import tracemalloc
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
import pytest

from launcher import errors
from launcher.storage.credentials import Keys
from launcher.storage.http import Patience
from launcher.storage.objects import ObjectRef, Objects
from launcher.storage.uri import S3Uri
from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.unit.storage.clients import Client, client_at
from tests.unit.storage.scripted import Asked, Reply, error, scripted

WHERE = S3Uri("lab-data", "x")
RIGHT = "s3:GetObject"


@pytest.mark.parametrize("code", ["SlowDown", "InternalError", "ServiceUnavailable"])
def test_a_busy_server_is_asked_again_with_growing_pauses(code: str) -> None:
    replies = iter([error(503, code), error(503, code), error(503, code), Reply(200, b"here")])
    with scripted(lambda _: next(replies)) as server, client_at(server.url) as client:
        assert client.http.request("GET", WHERE, right=RIGHT).body == b"here"
        assert len(server.asked) == 4
    limits = [Patience().first_pause_s * 2**number for number in range(3)]
    assert all(0.3 * limit <= nap <= limit for nap, limit in zip(client.naps, limits, strict=True))


def test_it_gives_up_in_words_after_so_many_attempts() -> None:
    with scripted(lambda _: error(503, "SlowDown")) as server, client_at(server.url) as client:
        with pytest.raises(errors.Unreachable, match="SlowDown"):
            client.http.request("GET", WHERE, right=RIGHT)
        assert len(server.asked) == Patience().attempts
        assert len(client.naps) == Patience().attempts - 1


def test_what_it_said_is_told_and_not_that_it_was_silent_when_the_time_was_up() -> None:
    """An object on a failing disk takes the server nine seconds each time: the last answer is not waited for."""
    is_over = threading.Event()

    def script(_: Asked) -> Reply:
        if len(server.asked) > 1:
            is_over.wait(10)
        return error(500, "InternalError")

    patience = Patience(whole_s=1.0, read_s=1.0)
    with scripted(script) as server, client_at(server.url, patience=patience) as client:
        with pytest.raises(errors.Unreachable, match="InternalError"):
            client.http.request("GET", WHERE, right=RIGHT)
        is_over.set()
        assert len(server.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412])
def test_a_refusal_is_final(status: int) -> None:
    with scripted(lambda _: error(status, "")) as server, client_at(server.url) as client:
        with pytest.raises(errors.LauncherError) as told:
            client.http.request("GET", WHERE, right=RIGHT)
        assert len(server.asked) == 1
    assert told.value.exit_code in (4, 5, 10)
    assert not client.naps


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_a_refusal_without_a_word_is_asked_once_more(method: str) -> None:
    replies = iter([Reply(403), Reply(200)])
    with scripted(lambda _: next(replies)) as server, client_at(server.url) as client:
        assert client.http.request(method, WHERE, right=RIGHT).status == 200
        assert len(server.asked) == 2


def test_and_no_more_than_once() -> None:
    with scripted(lambda _: Reply(403)) as server, client_at(server.url) as client:
        with pytest.raises(errors.Refused, match="access"):
            client.http.request("GET", WHERE, right=RIGHT)
        assert len(server.asked) == 2


def test_expired_keys_are_replaced_once() -> None:
    sets = iter([Keys("OLD", "s", "t"), Keys("NEW", "s", "t")])

    def script(asked: Asked) -> Reply:
        return (
            Reply(200, b"here") if "Credential=NEW/" in asked.headers["authorization"] else error(400, "ExpiredToken")
        )

    with scripted(script) as server, client_at(server.url, lambda: next(sets)) as client:
        assert client.http.request("GET", WHERE, right=RIGHT).body == b"here"
        assert len(server.asked) == 2


def test_expired_keys_without_other_ones_are_an_error_at_once() -> None:
    with scripted(lambda _: error(400, "ExpiredToken")) as server, client_at(server.url) as client:
        with pytest.raises(errors.Refused, match="expired"):
            client.http.request("GET", WHERE, right=RIGHT)
        assert len(server.asked) == 1


@pytest.mark.parametrize("of_get", [error(404, "NoSuchKey"), Reply(206, b"h"), error(416, "InvalidRange")])
def test_a_refusal_of_head_that_get_knows_nothing_of_is_asked_again(of_get: Reply) -> None:
    heads = iter([error(403, ""), Reply(404)])
    with (
        scripted(lambda asked: next(heads) if asked.method == "HEAD" else of_get) as server,
        client_at(server.url) as client,
    ):
        assert Objects(client.http).head(WHERE) is None
        assert [asked.method for asked in server.asked] == ["HEAD", "GET", "HEAD"]


def test_a_refusal_of_head_that_stays_is_about_rights_whatever_get_says() -> None:
    with (
        scripted(lambda asked: error(403, "") if asked.method == "HEAD" else error(404, "NoSuchKey")) as server,
        client_at(server.url) as client,
    ):
        with pytest.raises(errors.Refused, match="access"):
            Objects(client.http).head(WHERE)
        assert len(server.asked) == 2 * Patience().attempts


@pytest.mark.parametrize("status", [400, 403])
def test_head_tells_no_code_and_still_gets_new_keys(status: int) -> None:
    sets = iter([Keys("OLD", "s", "t"), Keys("NEW", "s", "t"), Keys("NEW", "s", "t")])

    def script(asked: Asked) -> Reply:
        return (
            Reply(200, b"12") if "Credential=NEW/" in asked.headers["authorization"] else error(status, "ExpiredToken")
        )

    with scripted(script) as server, client_at(server.url, lambda: next(sets)) as client:
        head = Objects(client.http).head(WHERE)
        assert head is not None
        assert head.size == 2


def test_nobody_listening_is_told_as_such() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        with client_at(f"http://127.0.0.1:{taken.getsockname()[1]}") as client:
            with pytest.raises(errors.Unreachable, match="does not answer"):
                client.http.request("GET", WHERE, right=RIGHT)
            assert len(client.naps) == Patience().attempts - 1


def test_a_server_that_never_answers_is_left() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        client_at(f"http://127.0.0.1:{silent.getsockname()[1]}", patience=Patience(attempts=2, read_s=0.1)) as client,
        pytest.raises(errors.Unreachable, match="does not answer"),
    ):
        client.http.request("GET", WHERE, right=RIGHT)


def test_a_server_that_sends_a_head_and_nothing_more_is_left_like_one_that_never_answers(
    bench: BenchServer, bucket: S3Uri, proxy: FaultProxy
) -> None:
    bench.put(bucket.bucket, "x", b"0123456789")
    proxy.rules.append(Rule(Fault.SILENCE, after=4))
    with (
        client_at(proxy.url, patience=Patience(whole_s=1.5, read_s=0.6)) as client,
        pytest.raises(errors.Unreachable, match=r"does not answer|broke off"),  # the last attempt has little time left
    ):
        client.http.request("GET", bucket.child("x"), right=RIGHT)
    assert proxy.count() < Patience().attempts, "each attempt takes its time-out, and the time for all is over before"


@pytest.mark.parametrize("begin", [-50, 100], ids=["head", "body"])
def test_a_server_that_drips_is_left_like_one_that_never_answers(
    begin: int, bench: BenchServer, bucket: S3Uri, proxy: FaultProxy
) -> None:
    bench.put(bucket.bucket, "x", bytes(100_000))
    proxy.rules.append(Rule(Fault.DRIP, after=begin, seconds=0.05))
    with (
        client_at(proxy.url, patience=Patience(whole_s=0.5, read_s=0.3)) as client,
        pytest.raises(errors.Unreachable, match=r"does not answer|broke off"),
    ):
        client.http.request("GET", bucket.child("x"), right=RIGHT)


def test_a_slow_line_is_no_silence(bench: BenchServer, bucket: S3Uri, proxy: FaultProxy) -> None:
    bench.put(bucket.bucket, "x", bytes(100_000))
    proxy.rules.append(Rule(Fault.DRIP, after=99_800, seconds=0.005))
    with client_at(proxy.url, patience=Patience(read_s=0.5)) as client:
        assert client.http.request("GET", bucket.child("x"), right=RIGHT).body == bytes(100_000)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_refusal_that_breaks_off_is_still_a_refusal(method: str) -> None:
    with (
        scripted(lambda _: Reply(503, b"<Error>", promised=500)) as server,
        client_at(server.url) as client,
        pytest.raises(errors.Unreachable),
    ):
        client.http.request(method, WHERE, right=RIGHT, body=b"x" if method == "PUT" else None)


def test_resets_and_cut_answers_are_overcome(
    bench: BenchServer, bucket: S3Uri, faulty: Client, proxy: FaultProxy
) -> None:
    bench.put(bucket.bucket, "x", b"0123456789")
    proxy.rules += [Rule(Fault.RESET, times=2), Rule(Fault.CUT, method="GET", after=4, times=2)]
    where = bucket.child("x")
    objects = Objects(faulty.http)
    head = objects.head(where)
    assert head is not None
    assert objects.read_range(ObjectRef(where, 10, head.etag), 2, 5) == b"23456"
    small = objects.read_small(where, 100)
    assert small is not None
    assert small[0] == b"0123456789"


def test_a_cut_answer_that_stays_cut_is_told() -> None:
    with scripted(lambda _: Reply(200, b"half", promised=8)) as server, client_at(server.url) as client:
        with pytest.raises(errors.Unreachable, match="broke off"):
            client.http.request("GET", WHERE, right=RIGHT)
        assert len(server.asked) == Patience().attempts


def test_a_range_is_pinned_to_its_version(bench: BenchServer, bucket: S3Uri, client: Client) -> None:
    bench.put(bucket.bucket, "x", b"old")
    where, objects = bucket.child("x"), Objects(client.http)
    head = objects.head(where)
    assert head is not None
    bench.put(bucket.bucket, "x", b"new")
    with pytest.raises(errors.ChangedMeanwhile):
        objects.read_range(ObjectRef(where, 3, head.etag), 0, 3)


def test_what_is_not_there_is_none(bucket: S3Uri, client: Client) -> None:
    objects = Objects(client.http)
    assert objects.head(bucket.child("nothing")) is None
    assert objects.read_small(bucket.child("nothing"), 10) is None
    assert objects.read_range(ObjectRef(bucket.child("nothing"), 5, ""), 5, 10) == b"", "nothing is left to read"


def test_a_small_object_is_bounded_and_checked(
    bench: BenchServer, bucket: S3Uri, faulty: Client, proxy: FaultProxy
) -> None:
    bench.put(bucket.bucket, "x", b"0123456789")
    objects = Objects(faulty.http)
    with pytest.raises(errors.Damaged, match="larger than it can be"):
        objects.read_small(bucket.child("x"), 9)
    proxy.rules.append(Rule(Fault.FLIP, method="GET"))
    with pytest.raises(errors.Unreachable, match="damaged on its way"):
        objects.read_small(bucket.child("x"), 10)


def test_of_an_object_that_is_too_large_no_more_is_read_than_that_it_is(
    bench: BenchServer, bucket: S3Uri, client: Client
) -> None:
    size = 64 * 1024 * 1024
    bench.put(bucket.bucket, "x", bytes(size))
    objects = Objects(client.http)
    tracemalloc.start()
    try:
        with pytest.raises(errors.Damaged, match="larger than it can be"):
            objects.read_small(bucket.child("x"), 64 * 1024)
        told = objects.read_to_replace(bucket.child("x"), 64 * 1024)
        assert tracemalloc.get_traced_memory()[1] < size / 16
    finally:
        tracemalloc.stop()
    assert told is not None
    assert (told[0], told[1].size) == (b"", size)
    assert objects.read_to_replace(bucket.child("nothing"), 10) is None
    small = objects.read_small(bucket.child("x"), size)
    assert small is not None and len(small[0]) == size, "just as large is not too large"


def test_an_answer_that_does_not_tell_its_length_is_bounded_too() -> None:
    chunked = Reply(200, b"5\r\n01234\r\n0\r\n\r\n", {"Transfer-Encoding": "chunked", "Content-Length": ""})
    with scripted(lambda _: chunked) as server, client_at(server.url) as client:
        objects = Objects(client.http)
        with pytest.raises(errors.Damaged):
            objects.read_small(WHERE, 4)
        found = objects.read_small(WHERE, 5)
        assert found is not None and found[0] == b"01234"


@pytest.mark.parametrize("key", ["a b", "ü/ä.slp", "a+b&c=d?e#f", "100%25", "a//b", "x\x01y", "~.-_", "'*()!"])
def test_any_key_reaches_the_server_as_it_is(key: str) -> None:
    with scripted(lambda _: Reply(200, b"")) as server, client_at(server.url) as client:
        client.http.request("GET", S3Uri("lab-data", key), right=RIGHT)
        assert server.asked[0].path == f"lab-data/{key}"


@pytest.mark.parametrize("method", ["PUT", "GET", "HEAD"])
@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("User: ann is not authorized to perform: kms:GenerateDataKey on the resource", "kms:GenerateDataKey"),
        ("User: ann is not authorized to perform: &lt;b&gt;everything&lt;/b&gt;", RIGHT),
        ("Access Denied", RIGHT),
    ],
    ids=["of the key", "no action", "none"],
)
def test_the_right_that_the_service_names_is_the_one_that_is_asked_for(method: str, message: str, named: str) -> None:
    refusal = Reply(403, f"<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>".encode())
    with (
        scripted(lambda _: refusal) as server,
        client_at(server.url) as client,
        pytest.raises(errors.Refused) as told,
    ):
        client.http.request(method, WHERE, right=RIGHT)
    assert f"the right {named} there" in told.value.hint


def test_with_a_thread_goes_its_connection(bench: BenchServer, bucket: S3Uri, client: Client) -> None:
    """A saver has new ones for each batch, and may open no more than 1,024 files."""
    bench.put(bucket.bucket, "x", b"0123456789")

    def ask() -> None:
        client.http.request("GET", bucket.child("x"), right=RIGHT)

    ask()
    port = urlsplit(client.http.endpoint.url).port
    for _ in range(12):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    open_now = [one for one in psutil.Process().net_connections("tcp") if one.raddr and one.raddr.port == port]
    assert [one.status for one in open_now] == [psutil.CONN_ESTABLISHED], "this thread's is kept"
    ask()


@pytest.mark.parametrize("status", [400, 404])
def test_of_a_refusal_no_more_is_read_than_a_refusal_says(status: int) -> None:
    refusal = Reply(status, b"<Error><Code>WhatEver</Code>" + b" " * (32 << 20) + b"</Error>")
    with scripted(lambda _: refusal) as server, client_at(server.url) as client:
        tracemalloc.start()
        try:
            with suppress(errors.LauncherError):
                client.http.request("GET", WHERE, right=RIGHT, allowed=frozenset({404}))
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
        finally:
            tracemalloc.stop()


def test_names_of_secrets_stay_out_of_errors() -> None:
    secret = Keys("AKIDTEST", "very-secret", "very-secret-token")
    with (
        scripted(lambda _: error(403, "AccessDenied")) as server,
        client_at(server.url, lambda: secret) as client,
        pytest.raises(errors.Refused) as told,
    ):
        client.http.request("GET", WHERE, right=RIGHT)
    assert "very-secret" not in str(told.value) + told.value.detail

"""The fault proxy is what proves that faults are survived, so its faults are proved here, with real clients."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule

BODY = os.urandom(300_000)


@pytest.fixture(scope="module")
def server() -> Iterator[BenchServer]:
    with BenchServer(seconds=120) as running:
        running.create_bucket("b")
        running.put("b", "a frame.png", BODY)
        yield running


@pytest.fixture
def proxy(server: BenchServer) -> Iterator[FaultProxy]:
    before = set(threading.enumerate())
    with FaultProxy(server.url, seed=7) as running:
        yield running
    assert set(threading.enumerate()) == before


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", urlsplit(proxy.url).port, timeout=10)
    yield connection
    connection.close()


def get(client: HTTPConnection, path: str = "/b/a%20frame.png") -> tuple[int, bytes]:
    client.request("GET", path)
    answer = client.getresponse()
    return answer.status, answer.read()


def test_without_rules_everything_goes_through_and_is_seen(proxy: FaultProxy, client: HTTPConnection) -> None:
    assert get(client) == (200, BODY)
    client.request("HEAD", "/b/a%20frame.png")
    answer = client.getresponse()
    assert (answer.read(), answer.getheader("Content-Length")) == (b"", str(len(BODY)))
    client.request("PUT", "/b/new", b"x" * 100_000)
    assert client.getresponse().read() == b""
    assert [(one.method, one.path, one.status, one.bytes) for one in proxy.seen] == [
        ("GET", "/b/a%20frame.png", 200, len(BODY)),
        ("HEAD", "/b/a%20frame.png", 200, 0),
        ("PUT", "/b/new", 200, 0),
    ]
    assert proxy.count("GET") == 1 and proxy.count(path="*/a frame.png") == 2


def test_flip_changes_one_byte_and_nothing_else(proxy: FaultProxy, client: HTTPConnection) -> None:
    proxy.rules.append(Rule(Fault.FLIP, path="*/a frame.png", method="GET", times=1))
    status, spoiled = get(client)
    assert (status, len(spoiled)) == (200, len(BODY))
    assert sum(one != other for one, other in zip(spoiled, BODY, strict=True)) == 1
    assert get(client) == (200, BODY)
    assert [one.fault for one in proxy.seen] == [Fault.FLIP, None]


def test_flip_request_changes_one_byte_of_what_the_server_gets(
    server: BenchServer, proxy: FaultProxy, client: HTTPConnection
) -> None:
    proxy.rules.append(Rule(Fault.FLIP_REQUEST, method="PUT", times=1, at=3))
    client.request("PUT", "/b/sent", b"arrived")
    assert client.getresponse().read() == b""
    assert server.get("b", "sent") == b"arrhved"
    client.request("PUT", "/b/sent", b"arrived")
    assert client.getresponse().read() == b""
    assert server.get("b", "sent") == b"arrived"
    assert [one.fault for one in proxy.seen] == [Fault.FLIP_REQUEST, None]


def test_waiting_for_requests_ends_when_they_were_seen(proxy: FaultProxy, client: HTTPConnection) -> None:
    assert not proxy.wait_until_seen(1, timeout_s=0.01)
    asking = threading.Thread(target=get, args=(client,))
    asking.start()
    assert proxy.wait_until_seen(1, timeout_s=10)
    asking.join()


def test_cut_ends_body_and_connection(proxy: FaultProxy, client: HTTPConnection) -> None:
    proxy.rules.append(Rule(Fault.CUT, times=1, after=1000))
    with pytest.raises(IncompleteRead) as cut:
        get(client)
    assert cut.value.partial == BODY[:1000]
    client.close()
    assert get(client) == (200, BODY)


def test_reset_never_reaches_the_server(server: BenchServer, proxy: FaultProxy, client: HTTPConnection) -> None:
    server.counts()
    proxy.rules.append(Rule(Fault.RESET, times=1))
    with pytest.raises(ConnectionResetError):
        get(client)
    assert server.counts().requests == 0
    assert (proxy.seen[0].status, proxy.seen[0].fault) == (None, Fault.RESET)


def test_status_answers_in_the_servers_place(server: BenchServer, proxy: FaultProxy, client: HTTPConnection) -> None:
    server.counts()
    proxy.rules.append(Rule(Fault.STATUS, times=2))
    status, body = get(client)
    assert status == 503 and b"<Code>SlowDown</Code>" in body
    assert get(client)[0] == 503
    assert server.counts().requests == 0
    assert get(client) == (200, BODY)


def test_a_lost_answer_is_a_request_that_was_done(
    server: BenchServer, proxy: FaultProxy, client: HTTPConnection
) -> None:
    proxy.rules.append(Rule(Fault.LOST_ANSWER, method="PUT", times=1))
    client.request("PUT", "/b/lost", b"arrived")
    with pytest.raises(RemoteDisconnected):
        client.getresponse()
    assert server.get("b", "lost") == b"arrived"


def test_delay_holds_a_request_back(proxy: FaultProxy, client: HTTPConnection) -> None:
    proxy.rules.append(Rule(Fault.DELAY, seconds=0.2, times=1))
    began = time.perf_counter()
    assert get(client) == (200, BODY)
    assert time.perf_counter() - began >= 0.2


def test_silence_sends_a_beginning_and_nothing_more(proxy: FaultProxy, client: HTTPConnection) -> None:
    proxy.rules += [Rule(Fault.SILENCE, times=1, after=1000), Rule(Fault.SILENCE, times=1, after=-5)]
    client.timeout = 0.2
    client.request("GET", "/b/a%20frame.png")
    answer = client.getresponse()
    assert answer.read(1000) == BODY[:1000]
    with pytest.raises(TimeoutError):
        answer.read(1)
    client.close()
    client.request("GET", "/b/a%20frame.png")
    with pytest.raises(TimeoutError):
        client.getresponse()


def test_drip_sends_a_byte_now_and_then_to_the_end(proxy: FaultProxy, client: HTTPConnection) -> None:
    proxy.rules.append(Rule(Fault.DRIP, times=1, after=len(BODY) - 4, seconds=0.05))
    began = time.perf_counter()
    assert get(client) == (200, BODY)
    assert time.perf_counter() - began >= 0.2


def test_the_same_seed_makes_the_same_faults(server: BenchServer) -> None:
    def faults(seed: int) -> list[Fault | None]:
        with FaultProxy(server.url, seed=seed) as proxy:
            proxy.rules.append(Rule(Fault.STATUS, probability=0.2))
            client = HTTPConnection("127.0.0.1", urlsplit(proxy.url).port, timeout=10)
            for _ in range(50):
                get(client)
            client.close()
            return [one.fault for one in proxy.seen]

    first = faults(1)
    assert first == faults(1) != faults(2)
    assert 3 <= first.count(Fault.STATUS) <= 20


def test_a_pattern_may_name_the_query(proxy: FaultProxy, client: HTTPConnection) -> None:
    proxy.rules.append(Rule(Fault.STATUS, path="/b?list-type=2*"))
    assert get(client, "/b?list-type=2&prefix=x")[0] == 503
    assert get(client)[0] == 200


def test_signed_uploads_survive_the_way_and_the_faults(server: BenchServer, proxy: FaultProxy) -> None:
    s3: Any = boto3.client(
        "s3",
        endpoint_url=proxy.url,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=Config(retries={"total_max_attempts": 3}),
    )
    proxy.rules.append(Rule(Fault.STATUS, method="PUT", times=1))
    s3.put_object(Bucket="b", Key="sent", Body=BODY, ContentType="image/png")
    assert s3.get_object(Bucket="b", Key="sent", ChecksumMode="ENABLED")["Body"].read() == BODY
    assert [one.status for one in proxy.seen] == [503, 200, 200]
    assert server.get("b", "sent") == BODY
    s3.close()


def test_leaving_with_open_connections_leaves_nothing_behind(server: BenchServer) -> None:
    with FaultProxy(server.url) as proxy:
        proxy.rules.append(Rule(Fault.DELAY, seconds=60))
        client = HTTPConnection("127.0.0.1", urlsplit(proxy.url).port, timeout=10)
        client.request("GET", "/b/a%20frame.png")
        idle = HTTPConnection("127.0.0.1", urlsplit(proxy.url).port, timeout=10)
        idle.connect()
    with pytest.raises(ConnectionResetError):
        client.getresponse()
    client.close()
    idle.close()

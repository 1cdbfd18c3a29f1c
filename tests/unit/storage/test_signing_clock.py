"""On a computer whose clock is wrong, each way of sending signs by the server's, against one that checks signatures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from launcher import errors
from launcher.storage.credentials import Credentials, Keys
from launcher.storage.endpoint import Endpoint
from launcher.storage.exchange import Exchange
from launcher.storage.http import SignedHttp
from launcher.storage.messages import Request
from launcher.storage.multipart import client
from launcher.storage.seaweed import SeaweedFS
from launcher.storage.signing_clock import SigningClock
from launcher.storage.uri import S3Uri
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule

WHERE = S3Uri("signing-clock")
NOON = 1_767_268_800.0
NOON_IN_WORDS = "Thu, 01 Jan 2026 12:00:00 GMT"


@pytest.fixture
def proxy(cloud: SeaweedFS) -> Iterator[FaultProxy]:
    """On the way to the server: it refuses whoever is five minutes off its clock, and the server who is fifteen off."""
    with FaultProxy(cloud.url) as running:
        yield running


@pytest.fixture
def credentials(cloud: SeaweedFS) -> Credentials:
    return Credentials(lambda: Keys(cloud.keys.access, cloud.keys.secret, ""))


@pytest.fixture
def http(proxy: FaultProxy, credentials: Credentials) -> Iterator[SignedHttp]:
    made = SignedHttp(Endpoint(proxy.url), credentials)
    made.request("PUT", WHERE, right="s3:CreateBucket", allowed=frozenset({409}))
    yield made
    made.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_single_request_is_repeated_by_the_servers_clock_and_the_next_ones_are_dated_by_it(
    http: SignedHttp, proxy: FaultProxy, method: str
) -> None:
    proxy.rules.append(Rule(Fault.STRICT_CLOCK, seconds=600))
    for _ in range(3):
        assert http.request(method, WHERE, right="s3:ListBucket").status == 200
    refused = [one.status for one in proxy.seen if one.status == 403]
    assert len(refused) == (2 if method == "HEAD" else 1), "HEAD cannot hear why, so GET is asked once"


def test_many_at_once_are_dated_by_what_the_first_one_learned(
    http: SignedHttp, proxy: FaultProxy, credentials: Credentials
) -> None:
    proxy.rules.append(Rule(Fault.STRICT_CLOCK, seconds=-600))
    exchange = Exchange(http, credentials)
    assert exchange.once(Request("first", "GET", WHERE, {}, 0)).status == 403
    http.request("HEAD", WHERE, right="s3:ListBucket")
    with closing(exchange.answers(Request(job, "GET", WHERE, {}, 0) for job in range(20))) as replies:
        assert {reply.job: reply.status for reply in replies if reply} == dict.fromkeys(range(20), 200)


@pytest.mark.usefixtures("http")
def test_so_are_those_by_boto3_which_also_learn_it_themselves(proxy: FaultProxy, credentials: Credentials) -> None:
    clock = SigningClock()
    with closing(client(Endpoint(proxy.url), credentials, clock=clock)) as s3:
        proxy.rules.append(Rule(Fault.STRICT_CLOCK, seconds=600))
        upload = s3.create_multipart_upload(Bucket=WHERE.bucket, Key="large")["UploadId"]
        assert clock.correction_s == pytest.approx(600, abs=30)
        s3.abort_multipart_upload(Bucket=WHERE.bucket, Key="large", UploadId=upload)
    assert [one.status for one in proxy.seen if one.status == 403] == [403]


@pytest.mark.parametrize("later", [0, -600])
def test_a_clock_that_is_set_meanwhile_is_followed(http: SignedHttp, proxy: FaultProxy, later: int) -> None:
    rule = Rule(Fault.STRICT_CLOCK, seconds=600)
    proxy.rules.append(rule)
    http.request("GET", WHERE, right="s3:ListBucket")
    rule.seconds = later
    assert http.request("GET", WHERE, right="s3:ListBucket").status == 200


def test_a_date_that_nobody_acts_on_changes_nothing(http: SignedHttp, proxy: FaultProxy) -> None:
    """Something on the way says a wrong date, and the server itself finds ours right."""
    proxy.rules.append(Rule(Fault.CLOCK, seconds=5 * 3600))
    for _ in range(3):
        http.request("GET", WHERE, right="s3:ListBucket")
    assert http.signing_clock.correction_s == 0.0


def test_one_who_refuses_what_is_dated_as_he_says_is_not_asked_for_ever(http: SignedHttp, proxy: FaultProxy) -> None:
    proxy.rules.append(Rule(Fault.REFUSED, status=403, code="RequestTimeTooSkewed"))
    begun = len(proxy.seen)
    with pytest.raises(errors.Refused, match="clock of this computer is wrong"):
        http.request("GET", WHERE, right="s3:ListBucket")
    assert len(proxy.seen) - begun == 1


@pytest.mark.parametrize("date", [None, "", "soon", "Thu, 99 Jan 2026 12:00:00 GMT"])
def test_from_a_refusal_without_a_time_nothing_is_learned(date: str | None) -> None:
    clock = SigningClock(lambda: NOON)
    assert not clock.was_refused(date, 0.0)
    assert clock.moment() == "20260101T120000Z"


def test_whoever_was_refused_at_the_same_time_tries_again_too() -> None:
    clock = SigningClock(lambda: NOON - 7200)
    assert [clock.was_refused(NOON_IN_WORDS, 0.0) for _ in range(2)] == [True, True]
    assert clock.moment() == "20260101T120000Z"
    assert not clock.was_refused(NOON_IN_WORDS, clock.correction_s)

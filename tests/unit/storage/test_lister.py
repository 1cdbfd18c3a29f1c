"""Everything below a prefix, listed in parallel."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from itertools import count

import pytest

from launcher import errors
from launcher.storage.listing import KEYS_A_PAGE, PAGE_BYTES, Lister
from launcher.storage.uri import S3Uri
from tests.bench.server_process import BenchServer
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.unit.storage.clients import Client, client_at
from tests.unit.storage.scripted import Asked, Reply, error, scripted

KEYS = [
    "top.txt", "a/1", "a/2", "a/deep/er/3", "b/", "b/4", "ü ä/5+6%.slp", "a b/7", "c//8", "d/\x01odd", "zz/../9",
]  # fmt: skip


def all_keys(lister: Lister, where: S3Uri) -> list[str]:
    return [item.key for page in lister.everything(where) for item in page.objects]


@pytest.mark.parametrize("keys_a_page", [2, KEYS_A_PAGE], ids=["many pages", "one page"])
def test_every_key_comes_exactly_once(bench: BenchServer, client: Client, bucket: S3Uri, keys_a_page: int) -> None:
    for key in KEYS:
        bench.put(bucket.bucket, key, b"x")
    assert Counter(all_keys(Lister(client.http, keys_a_page), bucket)) == Counter(KEYS)


def test_a_small_place_is_one_wait(client: Client, bench: BenchServer, bucket: S3Uri) -> None:
    for key in ("a/1", "b/2", "3"):
        bench.put(bucket.bucket, key, b"x")
    bench.counts()
    assert sorted(all_keys(Lister(client.http), bucket)) == ["3", "a/1", "b/2"]
    assert bench.counts().operations == {"ListObjectsV2": 2}, "all of it, and its first level in case it were large"


def test_only_what_is_below_the_prefix(bench: BenchServer, client: Client, bucket: S3Uri) -> None:
    for key in ("a/1", "a/b/2", "ab/3", "4"):
        bench.put(bucket.bucket, key, b"x")
    assert sorted(all_keys(Lister(client.http), bucket.child("a/"))) == ["a/1", "a/b/2"]
    assert all_keys(Lister(client.http), bucket.child("nothing/")) == []


def test_a_lone_folder_in_a_lone_folder_is_walked_down(bench: BenchServer, client: Client, bucket: S3Uri) -> None:
    keys = [f"lab/2026/mouse/{name}/{number}" for name in "abc" for number in range(3)]
    for key in keys:
        bench.put(bucket.bucket, key, b"x")
    assert sorted(all_keys(Lister(client.http, 4), bucket)) == keys


def test_many_pages_come_one_after_the_other(bench: BenchServer, client: Client, bucket: S3Uri) -> None:
    keys = [f"many/{number:04}" for number in range(2300)]
    for key in keys:
        bench.put(bucket.bucket, key, b"")
    pages = list(Lister(client.http).level(bucket.child("many/")))
    assert [len(page.objects) for page in pages] == [1000, 1000, 300]
    assert sorted(all_keys(Lister(client.http), bucket)) == keys


def test_one_level_shows_folders_and_files(bench: BenchServer, client: Client, bucket: S3Uri) -> None:
    for key in ("a/1", "a/2", "b/3", "4"):
        bench.put(bucket.bucket, key, b"x")
    (page,) = Lister(client.http).level(bucket)
    assert (sorted(page.prefixes), [item.key for item in page.objects]) == (["a/", "b/"], ["4"])


def test_an_error_on_any_page_is_the_error_of_the_whole(
    bench: BenchServer, faulty: Client, proxy: FaultProxy, bucket: S3Uri
) -> None:
    for key in ("a/1", "b/2", "c/3"):
        bench.put(bucket.bucket, key, b"x")
    proxy.rules.append(Rule(Fault.STATUS, path="*prefix=b/*", status=503))
    with pytest.raises(errors.Unreachable):
        all_keys(Lister(faulty.http, 2), bucket)


def test_a_page_that_breaks_off_once_is_asked_for_again(
    bench: BenchServer, faulty: Client, proxy: FaultProxy, bucket: S3Uri
) -> None:
    for key in ("a/1", "b/2", "c/3"):
        bench.put(bucket.bucket, key, b"x")
    proxy.rules.append(Rule(Fault.CUT, path="*prefix=b/*", times=1, after=60))
    assert sorted(all_keys(Lister(faulty.http, 2), bucket)) == ["a/1", "b/2", "c/3"]


def test_a_missing_bucket_is_named(client: Client) -> None:
    with pytest.raises(errors.NotFound, match="This bucket does not exist"):
        all_keys(Lister(client.http), S3Uri("no-such-bucket"))


def test_a_right_that_is_missing_is_named() -> None:
    with scripted(lambda _: error(403, "AccessDenied")) as server, client_at(server.url) as client:
        with pytest.raises(errors.Refused, match=r"s3:ListBucket"):
            all_keys(Lister(client.http), S3Uri("lab-data"))
        assert len(server.asked) == 2, "a refusal is not asked again"


def result(inside: str) -> Reply:
    return Reply(200, f"<ListBucketResult>{inside}</ListBucketResult>".encode())


def test_a_listing_that_repeats_itself_is_refused() -> None:
    with scripted(lambda _: result(MORE)) as server, client_at(server.url) as client:
        with pytest.raises(errors.Unreachable, match="does not end"):
            list(Lister(client.http).level(S3Uri("lab-data")))
        assert len(server.asked) <= 3


def test_one_that_repeats_itself_under_fresh_tokens_is_refused_too() -> None:
    """As of a server that does not know tokens, and begins at the beginning each time."""
    tokens = count()

    def script(_: Asked) -> Reply:
        return result(MORE.replace("more<", f"{next(tokens)}<") + "<Contents><Key>a</Key><Size>1</Size></Contents>")

    with scripted(script) as server, client_at(server.url) as client:
        with pytest.raises(errors.Unreachable, match="does not end"):
            list(Lister(client.http).level(S3Uri("lab-data")))
        assert len(server.asked) <= 3


def test_empty_pages_before_the_last_are_none_that_repeat_themselves() -> None:
    """S3 may pass over many deleted objects page by page."""
    tokens = count()

    def script(_: Asked) -> Reply:
        if (number := next(tokens)) < 5:
            return result(MORE.replace("more<", f"{number}<"))
        return result("<Contents><Key>a</Key><Size>1</Size></Contents>")

    with scripted(script) as server, client_at(server.url) as client:
        pages = list(Lister(client.http).level(S3Uri("lab-data")))
        assert [item.key for page in pages for item in page.objects] == ["a"]


@pytest.mark.parametrize("headers", [{}, {"Transfer-Encoding": "chunked", "Content-Length": ""}], ids=["told", "not"])
def test_a_page_that_is_larger_than_any_is_not_read_to_its_end(headers: dict[str, str]) -> None:
    body = result("<Contents><Key>a</Key><Size>1</Size></Contents>" * (PAGE_BYTES // 40)).body
    if headers:
        body = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    with scripted(lambda _: Reply(200, body, headers)) as server, client_at(server.url) as client:
        tracemalloc.start()
        try:
            with pytest.raises(errors.Unreachable, match="listing cannot be read"):
                Lister(client.http).page(S3Uri("lab-data"))
            assert tracemalloc.get_traced_memory()[1] < 8 * PAGE_BYTES
        finally:
            tracemalloc.stop()


def test_the_longest_names_fit_on_a_page() -> None:
    name = "%C3%BC" * 512
    entry = (
        f"<Contents><Key>{name}</Key><LastModified>2026-01-31T14:05:00.000Z</LastModified><ETag>&quot;{'f' * 32}-1000"
        "&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><Size>5000000000</Size><Owner><ID>"
        f"{'f' * 64}</ID><DisplayName>a person</DisplayName></Owner><StorageClass>INTELLIGENT_TIERING</StorageClass>"
        "</Contents>"
    )
    body = result("<EncodingType>url</EncodingType>" + entry * KEYS_A_PAGE)
    assert len(body.body) < PAGE_BYTES / 2
    with scripted(lambda _: body) as server, client_at(server.url) as client:
        assert len(Lister(client.http).page(S3Uri("lab-data")).objects) == KEYS_A_PAGE


MORE = "<IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>"


def is_of_all(asked: Asked) -> bool:
    """The request for everything at once, which a large place answers with a first page of many."""
    return "delimiter" not in asked.query and not asked.query["prefix"]


def test_a_folder_that_contains_itself_is_left() -> None:
    """Some gateways list a prefix below itself."""

    def script(asked: Asked) -> Reply:
        if is_of_all(asked):
            return result(MORE)
        if "delimiter" in asked.query:
            return result("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>")
        return result("<Contents><Key>a/1</Key><Size>1</Size></Contents>")

    with scripted(script) as server, client_at(server.url) as client:
        assert all_keys(Lister(client.http), S3Uri("lab-data")) == ["a/1"]


def test_a_folder_that_is_named_on_two_pages_is_listed_once() -> None:
    def script(asked: Asked) -> Reply:
        if is_of_all(asked):
            return result(MORE)
        if "delimiter" not in asked.query:
            return result(f"<Contents><Key>{asked.query['prefix']}1</Key><Size>1</Size></Contents>")
        folder = "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"
        if "continuation-token" in asked.query:
            return result(folder + "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>")
        return result(folder + "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>")

    with scripted(script) as server, client_at(server.url) as client:
        assert sorted(all_keys(Lister(client.http), S3Uri("lab-data"))) == ["a/1", "b/1"]


def test_no_order_is_assumed() -> None:
    keys = [f"k{number}" for number in range(50)]
    random.Random(1).shuffle(keys)

    def script(asked: Asked) -> Reply:
        start = int(asked.query.get("continuation-token", "0"))
        rows = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys[start : start + 7])
        more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{start + 7}</NextContinuationToken>"
        return result(rows + (more if start + 7 < len(keys) else ""))

    with scripted(script) as server, client_at(server.url) as client:
        assert sorted(all_keys(Lister(client.http), S3Uri("lab-data"))) == sorted(keys)

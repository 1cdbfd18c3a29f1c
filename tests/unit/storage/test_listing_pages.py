"""One page of a listing, as servers write it."""

from __future__ import annotations

import pytest

from launcher import errors
from launcher.storage.listing import parse_page

NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def page(inside: str, namespace: str = NAMESPACE) -> bytes:
    return f'<?xml version="1.0"?><ListBucketResult{namespace}>{inside}</ListBucketResult>'.encode()


def contents(key: str, size: str = "3") -> str:
    return (
        f"<Contents><Key>{key}</Key><LastModified>2026-01-31T14:05:00.000Z</LastModified>"
        f"<ETag>&quot;abc&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )


@pytest.mark.parametrize("namespace", [NAMESPACE, ""])
def test_an_object_is_read_with_all_that_is_known_of_it(namespace: str) -> None:
    (item,) = parse_page(page(contents("a/b.slp"), namespace)).objects
    assert (item.key, item.size, item.modified, item.etag) == ("a/b.slp", 3, "2026-01-31T14:05:00.000Z", '"abc"')


def test_names_are_decoded_only_where_the_server_says_that_it_encoded_them() -> None:
    name = "a+b%20c/%C3%BC%01.slp"
    prefix = f"<CommonPrefixes><Prefix>{name}/</Prefix></CommonPrefixes>"
    encoded = parse_page(page("<EncodingType>url</EncodingType>" + contents(name) + prefix))
    assert encoded.objects[0].key == "a b c/ü\x01.slp"
    assert encoded.prefixes == ("a b c/ü\x01.slp/",)
    plain = parse_page(page(contents(name) + prefix))
    assert plain.objects[0].key == name
    assert plain.prefixes == (f"{name}/",)


def test_entries_may_come_in_any_order_and_mixed() -> None:
    prefix = "<CommonPrefixes><Prefix>{}/</Prefix></CommonPrefixes>"
    found = parse_page(page(contents("z") + prefix.format("m") + contents("a") + prefix.format("b")))
    assert [item.key for item in found.objects] == ["z", "a"]
    assert found.prefixes == ("m/", "b/")
    assert found.next_token is None


def test_an_archived_object_is_known_as_such() -> None:
    glacier = contents("a").replace("STANDARD", "DEEP_ARCHIVE")
    assert parse_page(page(glacier)).objects[0].is_archived
    assert not parse_page(page(contents("a"))).objects[0].is_archived


def test_more_to_come_is_told_with_its_token() -> None:
    more = "<IsTruncated>true</IsTruncated><NextContinuationToken>t 1+/=</NextContinuationToken>"
    assert parse_page(page(more)).next_token == "t 1+/="
    last = "<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
    assert parse_page(page(last)).next_token is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<ListBucketResult><Contents>",
        b"not XML at all",
        b"<html><body>Sign in to the hotel's network</body></html>",
        b"<Error><Code>SlowDown</Code></Error>",
        page(contents("a", size="many")),
        page(contents("a", size="-1")),
        page("<Contents><Size>3</Size></Contents>"),
        page("<IsTruncated>true</IsTruncated>" + contents("a")),
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "' + b"&a;" * 5000 + b'"><!ENTITY c "' + b"&b;" * 5000
        + b'">]><ListBucketResult><Contents><Key>&c;</Key></Contents></ListBucketResult>',
    ],
    ids=["empty", "cut", "text", "html", "error", "bad-size", "negative-size", "no-key", "more-without-token", "bomb"],
)  # fmt: skip
def test_half_a_listing_is_none(body: bytes) -> None:
    """A page that is not whole must never look like a short listing: later steps would believe that files are gone."""
    with pytest.raises(errors.Unreachable, match="listing cannot be read"):
        parse_page(body)


def test_what_says_nothing_at_all_is_no_empty_place() -> None:
    """Of a place in which nothing is S3 says that this is all; what makes answers up hid every project behind one."""
    with pytest.raises(errors.Unreachable, match="cannot be read"):
        parse_page(b'<!DOCTYPE l [<!ENTITY a "x">]><ListBucketResult><Name>&a;&a;</Name></ListBucketResult>')
    assert parse_page(b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>").objects == ()

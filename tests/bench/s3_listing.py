"""ListObjectsV2 as S3 answers it: byte order, common prefixes, pages, and the encoding of odd keys."""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from tests.bench.s3_store import Bucket, Stored
from tests.bench.s3_values import NAMESPACE, Answer, Request, S3Error, xml_answer, xml_text

PLAIN = re.compile(r"[A-Za-z0-9/_.*-]*")
PAGE = 1000


def url_text(text: str) -> str:
    """`encoding-type=url` as S3 does it: a space is "+", a slash and a star stay, a tilde does not."""
    return text if PLAIN.fullmatch(text) else quote_plus(text, safe="/*").replace("~", "%7E")


@dataclass(slots=True)
class Page:
    """One page of a listing; `token` goes on after its last entry."""

    keys: list[str] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    token: str | None = None

    @property
    def count(self) -> int:
        return len(self.keys) + len(self.prefixes)


def list_objects_v2(bucket: Bucket, request: Request) -> Answer:
    """One page of a bucket's keys."""
    limit = min(int(request.query.get("max-keys", PAGE)), PAGE)
    page = _page(
        bucket.keys(),
        request.query.get("prefix", ""),
        request.query.get("delimiter", ""),
        limit,
        _start(bucket.keys(), request),
    )
    return xml_answer("".join(_document(bucket, request, page, limit)))


def _start(keys: list[str], request: Request) -> int:
    """Where the page begins, from the token of the page before or from `start-after`."""
    if token := request.query.get("continuation-token"):
        kind, last = _read_token(token)
        return _after_prefix(keys, last, 0) if kind == "p" else bisect_right(keys, last)
    return bisect_right(keys, request.query.get("start-after", ""))


def _page(keys: list[str], prefix: str, delimiter: str, limit: int, start: int) -> Page:
    page = Page()
    at, last = max(start, bisect_left(keys, prefix)), ""
    while at < len(keys) and keys[at].startswith(prefix):
        if page.count == limit:
            page.token = urlsafe_b64encode(last.encode()).decode() if limit else None
            break
        if common := _common_prefix(keys[at], prefix, delimiter):
            page.prefixes.append(common)
            at, last = _after_prefix(keys, common, at), "p" + common
        else:
            page.keys.append(keys[at])
            at, last = at + 1, "k" + keys[at]
    return page


def _common_prefix(key: str, prefix: str, delimiter: str) -> str:
    end = key.find(delimiter, len(prefix)) if delimiter else -1
    return key[: end + len(delimiter)] if end >= 0 else ""


def _after_prefix(keys: list[str], prefix: str, start: int) -> int:
    return bisect_right(keys, prefix, start, key=lambda key: key[: len(prefix)])


def _read_token(token: str) -> tuple[str, str]:
    try:
        text = urlsafe_b64decode(token).decode()
    except ValueError:
        raise S3Error(400, "InvalidArgument", "The continuation token provided is incorrect") from None
    return text[:1], text[1:]


def _document(bucket: Bucket, request: Request, page: Page, limit: int) -> Iterator[str]:
    is_url = request.query.get("encoding-type") == "url"
    text = url_text if is_url else xml_text
    yield f"<ListBucketResult {NAMESPACE}><Name>{request.bucket}</Name>"
    for tag, name in (("Prefix", "prefix"), ("Delimiter", "delimiter"), ("StartAfter", "start-after")):
        if name in request.query or name == "prefix":
            yield f"<{tag}>{text(request.query.get(name, ''))}</{tag}>"
    yield "<EncodingType>url</EncodingType>" if is_url else ""
    yield f"<KeyCount>{page.count}</KeyCount><MaxKeys>{limit}</MaxKeys>"
    yield f"<IsTruncated>{'true' if page.token else 'false'}</IsTruncated>"
    yield f"<NextContinuationToken>{page.token}</NextContinuationToken>" if page.token else ""
    for key in page.keys:
        yield _contents(key, bucket.objects[key], text)
    for common in page.prefixes:
        yield f"<CommonPrefixes><Prefix>{text(common)}</Prefix></CommonPrefixes>"
    yield "</ListBucketResult>"


def _contents(key: str, stored: Stored, text: Callable[[str], str]) -> str:
    return (
        f"<Contents><Key>{text(key)}</Key><LastModified>{iso_time(stored.modified)}</LastModified>"
        f"<ETag>&quot;{stored.etag[1:-1]}&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>"
        f"<ChecksumType>FULL_OBJECT</ChecksumType><Size>{len(stored.body)}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
    )


def iso_time(seconds: float) -> str:
    """A time as S3's XML writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))

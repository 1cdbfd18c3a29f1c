"""Can each place be reached, listed, read and, where it should be, written? Does the server keep its word?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk.checks.check import Question
from launcher.saving import strength
from launcher.session import survival
from launcher.storage.objects import ObjectRef
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.config.site import Bucket
    from launcher.desk.desk import Desk

_NO_SUCH_VERSION = '"00000000000000000000000000000000"'
_ONE_ASKS = threading.Lock()
_WRITE_RIGHT = "s3:PutObject"


def places(desk: Desk) -> Iterator[Question]:
    """One question for each place in S3."""
    yield Question("place Home", lambda: _readable(desk, desk.home))
    for bucket in desk.site.bucket:
        yield Question(f"place {bucket.name}", partial(_bucket, desk, bucket))


def _bucket(desk: Desk, bucket: Bucket) -> str:
    where = S3Uri.parse(bucket.uri)
    words = _readable(desk, where)
    if bucket.access == "writable":
        _writable(desk, where)
        words = f"{words}, writable"
    return f"{words}; {survival.of_bucket(bucket.access)}"


def _readable(desk: Desk, where: S3Uri) -> str:
    """Listed, and a byte of the first object read: either right may be missing alone."""
    page = desk.store.lister.page(where, delimiter="", size=20)
    sizes = [one for one in page.objects if one.size]
    if not sizes:
        return "reachable and listable, nothing in it yet"
    first = sizes[0]
    ref = ObjectRef(S3Uri(where.bucket, first.key), first.size, first.etag)
    try:
        desk.store.objects.read_range(ref, 0, 1)
    except errors.ChangedMeanwhile:
        return "reachable and listable, and changing at this moment"
    return "reachable, listable and readable"


def _writable(desk: Desk, where: S3Uri) -> None:
    """Asked without writing: a version that does not exist cannot be replaced, but who may not write hears that."""
    if _weaknesses(desk):
        return  # such a server might write all the same
    target = where.child(".pose-launcher-write-check")
    desk.store.http.request(
        "PUT",
        target,
        right=_WRITE_RIGHT,
        headers={"If-Match": _NO_SUCH_VERSION},
        body=b"",
        allowed=frozenset({404, 409, 412}),
    )


def server(desk: Desk) -> str:
    """Strong enough for what we promise."""
    weak = _weaknesses(desk)
    if weak:
        raise errors.WeakServer("; ".join(weak))
    return "a wrong checksum and an unseen version are refused, and we may write to the home prefix"


def _weaknesses(desk: Desk) -> list[str]:
    """Two that ask at the same time would take each other for another session."""
    with _ONE_ASKS:
        return strength.weaknesses(desk.store, desk.journal, desk.home, desk.session_id)

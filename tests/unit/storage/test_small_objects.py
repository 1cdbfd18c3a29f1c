"""A small object that is damaged on its way here is asked for once more."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import cast

import pytest

from launcher import errors
from launcher.storage.answers import Answer
from launcher.storage.http import SignedHttp
from launcher.storage.listing import Lister
from launcher.storage.objects import ObjectRef, Objects
from launcher.storage.uri import S3Uri

WHERE = S3Uri.parse("s3://lab/list.json")
LIST = b'{"files": {}}'
EMPTY = f'"{hashlib.md5(b"", usedforsecurity=False).hexdigest()}"'
ETAG = f'"{hashlib.md5(LIST, usedforsecurity=False).hexdigest()}"'


class Way:
    """Answers with one body after another."""

    def __init__(self, *bodies: bytes) -> None:
        self._bodies = list(bodies)

    def request(self, *_: object, **__: object) -> Answer:
        body = self._bodies.pop(0)
        return Answer(200, {"etag": ETAG, "content-length": str(len(body))}, body)


class OtherWay:
    """Answers with one head after another, and no body."""

    def __init__(self, *etags: str) -> None:
        self._etags = list(etags)

    def request(self, *_: object, **__: object) -> Answer:
        return Answer(200, {"etag": self._etags.pop(0), "content-length": "0"}, b"")


def read(*bodies: bytes) -> bytes:
    found = Objects(cast(SignedHttp, Way(*bodies))).read_small(WHERE, 1000)
    assert found is not None
    return found[0]


def test_what_is_damaged_once_is_asked_for_again() -> None:
    assert read(b'{"files": {x', LIST) == LIST


def test_what_always_arrives_damaged_is_said() -> None:
    with pytest.raises(errors.Unreachable, match="damaged on its way"):
        read(b"{", b"{")


@pytest.mark.parametrize("ask", [Objects.head, lambda objects, where: objects.read_small(where, 1000)])
def test_what_is_not_the_storage_servers_answer_is_asked_for_once_more(ask: Callable[[Objects, S3Uri], object]) -> None:
    assert ask(Objects(cast(SignedHttp, OtherWay("", EMPTY))), WHERE) is not None
    with pytest.raises(errors.Unreachable, match="not the storage server"):
        ask(Objects(cast(SignedHttp, OtherWay("", ""))), WHERE)


def test_half_of_a_range_is_asked_for_once_more() -> None:
    ref = ObjectRef(WHERE, len(LIST), ETAG)
    assert Objects(cast(SignedHttp, Way(b"", LIST))).read_range(ref, 0, 1000) == LIST
    with pytest.raises(errors.Unreachable, match="less than it promised"):
        Objects(cast(SignedHttp, Way(b"", LIST[:-1]))).read_range(ref, 0, 1000)


def test_what_is_no_listing_is_asked_for_once_more() -> None:
    page = b"<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>"
    (found,) = Lister(cast(SignedHttp, Way(b"", page))).page(WHERE).objects
    assert found.key == "a"
    with pytest.raises(errors.Unreachable, match="listing cannot be read"):
        Lister(cast(SignedHttp, Way(b"", b"<html/>"))).page(WHERE)

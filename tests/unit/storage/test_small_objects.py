"""A small object that is damaged on its way here is asked for once more."""

from __future__ import annotations

import hashlib
from typing import cast

import pytest

from launcher import errors
from launcher.storage.http import Answer, SignedHttp
from launcher.storage.objects import Objects
from launcher.storage.uri import S3Uri

WHERE = S3Uri.parse("s3://lab/list.json")
LIST = b'{"files": {}}'
ETAG = f'"{hashlib.md5(LIST, usedforsecurity=False).hexdigest()}"'


class Way:
    """Answers with one body after another."""

    def __init__(self, *bodies: bytes) -> None:
        self._bodies = list(bodies)

    def request(self, *_: object, **__: object) -> Answer:
        body = self._bodies.pop(0)
        return Answer(200, {"etag": ETAG, "content-length": str(len(body))}, body)


def read(*bodies: bytes) -> bytes:
    found = Objects(cast(SignedHttp, Way(*bodies))).read_small(WHERE, 1000)
    assert found is not None
    return found[0]


def test_what_is_damaged_once_is_asked_for_again() -> None:
    assert read(b'{"files": {x', LIST) == LIST


def test_what_always_arrives_damaged_is_said() -> None:
    with pytest.raises(errors.Unreachable, match="damaged on its way"):
        read(b"{", b"{")

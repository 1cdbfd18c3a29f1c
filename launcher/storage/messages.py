"""One of many small requests, and what came back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from launcher.storage.uri import S3Uri

Job = TypeVar("Job")

OK = 200
_NOTHING: Mapping[str, str] = MappingProxyType({})
_ODD = re.compile(r"[\x00-\x1f\x7f\\]|(^|/)\.{0,2}(/|$)")


def is_plain(where: S3Uri) -> bool:
    """Does this key mean the same in any address? One with dot segments or control characters goes the patient way."""
    return _ODD.search(where.key) is None


class Request(NamedTuple, Generic[Job]):
    """One request of `job`; `size` is what its bodies hold in memory while it is on its way."""

    job: Job
    method: str
    where: S3Uri
    headers: Mapping[str, str]
    size: int
    body: bytes | None = None
    query: Mapping[str, str] = _NOTHING


class Reply(NamedTuple, Generic[Job]):
    """What came back, with header names in lower case; the status is 0 where no whole answer came."""

    job: Job
    status: int = 0
    headers: Mapping[str, str] = _NOTHING
    body: bytes = b""

"""What comes back from S3: whole answers, and refusals, of which no more is read than they can have to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher import errors
from launcher.storage import failures
from launcher.storage.connections import of_the_network
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

#: More of a refusal is not read.
_REFUSAL_BYTES = 64 * 1024
#: Of a number of bytes; Python makes none of thousands of digits.
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def body_of(response: BaseHTTPResponse, where: S3Uri, at_most: int | None) -> bytes:
    """The content of an answer; of an object of more than `at_most` bytes no more is read. Raises `Damaged` then."""
    if response.status >= 300:
        return _refusal_of(response)
    if at_most is None:
        return response.read()
    size = length_in(response.headers.get("content-length", ""))
    data = response.read(at_most + 1) if size is None else response.read() if size <= at_most else None
    if data is None or len(data) > at_most:
        raise errors.Damaged(where, title="This file of ours is larger than it can be", detail=f"{size} bytes")
    return data


def length_in(told: str) -> int | None:
    """A `Content-Length`, which something on the way may have said twice; None for what is none."""
    first = told.partition(",")[0].strip()
    return int(first) if first.isascii() and first.isdecimal() and len(first) <= _MOST_DIGITS else None


def _refusal_of(response: BaseHTTPResponse) -> bytes:
    """The body of a refusal, which is a few lines; the rest of a longer one is left on the way, with its connection."""
    data = response.read(_REFUSAL_BYTES)
    if len(data) == _REFUSAL_BYTES or response.length_remaining:
        response.close()
    return data


def lower(response: BaseHTTPResponse) -> dict[str, str]:
    """The headers of an answer by lower-case name."""
    return {name.lower(): value for name, value in response.headers.items()}


def said_by(response: BaseHTTPResponse) -> failures.Said:
    """What a refusal says; nothing when its body breaks off, since the status is known all the same."""
    try:
        return failures.said_in(_refusal_of(response))
    except of_the_network(OSError):
        response.close()
        return failures.Said()
    finally:
        response.release_conn()

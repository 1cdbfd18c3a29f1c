"""Signed requests: whole answers or streams, with patient retries.

Listings and large downloads come through here rather than through boto3, which costs 2 to 5 ms of CPU a file. Many
small objects take a quicker way (`exchange.py`), and come through here when that fails.
"""

from __future__ import annotations

import contextlib
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from launcher import errors
from launcher.session.http_dates import moment_of
from launcher.session.trusted_time import TrustedTime
from launcher.storage import failures
from launcher.storage.answers import Answer, body_of, lower, said_by
from launcher.storage.connections import Connections, of_the_network, timeout
from launcher.storage.credentials import Credentials, Keys
from launcher.storage.endpoint import Endpoint, object_url
from launcher.storage.long_text import LongText
from launcher.storage.signing import signed
from launcher.storage.signing_clock import TOO_FAR_OFF, SigningClock
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

#: Between two looks at the server's clock ours only counts.
_TIME_EVERY_S = 60.0
#: Refusals whose reason an answer to HEAD cannot tell.
_UNTOLD = frozenset({400, 403})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is tried. The defaults give up within a minute, as a session may; `finish` is shorter."""

    whole_s: float = 55.0
    attempts: int = 6
    connect_s: float = 5.0
    read_s: float = 30.0
    first_pause_s: float = 0.2
    longest_pause_s: float = 4.0

    def pause(self, attempt: int) -> float:
        """Exponential back-off with full jitter."""
        longest: float = min(self.longest_pause_s, self.first_pause_s * 2.0**attempt)
        return random.uniform(0.3, 1.0) * longest  # noqa: S311


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked for; `right` is the permission that it needs, and statuses in `allowed` are no refusals."""

    method: str
    where: S3Uri
    right: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | LongText | None
    allowed: frozenset[int]

    @property
    def only_reads(self) -> bool:
        """May it be asked again without harm when its answer breaks off?"""
        return self.method in ("GET", "HEAD")

    def is_answered_by(self, status: int) -> bool:
        """Is this status an answer, rather than a refusal?"""
        return status < 300 or status in self.allowed

    def url(self, endpoint: Endpoint) -> str:
        """Where it goes."""
        return object_url(endpoint, self.where, self.query)


class SignedHttp:
    """Sends signed requests to one endpoint; safe to use from many threads."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint
        self._credentials = credentials
        self.patience = patience or Patience()
        self._sleep = sleep
        self._connections = Connections(endpoint.ca_bundle, self.patience.read_s)
        #: By the `Date` of its answers; nothing is decided by the clock of this computer.
        self.server_time = TrustedTime()
        #: Shared with the other ways to send something there.
        self.signing_clock = SigningClock()

    def close(self) -> None:
        """Let go of every connection."""
        self._connections.close()

    def request(
        self,
        method: str,
        where: S3Uri,
        *,
        right: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | LongText | None = None,
        allowed: frozenset[int] = frozenset(),
        at_most: int | None = None,
        begun: float | None = None,
    ) -> Answer:
        """One request and its whole answer. Statuses in `allowed` are returned, other refusals raise our errors.

        `begun` is when the same was asked in a quicker way (`time.monotonic`): its time counts, up to one attempt.

        What only reads is asked for again when its answer breaks off. Of an object of more than `at_most` bytes no more
        is read than that it is: raises `Damaged`.
        """
        asked = _Request(method, where, right, query or {}, headers or {}, body, allowed)
        until = self._until(begun)
        broke_off: errors.Unreachable | None = None
        for _ in self._attempts(until, self.patience.attempts if asked.only_reads else 1):
            with self._streamed(asked, until) as response:
                try:
                    content = b"" if method == "HEAD" else body_of(response, where, at_most)
                    return Answer(response.status, lower(response), content)
                except of_the_network(ConnectionError, TimeoutError) as exc:
                    response.close()
                    broke_off = _broke_off(where, exc)
        assert broke_off is not None
        raise broke_off

    def _attempts(self, until: float, most: int) -> Iterator[None]:
        """The first at once, the others after a pause each, and none of them when the time is up.

        A server that accepts and never answers, or sends a head and nothing more, would cost each its full time-out.
        """
        yield
        for attempt in range(most - 1):
            self._sleep(self.patience.pause(attempt))
            if time.monotonic() >= until:
                return
            yield

    def _until(self, begun: float | None) -> float:
        now, patience = time.monotonic(), self.patience
        return now + patience.whole_s if begun is None else max(begun + patience.whole_s, now + patience.read_s)

    def stream(
        self,
        method: str,
        where: S3Uri,
        *,
        right: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        allowed: frozenset[int] = frozenset(),
    ) -> AbstractContextManager[BaseHTTPResponse]:
        """The same with a body that is read while it comes. What fails *after* the headers is the reader's to retry."""
        asked = _Request(method, where, right, query or {}, headers or {}, body, allowed)
        return self._streamed(asked, time.monotonic() + self.patience.whole_s)

    @contextmanager
    def _streamed(self, asked: _Request, until: float) -> Iterator[BaseHTTPResponse]:
        response = self._send(asked, until)
        try:
            yield response
        except of_the_network(OSError) as exc:
            response.close()
            if _is_of_the_disk(exc):
                raise
            raise _broke_off(asked.where, exc) from exc
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()

    def _send(self, asked: _Request, until: float) -> BaseHTTPResponse:
        last: errors.LauncherError | None = None
        for number, _ in enumerate(self._attempts(until, self.patience.attempts)):
            keys, correction_s = self._credentials.current(), self.signing_clock.correction_s
            try:
                response = self._once(asked, keys, until - time.monotonic())
            except of_the_network(OSError) as exc:
                silence = self._no_answer(exc)
                if last is None or not failures.is_error_of_the_server(last):  # else it is mostly our time that was up
                    last = silence
                continue
            if asked.is_answered_by(response.status):
                return response
            last, may_pass = self._refusal(asked, response, keys, correction_s)
            if not may_pass and not (number == 0 and _is_bare(asked, response)):
                raise last
        assert last is not None
        raise last

    def _once(self, asked: _Request, keys: Keys, left_s: float) -> BaseHTTPResponse:
        """One attempt; it takes no more than what is left for all of them."""
        url, left_s = asked.url(self.endpoint), max(left_s, 0.1)
        parts = urlsplit(url)
        answer: BaseHTTPResponse = self._connections.to(parts.scheme, parts.netloc).urlopen(
            asked.method,
            parts.path + (f"?{parts.query}" if parts.query else ""),
            body=asked.body.pieces() if isinstance(asked.body, LongText) else asked.body,
            headers=signed(asked.method, url, asked.headers, keys, self.endpoint.region, self.signing_clock.moment()),
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
            timeout=timeout(min(self.patience.connect_s, left_s), min(self.patience.read_s, left_s)),
        )
        self.note_time(answer.headers.get("date"))
        return answer

    def note_time(self, date: str | None) -> None:
        """What time it is for the server, by the `Date` of one of its answers."""
        age = self.server_time.age_s
        if date is None or (self.server_time.is_sure and age is not None and age < _TIME_EVERY_S):
            return
        with contextlib.suppress(ValueError):
            self.server_time.hear(moment_of(date))

    def _no_answer(self, exc: Exception) -> errors.Unreachable:
        """Asked again later; a server that cannot prove who it is raises at once."""
        if isinstance(exc, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in repr(exc):
            raise _bad_certificate(self.endpoint.name, exc) from exc
        unreachable = errors.Unreachable(self.endpoint.name, detail=repr(exc))
        unreachable.__cause__ = exc
        return unreachable

    def _refusal(
        self, asked: _Request, response: BaseHTTPResponse, keys: Keys, correction_s: float
    ) -> tuple[errors.LauncherError, bool]:
        """What the server refused, and whether it may pass: later, with the keys that came since, or by its clock."""
        said, is_over = said_by(response), False
        # An answer to HEAD has no body to tell the code in, so that any refusal may mean stale keys.
        is_untold = asked.method == "HEAD" and response.status in _UNTOLD
        if is_untold:
            said, is_over = self._told_by_get(asked, keys)
        code = said.code
        error = failures.from_answer(response.status, code, asked.where, said.right or asked.right)
        is_untold = is_untold and code not in failures.STALE_CREDENTIALS
        has_new_keys = self._credentials.refused(keys) if is_untold else self._credentials.have_changed(code, keys)
        is_transient = response.status in failures.TRANSIENT_STATUS or code in failures.TRANSIENT_CODES
        has_other_time = code == TOO_FAR_OFF and self.signing_clock.was_refused(
            response.headers.get("date"), correction_s
        )
        return error, has_new_keys or is_transient or is_over or has_other_time

    def _told_by_get(self, asked: _Request, keys: Keys) -> tuple[failures.Said, bool]:
        """Why HEAD was refused: its answer has no body to say it in, and that of GET has. And is GET not refused?

        Then what it says, even that there is nothing, is no reason for the refusal, and HEAD may pass by now.
        """
        get = replace(asked, method="GET", headers={**asked.headers, "Range": "bytes=0-0"})
        try:
            response = self._once(get, keys, self.patience.read_s)
            said = said_by(response)
        except of_the_network(OSError):
            return failures.Said(), False
        return (said, False) if response.status in _UNTOLD else (failures.Said(), True)


def _is_bare(asked: _Request, response: BaseHTTPResponse) -> bool:
    """Does it refuse without a word? S3 says why, so something on the way did: it is asked once more."""
    return response.status == 403 and asked.method != "HEAD" and response.headers.get("content-length") == "0"


def _broke_off(where: S3Uri, exc: Exception) -> errors.Unreachable:
    return errors.Unreachable(where, title="The connection broke off", detail=repr(exc))


def _bad_certificate(server: str, exc: Exception) -> errors.Unreachable:
    return errors.Unreachable(
        server,
        title="The server cannot prove who it is (its certificate is not trusted)",
        hint="Nothing was sent. Ask your admin to check the address or the ca_bundle in the site catalogue.",
        detail=repr(exc),
    )


def _is_of_the_disk(exc: Exception) -> bool:
    """The local disk's error, raised by whoever writes what he reads, and not the network's."""
    return isinstance(exc, OSError) and exc.errno is not None and not isinstance(exc, ConnectionError | TimeoutError)

"""Many small requests at once, by libcurl in one thread.

Sixty-four threads that each wait for one answer wake each other for every packet and for Python's lock, which was most
of what a transfer cost. Each request is tried once; what fails goes through our own patient request (`http.py`), which
knows what to repeat and finds the words.
"""

from __future__ import annotations

import functools
import ssl
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from typing import Any, Generic, NamedTuple, Self

import pycurl

from launcher import errors
from launcher.storage import failures
from launcher.storage.connections import SLOWEST
from launcher.storage.credentials import Credentials, Keys
from launcher.storage.endpoint import object_url
from launcher.storage.http import SignedHttp
from launcher.storage.messages import Job, Reply, Request
from launcher.storage.signing import UNSIGNED

#: What is on its way at once. S3 takes thousands of requests a second below one prefix, `s5cmd` keeps 256 on their way;
#: a server that asks for fewer gets fewer. Of what comes half as many: it must be written, and more only wait for that.
AT_ONCE, COMING_AT_ONCE = 256, 128
#: What a server that says "slow down" gets at the least, and how it says so; 0 is a connection that it broke off.
AT_LEAST, SLOW_DOWN = 8, (0, 429, 503)
#: Few bytes are in memory at once: touching fresh memory costs more than moving what is in it.
IN_FLIGHT_BYTES = 64 * 1024 * 1024
#: How long nothing may come before the caller gets a word in.
TICK_S = 0.1
#: A body above this has no time in which all of it must have gone: on a slow line it takes as long as something goes.
UNHURRIED_ABOVE = 1024 * 1024
#: What curl hands over at once, since each piece costs a call, and what it takes at once. Of that it has one of two
#: sizes and no other: each of 256 requests has such a buffer, which is made anew, and filled with zeros, whenever the
#: next body on its line asks for another size.
PIECE, LEAST_PIECE = 512 * 1024, 16 * 1024


class Exchange:
    """Sends small requests to one endpoint; one for all threads."""

    def __init__(self, http: SignedHttp, credentials: Credentials) -> None:
        self._http = http
        self._credentials = credentials
        self._mine = threading.local()

    def once(self, request: Request[Job]) -> Reply[Job]:
        """One request, in the thread of the caller."""
        line: _Line[Job] = self._mine.__dict__.get("line") or self._new_line()
        self._mine.line = line
        line.ask(request)
        is_main = threading.current_thread() is threading.main_thread()
        try:
            line.perform_and_heed_signals() if is_main else line.curl.perform()
        except pycurl.error:
            return Reply(request.job)
        finally:
            line.let_go()
        return self._heard(line.reply())

    def streamed(self, request: Request[Job], take: Callable[[bytes], bool]) -> Reply[Job]:
        """One request in the thread of the caller, which is not the main one, with its body to `take` as it comes.

        `take` raises nothing, and ends it by False; an answer that is none of the data's is kept from it.
        """
        line: _Line[Job] = self._mine.__dict__.get("stream") or self._new_line()
        self._mine.stream = line
        line.ask(request)
        line.pour_into(take)
        try:
            line.curl.perform()
        except pycurl.error:
            return Reply(request.job)
        return self._heard(line.reply())

    def answers(
        self, requests: Iterable[Request[Job] | None], at_once: int = AT_ONCE
    ) -> Generator[Reply[Job] | None, None, None]:
        """Send them, begun in their order, and give the replies as they come; None now and then while none comes.

        A request is taken from the iterable only when there is room for it; None says that the next one waits for the
        answer to another. Close the iterator when leaving early.
        """
        flight = _Flight(self._new_line, iter(requests), at_once)
        try:
            while flight.goes_on():
                while (request := flight.next_request()) is not None:
                    flight.begin(request)
                replies = flight.arrived()
                yield from map(self._heard, replies) if replies else (None,)
        finally:
            flight.close()

    def _heard(self, reply: Reply[Job]) -> Reply[Job]:
        """What time it is for the server, as every request finds out."""
        self._http.note_time(reply.headers.get("date"))
        return reply

    def _new_line(self) -> _Line[Any]:
        endpoint, patience = self._http.endpoint, self._http.patience
        curl = _handle(endpoint.region, endpoint.ca_bundle, patience.connect_s, patience.read_s)
        return _Line(curl, self._http, self._credentials)


def _handle(region: str, ca_bundle: str, connect_s: float, silent_s: float) -> Any:
    """A curl handle as every request needs it; nothing about it is taken from the environment."""
    curl = pycurl.Curl()
    options: dict[int, Any] = {
        pycurl.NOSIGNAL: 1,
        pycurl.PROXY: "",
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.CONNECTTIMEOUT_MS: max(1, int(connect_s * 1000)),
        pycurl.LOW_SPEED_LIMIT: SLOWEST,
        pycurl.LOW_SPEED_TIME: max(1, int(silent_s)),
        pycurl.AWS_SIGV4: f"aws:amz:{region}:s3",
    }
    if trusted := ca_bundle or _system_bundle():
        options[pycurl.CAINFO] = trusted
    elif sys.platform == "win32":
        options[pycurl.SSL_OPTIONS] = pycurl.SSLOPT_NATIVE_CA
    for option, value in options.items():
        curl.setopt(option, value)
    return curl


@functools.cache
def _system_bundle() -> str | None:
    """Whom this computer trusts; asked once, and not for each of 256 handles."""
    return ssl.get_default_verify_paths().cafile


class _Form(NamedTuple):
    """What one request after another on a line mostly has in common: each option of curl that is set costs."""

    method: str
    has_body: bool
    is_small: bool
    is_unhurried: bool

    @classmethod
    def of(cls, request: Request[Any]) -> Self:
        body = request.body
        is_small = body is None or len(body) <= LEAST_PIECE
        return cls(request.method, body is not None, is_small, request.size > UNHURRIED_ABOVE)


class _Line(Generic[Job]):
    """One curl handle and what is on it. Its callbacks are built in, so that Ctrl-C cannot get lost in one of ours."""

    def __init__(self, curl: Any, http: SignedHttp, credentials: Credentials) -> None:
        self.curl = curl
        self._whole_ms = max(1, int(http.patience.whole_s * 1000))
        self._endpoint = http.endpoint
        self._signing_clock = http.signing_clock
        self._credentials = credentials
        self._keys: Keys | None = None
        self._multi: Any = None
        self._form: _Form | None = None
        self._lines: list[bytes] = []
        self._pieces: list[bytes] = []
        curl.setopt(pycurl.HEADERFUNCTION, self._lines.append)
        curl.setopt(pycurl.WRITEFUNCTION, self._pieces.append)

    def ask(self, request: Request[Job]) -> None:
        """Make the handle ready for a request."""
        self.request, keys, curl = request, self._credentials.current(), self.curl
        self._lines.clear()
        self._pieces.clear()
        headers = {**request.headers, "x-amz-content-sha256": UNSIGNED, "Expect": "", "Content-Type": ""}
        if keys.token:
            headers["x-amz-security-token"] = keys.token
        if self._signing_clock.correction_s:
            headers["x-amz-date"] = self._signing_clock.moment()
        if keys != self._keys:
            curl.setopt(pycurl.USERNAME, keys.access)
            curl.setopt(pycurl.PASSWORD, keys.secret)
            self._keys = keys
        curl.setopt(pycurl.URL, object_url(self._endpoint, request.where, request.query))
        curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" if value else f"{name}:" for name, value in headers.items()])
        form = _Form.of(request)
        if form != self._form:
            self._form = None  # until all of it is set: Ctrl-C can come in between
            self._take(form)
            self._form = form
        if request.body is not None:
            curl.setopt(pycurl.POSTFIELDS, request.body)

    def _take(self, form: _Form) -> None:
        curl = self.curl
        if not form.has_body:
            curl.setopt(pycurl.HTTPGET, 1)
        curl.setopt(pycurl.BUFFERSIZE, LEAST_PIECE if form.has_body else PIECE)
        curl.setopt(pycurl.UPLOAD_BUFFERSIZE, LEAST_PIECE if form.is_small else PIECE)
        curl.setopt(pycurl.TIMEOUT_MS, 0 if form.is_unhurried else self._whole_ms)
        curl.setopt(pycurl.CUSTOMREQUEST, form.method)

    def pour_into(self, take: Callable[[bytes], bool]) -> None:
        """Let the data of an answer go there, however long it takes as long as something comes."""

        def taken(piece: bytes) -> int:
            if not self._lines[0].split(b" ", 2)[1].startswith(b"2"):
                self._pieces.append(piece)
                return len(piece)
            return len(piece) if take(piece) else 0

        self.curl.setopt(pycurl.WRITEFUNCTION, taken)
        self.curl.setopt(pycurl.TIMEOUT_MS, 0)
        self._form = None

    def perform_and_heed_signals(self) -> None:
        """In the main thread, which hears of Ctrl-C only between two calls of libcurl."""
        if self._multi is None:
            self._multi = pycurl.CurlMulti()
        self._multi.add_handle(self.curl)
        try:
            while self._multi.perform()[1]:
                self._multi.select(TICK_S)
            for _, number, words in self._multi.info_read()[2]:
                raise pycurl.error(number, words)
        finally:
            self._multi.remove_handle(self.curl)

    def let_go(self) -> None:
        """Keep nothing of what was sent: parts of 16 MiB would stay in memory while the next ones are read."""
        if self.request.body is not None:
            self.curl.setopt(pycurl.POSTFIELDS, b"")
            self.request = self.request._replace(body=None)

    def reply(self) -> Reply[Job]:
        """The whole answer that came on it."""
        if not _is_whole(self._lines):
            return Reply(self.request.job)
        status, body = self.curl.getinfo(pycurl.RESPONSE_CODE), b"".join(self._pieces)
        if status in (400, 403) and self._keys:
            with suppress(errors.Refused):  # the patient request will say so
                self._credentials.have_changed(failures.error_code(body), self._keys)
        return Reply(self.request.job, status, _fields(self._lines), body)


class _Flight(Generic[Job]):
    """The requests of one call that are on their way."""

    def __init__(
        self, new_line: Callable[[], _Line[Job]], requests: Iterator[Request[Job] | None], at_once: int
    ) -> None:
        try:
            self._multi = pycurl.CurlMulti()
        except pycurl.error as exc:  # it opens some files of its own
            raise errors.OutOfHandles(detail=repr(exc)) from exc
        self._multi.setopt(pycurl.M_MAXCONNECTS, at_once)
        self._new_line = new_line
        self._free: deque[_Line[Job]] = deque()
        self._busy: dict[Any, _Line[Job]] = {}
        self._requests = requests
        self._waiting: Request[Job] | None = None
        self._is_over = False
        self._bytes = 0
        self._most = at_once
        self._room = float(at_once)

    def goes_on(self) -> bool:
        """Is anything on its way, or to be sent?"""
        return bool(self._busy) or not self._is_over

    def next_request(self) -> Request[Job] | None:
        """The next one, if there is room for it now."""
        if len(self._busy) >= self._room or self._is_over:
            return None
        if self._waiting is None:
            try:
                self._waiting = next(self._requests)
            except StopIteration:
                self._is_over = True
        request = self._waiting
        if request is None or (self._busy and self._bytes + request.size > IN_FLIGHT_BYTES):
            return None
        self._waiting = None
        return request

    def begin(self, request: Request[Job]) -> None:
        """Send it."""
        line = self._free.popleft() if self._free else self._new_line()
        line.ask(request)
        self._busy[line.curl] = line
        self._bytes += request.size
        self._multi.add_handle(line.curl)

    def arrived(self) -> list[Reply[Job]]:
        """What has come by now; waits a moment when nothing has."""
        replies = self._ended()
        if not replies and self._busy:
            self._multi.select(TICK_S)
            replies = self._ended()
        return replies

    def _ended(self) -> list[Reply[Job]]:
        self._multi.perform()
        _, whole, failed = self._multi.info_read()
        replies = [self._released(curl).reply() for curl in whole]
        replies += [Reply(self._released(curl).request.job) for curl, _, _ in failed]
        for reply in replies:
            self._heed(reply.status)
        return replies

    def _heed(self, status: int) -> None:
        """Half as many at once for a server that is too busy, then one more for each round that it takes."""
        if status in SLOW_DOWN:
            self._room = max(AT_LEAST, self._room / 2)
        elif self._room < self._most:
            self._room += 1 / self._room

    def _released(self, curl: Any) -> _Line[Job]:
        line = self._busy.pop(curl)
        self._multi.remove_handle(curl)
        self._bytes -= line.request.size
        self._free.appendleft(line)  # the one whose connection is warm goes first
        return line

    def close(self) -> None:
        """Break off what is on its way."""
        for curl in self._busy:
            self._multi.remove_handle(curl)
        self._multi.close()


def _is_whole(lines: list[bytes]) -> bool:
    """Did the head of the last answer come to its end? For libcurl one that breaks off between two lines did, too."""
    for line in reversed(lines):
        if line.startswith(b"HTTP/"):
            return False
        if not line.strip():
            return True
    return False


def _fields(lines: list[bytes]) -> dict[str, str]:
    """The header fields of the last answer; one that only says "go on" may come before it."""
    fields: dict[str, str] = {}
    for line in b"".join(lines).decode("latin-1").split("\n"):
        if line.startswith("HTTP/"):
            fields.clear()
        name, colon, value = line.partition(":")
        if colon:
            fields[name.lower()] = value.strip()
    return fields

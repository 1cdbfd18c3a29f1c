"""One curl handle and the request that is on it, signed as S3 wants it and tried once."""

from __future__ import annotations

import functools
import ssl
import sys
from collections.abc import Callable
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

#: How long nothing may come before the caller gets a word in.
TICK_S = 0.1
#: A body above this has no time in which all of it must have gone: on a slow line it takes as long as something goes.
UNHURRIED_ABOVE = 1024 * 1024
#: What curl hands over at once, since each piece costs a call, and what it takes at once. Of that it has one of two
#: sizes and no other: each of 256 requests has such a buffer, which is made anew, and filled with zeros, whenever the
#: next body on its line asks for another size.
PIECE, LEAST_PIECE = 512 * 1024, 16 * 1024


class Line(Generic[Job]):
    """One curl handle and what is on it. Its callbacks are built in, so that Ctrl-C cannot get lost in one of ours."""

    def __init__(self, http: SignedHttp, credentials: Credentials) -> None:
        endpoint, patience = http.endpoint, http.patience
        self.curl = curl = _handle(endpoint.region, endpoint.ca_bundle, patience.connect_s, patience.read_s)
        self._whole_ms = max(1, int(patience.whole_s * 1000))
        self._endpoint = endpoint
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

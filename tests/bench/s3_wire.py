"""HTTP/1.1 as S3 clients speak it, on one connection: requests in, delayed answers out, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qsl, unquote

from tests.bench.s3_values import Answer, Request, S3Error

#: How much of a large answer is handed to the transport at once.
PIECE = 256 * 1024
REASONS = {status.value: status.phrase for status in HTTPStatus}

#: Answers a request; the number is how long to keep the client waiting, in seconds.
Responder = Callable[[Request], tuple[Answer, float]]


Data = bytes | memoryview


class Body(Protocol):
    """A request body on its way in; `feed` gives what came after its end, or None while it is incomplete."""

    def feed(self, data: Data) -> bytes | None: ...

    def whole(self) -> bytes: ...


class SizedBody:
    """A body whose length was announced."""

    def __init__(self, length: int) -> None:
        self._left = length
        self._pieces: list[Data] = []

    def feed(self, data: Data) -> bytes | None:
        piece = data[: self._left]
        self._left -= len(piece)
        self._pieces.append(piece)
        return None if self._left else bytes(data[len(piece) :])

    def whole(self) -> bytes:
        return b"".join(self._pieces)


class ChunkedBody:
    """Chunks with their sizes before them: HTTP's own, and `aws-chunked` inside a body."""

    def __init__(self) -> None:
        self.trailer: Mapping[str, str] = {}
        self._raw = bytearray()
        self._at = 0
        self._pieces: list[bytes] = []

    def feed(self, data: Data) -> bytes | None:
        self._raw += data
        while (line_end := self._raw.find(b"\r\n", self._at)) >= 0:
            size = int(self._raw[self._at : line_end].partition(b";")[0], 16)
            if size == 0:
                return self._end(line_end)
            if len(self._raw) < line_end + size + 4:
                return None
            self._pieces.append(bytes(self._raw[line_end + 2 : line_end + 2 + size]))
            self._at = line_end + size + 4
        return None

    def _end(self, line_end: int) -> bytes | None:
        if (end := self._raw.find(b"\r\n\r\n", line_end)) < 0:
            return None
        self.trailer = header_fields(self._raw[line_end + 2 : end].decode("latin-1").split("\r\n"))
        return bytes(self._raw[end + 4 :])

    def whole(self) -> bytes:
        return b"".join(self._pieces)


def header_fields(lines: list[str]) -> dict[str, str]:
    """Header lines by lower-case name."""
    fields = (line.partition(":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in fields}


class Connection(asyncio.Protocol):
    """One client connection."""

    def __init__(self, respond: Responder) -> None:
        self._respond = respond
        self._loop = asyncio.get_running_loop()
        self._inbox = b""
        self._head: list[str] = []
        self._headers: dict[str, str] = {}
        self._body: Body | None = None
        self._outbox = memoryview(b"")
        self._is_busy = self._is_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=4 * PIECE)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._body is None:
            self._inbox = self._inbox + data if self._inbox else data
            if not self._is_busy:
                self._next()
        else:
            self._feed(self._body, data)

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self._pump()

    def _next(self) -> None:
        """Begin with the next request, if its head has arrived."""
        if (end := self._inbox.find(b"\r\n\r\n")) < 0:
            return
        self._head = self._inbox[:end].decode("latin-1").split("\r\n")
        self._headers = header_fields(self._head[1:])
        rest, self._inbox = memoryview(self._inbox)[end + 4 :], b""
        self._is_busy = True
        if "expect" in self._headers:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        is_chunked = self._headers.get("transfer-encoding", "").lower() == "chunked"
        self._body = ChunkedBody() if is_chunked else SizedBody(int(self._headers.get("content-length", 0)))
        self._feed(self._body, rest)

    def _feed(self, body: Body, data: Data) -> None:
        if (rest := body.feed(data)) is None:
            return
        self._inbox += rest
        self._body = None
        answer, delay_s = self._respond(self._request(body.whole()))
        if delay_s:
            self._loop.call_later(delay_s, self._send, answer)
        else:
            self._send(answer)

    def _request(self, body: bytes) -> Request:
        method, target, _ = self._head[0].split(" ", 2)
        path, _, query = target.partition("?")
        bucket, _, key = path.lstrip("/").partition("/")
        pairs = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
        return Request(method, unquote(bucket), unquote(key), pairs, self._headers, body)

    def _send(self, answer: Answer) -> None:
        if self._transport.is_closing():
            return
        head = _head_bytes(answer)
        if len(answer.body) <= PIECE:
            self._transport.write(b"".join((head, answer.body)))
        else:
            self._transport.write(head)
            self._outbox = memoryview(answer.body)
        self._pump()

    def _pump(self) -> None:
        """Write as much as the client takes; when all is out, the next request may come."""
        while self._outbox and not self._is_paused:
            piece, self._outbox = self._outbox[:PIECE], self._outbox[PIECE:]
            self._transport.write(piece)
        if not self._outbox and self._is_busy:
            self._is_busy = False
            if self._headers.get("connection", "").lower() == "close":
                self._transport.close()
            else:
                self._next()


def _head_bytes(answer: Answer) -> bytes:
    length = len(answer.body) if answer.length is None else answer.length
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, '')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if answer.status not in {204, 304}:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def unwrapped(request: Request) -> Request:
    """The request with the payload of an `aws-chunked` body, its trailing checksum among the headers."""
    is_streaming = request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    if not is_streaming and "aws-chunked" not in request.headers.get("content-encoding", ""):
        return request
    chunks = ChunkedBody()
    ended = chunks.feed(request.body)
    payload = chunks.whole()
    if ended is None or len(payload) != int(request.headers.get("x-amz-decoded-content-length", len(payload))):
        raise S3Error(400, "IncompleteBody", "The request body terminated unexpectedly")
    headers = {**request.headers, **chunks.trailer}
    return Request(request.method, request.bucket, request.key, request.query, headers, payload)

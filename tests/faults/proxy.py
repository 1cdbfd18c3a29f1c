"""A proxy that makes faults on purpose, between a client and an S3 server on loopback.

Requests go through byte for byte, the Host header too, so that signatures stay valid. Clients use `proxy.url` as their
endpoint; `proxy.rules` says what goes wrong, `proxy.seen` what was asked:

    with FaultProxy(server.url) as proxy:
        proxy.rules.append(Rule(Fault.CUT, path="*/video.mp4", method="GET", times=2, after=1000))
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from fnmatch import fnmatchcase
from random import Random
from typing import Self
from urllib.parse import unquote, urlsplit

from tests.faults.http_messages import HEAD_LIMIT, Message, header, read_answer, read_request
from tests.faults.rules import Fault, Rule, choose

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
#: With SO_LINGER 0 a close is a reset.
RESET_AT_CLOSE = struct.pack("ii", 1, 0)
START_S = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One request; `status` is what the client was told (None: nothing), `bytes` the answer's body that it was sent."""

    method: str
    path: str
    status: int | None
    bytes: int
    fault: Fault | None


class FaultProxy:
    """The proxy, in a thread with a loop of its own, from `with` to its end."""

    def __init__(self, upstream_url: str, *, seed: int = 0) -> None:
        upstream = urlsplit(upstream_url)
        assert upstream.hostname is not None and upstream.port is not None
        self._upstream = (upstream.hostname, upstream.port)
        self._chance = Random(seed)
        self.rules: list[Rule] = []
        self.seen: list[Seen] = []
        self._news = threading.Condition()
        self._connections: set[asyncio.Task[None]] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fault proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(START_S):
            raise RuntimeError("the fault proxy did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._enough.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """The endpoint for clients."""
        return f"http://127.0.0.1:{self._port}"

    def count(self, method: str = "*", path: str = "*") -> int:
        """How many requests fitted, faults included."""
        return sum(fnmatchcase(one.method, method) and fnmatchcase(unquote(one.path), path) for one in self.seen)

    def wait_until_seen(self, count: int, timeout_s: float) -> bool:
        """Wait until so many requests were answered in all, each just before its client hears of it; False: not yet."""
        with self._news:
            return self._news.wait_for(lambda: len(self.seen) >= count, timeout_s)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._enough = asyncio.get_running_loop(), asyncio.Event()
        # Accepting is done here and not by asyncio's server, which loses a connection that comes while it closes.
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
            listening.setblocking(False)
            self._port = listening.getsockname()[1]
            self._loop.add_reader(listening, self._accept, listening)
            self._started.set()
            await self._enough.wait()
            self._loop.remove_reader(listening)
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, listening: socket.socket) -> None:
        """Own the task of each connection, so that none outlives the proxy."""
        try:
            connected, _ = listening.accept()
        except OSError:
            return  # it was gone before we came
        task = asyncio.create_task(self._connection(connected))
        self._connections.add(task)

        def end(_: asyncio.Task[None]) -> None:
            self._connections.discard(task)
            connected.close()  # a task that was cancelled before its first step never got to its own close

        task.add_done_callback(end)

    async def _connection(self, connected: socket.socket) -> None:
        async with contextlib.AsyncExitStack() as ending:
            # A peer that hangs up, on either side, ends this connection and nothing else.
            ending.enter_context(contextlib.suppress(OSError, EOFError))
            connected.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=connected, limit=HEAD_LIMIT)
            ending.push_async_callback(_close, writer)
            upstream = await asyncio.open_connection(*self._upstream, limit=HEAD_LIMIT)
            ending.push_async_callback(_close, upstream[1])
            while (request := await read_request(reader, writer)) and await self._exchange(request, writer, upstream):
                pass

    async def _exchange(
        self,
        request: Message,
        client: asyncio.StreamWriter,
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> bool:
        """One request and what becomes of it; False when the connection has to end."""
        method, target, _ = request.first_line
        rule = choose(self.rules, method, target, self._chance, _key_of(request))
        fault = rule.fault if rule else None
        if rule and fault is Fault.DELAY:
            await asyncio.sleep(rule.seconds)
        if rule and fault in {Fault.RESET, Fault.STATUS, Fault.EXPIRED, Fault.REFUSED}:
            return await self._refuse(request, rule, client)
        if rule and fault is Fault.STRICT_CLOCK and _is_too_far_off(request, rule.seconds):
            return await self._refuse(request, rule, client)
        sent = self._spoiled_request(request, rule) if rule else request
        answer = await _forwarded(sent, method, upstream)
        if rule and fault is Fault.LOST_ANSWER:
            return self._note(request, None, 0, fault, goes_on=False)
        if rule and fault in {Fault.SILENCE, Fault.DRIP}:
            return await self._hold_back(request, answer, rule, client)
        if rule and fault in {Fault.CLOCK, Fault.STRICT_CLOCK}:
            answer = _with_clock(answer, rule.seconds)
        payload = self._spoiled(answer, rule) if rule else answer.payload
        head = answer.head[: rule.after] if rule and fault is Fault.CUT and rule.after < 0 else answer.head
        is_whole = len(payload) == len(answer.payload) and fault is not Fault.CUT
        goes_on = is_whole and "close" not in (header(request.head, "connection"), header(answer.head, "connection"))
        self._note(request, answer.status, len(payload), fault, goes_on=goes_on)
        await _write(client, head + payload)
        return goes_on

    async def _hold_back(self, request: Message, answer: Message, rule: Rule, client: asyncio.StreamWriter) -> bool:
        """Send a beginning, and then nothing or a byte now and then, until the client has had enough."""
        whole, begin = answer.head + answer.payload, max(0, len(answer.head) + rule.after)
        self._note(request, answer.status, begin, rule.fault, goes_on=False)
        await _write(client, whole[:begin])
        for at in range(begin, len(whole) if rule.fault is Fault.DRIP else begin):
            await asyncio.sleep(rule.seconds)
            await _write(client, whole[at : at + 1])
        if rule.fault is Fault.SILENCE:
            await asyncio.Event().wait()  # until the proxy ends
        return False

    async def _refuse(self, request: Message, rule: Rule, client: asyncio.StreamWriter) -> bool:
        """End the request here: reset the connection, or answer in the server's place."""
        if rule.fault is Fault.RESET:
            client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
            return self._note(request, None, 0, rule.fault, goes_on=False)
        status, document = _refusal(rule)
        body = b"" if request.first_line[0] == "HEAD" else document
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=rule.seconds), usegmt=True)
        about = f"Date: {date}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}"
        head = f"HTTP/1.1 {status} Refused\r\n{about}\r\n\r\n"
        self._note(request, status, len(body), rule.fault, goes_on=True)
        await _write(client, head.encode() + body)
        return True

    def _spoiled_request(self, request: Message, rule: Rule) -> Message:
        """A flip somewhere in the content; a body in chunks would only have its sizes broken, so it is left alone."""
        is_chunked = header(request.head, "transfer-encoding") or header(request.head, "x-amz-decoded-content-length")
        if rule.fault is not Fault.FLIP_REQUEST or not request.payload or is_chunked:
            return request
        return Message(request.head, self._flipped(request.payload, rule))

    def _flipped(self, payload: bytes, rule: Rule) -> bytes:
        at = self._chance.randrange(len(payload)) if rule.at is None else rule.at
        return payload[:at] + bytes([payload[at] ^ 0x01]) + payload[at + 1 :]

    def _spoiled(self, answer: Message, rule: Rule) -> bytes:
        if rule.fault is Fault.CUT:
            return answer.payload[: max(rule.after, 0)]
        if rule.fault is not Fault.FLIP or not answer.payload:
            return answer.payload
        return self._flipped(answer.payload, rule)

    def _note(self, request: Message, status: int | None, size: int, fault: Fault | None, *, goes_on: bool) -> bool:
        """Record a request before its client hears of it, so that a test never looks too early."""
        method, target, _ = request.first_line
        with self._news:
            self.seen.append(Seen(method, target, status, size, fault))
            self._news.notify_all()
        return goes_on


def _with_clock(answer: Message, seconds: float) -> Message:
    """The answer as a server with another clock would date it."""

    def later(found: re.Match[bytes]) -> bytes:
        moment = parsedate_to_datetime(found[1].decode()) + timedelta(seconds=seconds)
        return b"\r\nDate: " + format_datetime(moment, usegmt=True).encode()

    return Message(re.sub(rb"(?i)\r\ndate: ([^\r]+)", later, answer.head), answer.payload)


def _is_too_far_off(request: Message, seconds: float) -> bool:
    """Is it dated more than five minutes off a clock that is `seconds` ahead?"""
    dated = datetime.strptime(header(request.head, "x-amz-date").upper(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return abs(dated - datetime.now(UTC) - timedelta(seconds=seconds)) > timedelta(minutes=5)


def _key_of(request: Message) -> str:
    """The id of the key that a request was signed with (AWS Signature Version 4)."""
    found = re.search(rb"Credential=([^/]+)/", request.head)
    return found[1].decode() if found else ""


def _refusal(rule: Rule) -> tuple[int, bytes]:
    """The status and the document of an answer that the proxy makes up."""
    if rule.fault is Fault.STATUS:
        return rule.status, SLOW_DOWN
    made_up = {Fault.EXPIRED: (400, "ExpiredToken"), Fault.STRICT_CLOCK: (403, "RequestTimeTooSkewed")}
    status, code = made_up.get(rule.fault, (rule.status, rule.code))
    return status, b"<Error><Code>%s</Code><Message>As the test asked for.</Message></Error>" % code.encode()


async def _forwarded(
    request: Message, method: str, upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter]
) -> Message:
    reader, writer = upstream
    await _write(writer, request.head + request.payload)
    return await read_answer(reader, method)


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close and wait; that the peer was faster is no news."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()

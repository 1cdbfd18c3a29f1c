"""A server on the loopback address that answers the service's API from botocore's own model of it.

A call that does not fit the model is refused as the service would refuse it; what fits is carried out in a `World`.
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from installer.rehearsal import fleets, images, quotas, sessions, user_pool
from installer.rehearsal.mishaps import Mishap
from installer.rehearsal.others import forward, service_of
from installer.rehearsal.wire import CBOR, JSON, Call, Reply, Unreadable, answer, read_call, refusal
from installer.rehearsal.world import Refusal, World
from installer.shapes import service_model, wrong_in

LARGEST_BODY = 4_000_000
#: The modules that enter operations into the table; named, so that nobody takes their import for unused.
ROOMS = (fleets, images, quotas, sessions, user_pool)
#: By the name that requests are signed for.
SERVICES = {"appstream": "appstream", "servicequotas": "service-quotas"}


class CutOff(Exception):
    """The connection ends without an answer."""


def reply_to(world: World, path: str, headers: dict[str, str], body: bytes) -> Reply:
    """The service's answer to one request. Raises `CutOff`."""
    service = service_model(SERVICES.get(service_of(headers), "appstream"))
    protocol = JSON if "x-amz-target" in headers else CBOR
    if not headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
        return refusal(service, protocol, "MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    try:
        call = read_call(service, path, headers, body)
    except Unreadable as exc:
        return refusal(service, protocol, "SerializationException", str(exc))
    if wrong := _wrong(service, call):
        return refusal(service, protocol, "ValidationException", wrong)
    return _carried_out(world, service, call)


def _wrong(service: Any, call: Call) -> str:
    shape = service.operation_model(call.operation).input_shape
    found = wrong_in(shape, call.parameters) if shape is not None else []
    words = "; ".join(f"Value at '{one.path}' failed to satisfy constraint: {one.message}" for one in found)
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {words}" if found else ""


def _carried_out(world: World, service: Any, call: Call) -> Reply:
    if world.mishaps.happens(Mishap.NO_ANSWER):
        raise CutOff
    if world.mishaps.happens(Mishap.THROTTLED):
        return refusal(service, call.protocol, "ThrottlingException", "Rate exceeded")
    try:
        result = world.call(call.operation, call.parameters)
    except Refusal as exc:
        return refusal(service, call.protocol, exc.code, exc.message)
    if not call.operation.startswith("Describe") and world.mishaps.happens(Mishap.CUT_OFF_AFTER_THE_DEED):
        raise CutOff
    return answer(service, call, result)


class ControlPlane:
    """The server; it ends with the block that it is used in."""

    def __init__(self, world: World, others: str = "") -> None:
        self.world = world
        self._server = _Server(world, others)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ControlPlane:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """Listens on the loopback address; `others` is where requests for other services go, if anywhere."""

    daemon_threads = True

    def __init__(self, world: World, others: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._world, self._others = world, others

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """By the service itself, or by whoever stands in for the others. Raises `CutOff`."""
        if self._others and service_of(headers) not in SERVICES:
            return forward(self._others, method, path, headers, body)
        return reply_to(self._world, path, headers, body)


class _Handler(BaseHTTPRequestHandler):
    """One connection: requests are read and answered one by one."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30
    # Head and body in one piece, at once: otherwise every answer waits 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def _any(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            self._send(self.server.answer(self.command, self.path, headers, self._body()))
        except CutOff:
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _any  # noqa: N815 - the base class looks for these names

    def _body(self) -> bytes:
        """What came with the request. Raises `CutOff` for one that is larger than any of the service's."""
        length = int(self.headers.get("content-length") or 0)
        if length > LARGEST_BODY:
            raise CutOff
        return self.rfile.read(length)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("x-amzn-RequestId", "rehearsal")
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Say nothing."""

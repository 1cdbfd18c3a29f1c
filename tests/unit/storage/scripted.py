"""A server that answers by a script: for answers that no honest S3 server gives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from launcher.storage.upload import CHECKSUM


@dataclass(frozen=True)
class Asked:
    """One request; header names are in lower case, `path` is decoded and begins with the bucket."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """One answer; `promised` is the length that is announced, where it is not that of the body.

    A header without a value is left out.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None


Script = Callable[[Asked], Reply]


@dataclass
class Scripted:
    """A running server: where it is, and what it was asked."""

    url: str
    asked: list[Asked]


def error(status: int, code: str) -> Reply:
    """A refusal as S3 writes it."""
    return Reply(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


@contextmanager
def scripted(script: Script) -> Iterator[Scripted]:
    """The server, from `with` to its end; each answer closes its connection."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            request = Asked(self.command, unquote(parts.path).lstrip("/"), query, headers, body)
            asked.append(request)
            self._answer(script(request))

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815 - the library's names

        def _as_s3(self, reply: Reply) -> dict[str, str]:
            """What S3 says of every object, and of each that it has stored."""
            checksum = self.headers.get(CHECKSUM)
            return {} if reply.status >= 300 else {"ETag": '"scripted"', **({CHECKSUM: checksum} if checksum else {})}

        def _answer(self, reply: Reply) -> None:
            self.close_connection = True
            self.send_response(reply.status)
            headers = {"Content-Length": str(len(reply.body) if reply.promised is None else reply.promised)}
            for name, value in (headers | self._as_s3(reply) | dict(reply.headers) | {"Connection": "close"}).items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Quiet: what was asked is in `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Scripted(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

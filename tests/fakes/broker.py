"""A site's broker: one small JSON over loopback, with a clock of its own."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class FakeBroker:
    """Answers with `answer`, or with `body` as it is; remembers what was asked."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.body: bytes | None = None
        self.status = 200
        self.time: datetime | None = None
        self.asked: list[str] = []
        broker = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                broker.asked.append(self.path)
                data = broker.body if broker.body is not None else json.dumps(broker.answer).encode()
                self.send_response(broker.status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(broker.time or datetime.now(UTC), usegmt=True)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> FakeBroker:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

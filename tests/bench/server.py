"""A fast S3 look-alike for benches: real bytes, checksums and preconditions honoured, latency added.

Signatures are not checked. It ends on SIGTERM, after `--seconds`, and when its stdin closes, so that it never outlives
the test that started it. Its first line on stdout is `{"port": N}`.

Requests below `/__` belong to the bench and are neither counted nor delayed, as is every request with the header
`x-bench: 1`: `GET /__counts` gives and resets the counters, `DELETE /__forget/BUCKET/PREFIX` frees memory between runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import ssl
import sys
import threading
import time
from collections import Counter
from email.utils import formatdate
from itertools import count
from pathlib import Path

from tests.bench.s3_answers import operation
from tests.bench.s3_store import Bucket, Store
from tests.bench.s3_values import Answer, Request, S3Error
from tests.bench.s3_wire import Connection, unwrapped


class BenchService:
    """Answers requests, keeps the counters, and says how long each client has to wait."""

    def __init__(self, store: Store, delay_s: float, list_delay_s: float) -> None:
        self._store = store
        self._delay_s, self._list_delay_s = delay_s, list_delay_s
        self._ids = count(1)
        self._second, self._date = 0, ""
        self._reset()

    def _reset(self) -> None:
        self._methods: Counter[str] = Counter()
        self._operations: Counter[str] = Counter()
        self._received = self._sent = 0

    def respond(self, request: Request) -> tuple[Answer, float]:
        """The answer to one request, and how long to keep it back."""
        if request.bucket.startswith("__"):
            return self._own(request), 0.0
        name, answer = self._answer(request)
        answer.headers |= {"Date": self._now(), "x-amz-request-id": f"{next(self._ids):016X}"}
        if "x-bench" in request.headers:
            return answer, 0.0
        self._count(name, request, answer)
        return answer, self._list_delay_s if name == "ListObjectsV2" else self._delay_s

    def _answer(self, request: Request) -> tuple[str, Answer]:
        name = "Unknown"
        try:
            name, handler = operation(request)
            return name, handler(self._store, unwrapped(request))
        except S3Error as refusal:
            answer = refusal.answer()
        except (KeyError, ValueError) as unreadable:
            answer = S3Error(400, "InvalidArgument", f"{type(unreadable).__name__}: {unreadable}").answer()
        if request.method == "HEAD" or answer.status == 304:
            answer.body = b""
        return name, answer

    def _count(self, name: str, request: Request, answer: Answer) -> None:
        self._methods[request.method] += 1
        self._operations[name] += 1
        self._received += len(request.body)
        self._sent += len(answer.body)

    def _own(self, request: Request) -> Answer:
        """The bench's own requests."""
        if request.bucket == "__counts":
            counts = {
                "methods": self._methods,
                "operations": self._operations,
                "bytes_received": self._received,
                "bytes_sent": self._sent,
            }
            self._reset()
            return Answer(body=json.dumps(counts).encode(), headers={"Content-Type": "application/json"})
        if request.bucket == "__forget":
            self._forget(*request.key.partition("/")[::2])
            return Answer(204)
        return S3Error(404, "NoSuchBucket").answer()

    def _forget(self, bucket: str, prefix: str) -> None:
        (self._store.buckets.get(bucket) or Bucket()).forget(prefix)

    def _now(self) -> str:
        if (second := int(time.time())) != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True)
        return self._date


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until something says that it is enough."""
    loop, enough = asyncio.get_running_loop(), asyncio.Event()
    _end_with_us(loop, enough)
    store = Store(uses_md5=not arguments.no_md5, folder=arguments.folder)
    service = BenchService(store, arguments.latency_ms / 1000, arguments.list_latency_ms / 1000)
    server = await loop.create_server(
        lambda: Connection(service.respond), "127.0.0.1", arguments.port, ssl=_tls(arguments.tls), backlog=2048
    )
    sys.stdout.write(json.dumps({"port": server.sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    loop.call_later(arguments.seconds, enough.set)
    await enough.wait()
    server.close()


def _end_with_us(loop: asyncio.AbstractEventLoop, enough: asyncio.Event) -> None:
    """End on SIGTERM and when stdin closes; a thread reads stdin because pipes are not pollable everywhere."""

    def end() -> None:
        loop.call_soon_threadsafe(enough.set)

    stdin = sys.stdin.fileno()  # read without Python's buffer, whose lock must be free when the interpreter ends

    def wait_for_stdin() -> None:
        while os.read(stdin, 4096):
            pass
        end()

    signal.signal(signal.SIGTERM, lambda *_: end())
    threading.Thread(target=wait_for_stdin, daemon=True).start()


def _tls(files: list[str] | None) -> ssl.SSLContext | None:
    if files is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.server", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="added to every request")
    parser.add_argument("--list-latency-ms", type=float, help="added to every listing instead (default: the same)")
    parser.add_argument("--seconds", type=float, default=600.0, help="ends by itself after this long")
    parser.add_argument("--folder", type=Path, help="where large bodies lie; without it, in memory")
    parser.add_argument("--no-md5", action="store_true", help="ETags as under SSE-KMS, no Content-MD5 check: cheaper")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="PEM files")
    arguments = parser.parse_args()
    if arguments.list_latency_ms is None:
        arguments.list_latency_ms = arguments.latency_ms
    asyncio.run(serve(arguments))


if __name__ == "__main__":
    main()

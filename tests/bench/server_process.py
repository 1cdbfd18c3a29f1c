"""Starts and stops the bench server for tests and benches, and fills and reads it without its latency."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
#: Marks our own requests, which are neither counted nor delayed.
OWN = {"x-bench": "1"}
PATIENCE_S = 10.0
#: For an answer: 2 GiB in one body take a busy machine half a minute.
ANSWER_S = 120.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What clients asked for since the last look; `operations` by S3's own names, bytes are those of bodies."""

    methods: Mapping[str, int]
    operations: Mapping[str, int]
    bytes_received: int
    bytes_sent: int

    @property
    def requests(self) -> int:
        return sum(self.methods.values())


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files; the certificate is its own authority."""

    certificate: Path
    key: Path


class BenchServer:
    """The bench server as a child process, from `with` to its end."""

    def __init__(
        self,
        *,
        latency_ms: float = 0.0,
        list_latency_ms: float | None = None,
        tls: Tls | None = None,
        no_md5: bool = False,
        folder: Path | None = None,
        seconds: float = 600.0,
    ) -> None:
        self.tls = tls
        self._command = [
            sys.executable,
            "-m",
            "tests.bench.server",
            "--port",
            "0",
            "--latency-ms",
            str(latency_ms),
            "--seconds",
            str(seconds),
        ]
        self._command += [] if list_latency_ms is None else ["--list-latency-ms", str(list_latency_ms)]
        self._command += ["--no-md5"] if no_md5 else []
        self._command += [] if folder is None else ["--folder", str(folder)]
        self._command += [] if tls is None else ["--tls", str(tls.certificate), str(tls.key)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._stop()
            raise RuntimeError("the bench server did not start; its own words are above")
        self.port = int(json.loads(line)["port"])
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        """Close its stdin, which ends it; a server that hangs is killed."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def url(self) -> str:
        """The endpoint for S3 clients."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process, for a look at what it costs."""
        return self._process.pid

    def counts(self) -> Counts:
        """The counters since the last call, which sets them back."""
        return Counts(**json.loads(self._ask("GET", "/__counts")))

    def create_bucket(self, bucket: str) -> None:
        """Make a bucket."""
        self._ask("PUT", f"/{bucket}")

    def keep_versions(self, bucket: str) -> None:
        """From now on, what is replaced in a bucket stays."""
        self._ask(
            "PUT",
            f"/{bucket}?versioning",
            b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        )

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Store an object."""
        self._ask("PUT", _path(bucket, key), body)

    def get(self, bucket: str, key: str) -> bytes:
        """The bytes of an object."""
        return self._ask("GET", _path(bucket, key))

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Every key below a prefix."""
        return [text for page in self._pages(bucket, prefix) for text in page]

    def forget(self, bucket: str, prefix: str = "") -> None:
        """Free the memory of every object below a prefix."""
        self._ask("DELETE", _path("__forget", f"{bucket}/{prefix}"))

    def fill(self, bucket: str, prefix: str, folder: Path) -> int:
        """Store every file below a folder, over one connection; how many they were."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        with self._connection() as connection:
            for path in files:
                _exchange(
                    connection, "PUT", _path(bucket, prefix + path.relative_to(folder).as_posix()), path.read_bytes()
                )
        return len(files)

    def _pages(self, bucket: str, prefix: str) -> Iterator[list[str]]:
        query = {"list-type": "2", "prefix": prefix}
        while True:
            page = ET.fromstring(self._ask("GET", f"/{bucket}?{urlencode(query)}"))
            yield [entry.text or "" for entry in page.iterfind("{*}Contents/{*}Key")]
            if not (token := page.findtext("{*}NextContinuationToken")):
                return
            query["continuation-token"] = token

    def _ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        with self._connection() as connection:
            return _exchange(connection, method, path, body)

    @contextmanager
    def _connection(self) -> Iterator[HTTPConnection]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        if self.tls:
            context = ssl.create_default_context(cafile=self.tls.certificate)
            connection = HTTPSConnection("127.0.0.1", self.port, timeout=ANSWER_S, context=context)
        try:
            yield connection
        finally:
            connection.close()


def _path(bucket: str, key: str) -> str:
    return f"/{bucket}/{quote(key)}"


def _exchange(connection: HTTPConnection, method: str, path: str, body: bytes) -> bytes:
    connection.request(method, path, body, OWN)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status >= 300:
        raise HTTPException(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
    return content

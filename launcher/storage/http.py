"""Signed requests over one pool of connections: whole answers or streams, with patient retries.

Listings and downloads come through here rather than through boto3, which costs 2 to 5 ms of CPU a file, or obstore,
which hides the checksum headers of a download (`docs/decisions/`).
"""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoKeys
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from launcher import errors
from launcher.storage import failures
from launcher.storage.credentials import Credentials
from launcher.storage.uri import S3Uri

UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the server is; without a URL it is AWS itself."""

    url: str = ""
    region: str = "us-east-1"
    ca_bundle: str = ""

    def bucket_url(self, bucket: str) -> str:
        """The address of a bucket: path style on a given server, virtual-hosted on AWS where its certificate fits."""
        if self.url:
            return f"{self.url.rstrip('/')}/{bucket}"
        host = f"s3.{self.region}.amazonaws.com"
        return f"https://{host}/{bucket}" if "." in bucket else f"https://{bucket}.{host}"

    @property
    def name(self) -> str:
        """How messages call the server."""
        return self.url or f"AWS S3 in {self.region}"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is tried. The defaults give up within a minute, as a session may; `finish` is shorter."""

    whole_s: float = 60.0
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
class Answer:
    """A complete answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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
        self._mine = threading.local()
        self._pools: list[HTTPConnectionPool] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of every connection."""
        for pool in self._pools:
            pool.close()

    def request(
        self,
        method: str,
        where: S3Uri,
        *,
        right: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        allowed: frozenset[int] = frozenset(),
    ) -> Answer:
        """One request and its whole answer. Statuses in `allowed` are returned, other refusals raise our errors.

        What only reads is asked for again when its answer breaks off.
        """
        broke_off: errors.Unreachable | None = None
        for attempt in range(self.patience.attempts if method in ("GET", "HEAD") else 1):
            if attempt:
                self._sleep(self.patience.pause(attempt - 1))
            with self.stream(
                method, where, right=right, query=query, headers=headers, body=body, allowed=allowed
            ) as response:
                try:
                    data = b"" if method == "HEAD" else response.read()
                except (HTTPError, ConnectionError, TimeoutError) as exc:
                    response.close()
                    broke_off = _broke_off(where, exc)
                else:
                    return Answer(response.status, lower(response), data)
        assert broke_off is not None
        raise broke_off

    @contextmanager
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
    ) -> Iterator[BaseHTTPResponse]:
        """The same with a body that is read while it comes. What fails *after* the headers is the reader's to retry."""
        response = self._send(method, where, right, dict(query or {}), dict(headers or {}), body, allowed)
        try:
            yield response
        except (HTTPError, OSError) as exc:
            response.close()
            if (
                isinstance(exc, OSError)
                and exc.errno is not None
                and not isinstance(exc, ConnectionError | TimeoutError)
            ):
                raise  # the local disk, not the network
            raise _broke_off(where, exc) from exc
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()

    def _send(
        self,
        method: str,
        where: S3Uri,
        right: str,
        query: dict[str, str],
        headers: dict[str, str],
        body: bytes | None,
        allowed: frozenset[int],
    ) -> BaseHTTPResponse:
        last: errors.LauncherError | None = None
        until = time.monotonic() + self.patience.whole_s
        for attempt in range(self.patience.attempts):
            if attempt:
                self._sleep(self.patience.pause(attempt - 1))
            if last is not None and time.monotonic() >= until:
                break  # a server that accepts and never answers would cost every attempt its full time-out
            keys = self._credentials.current()
            try:
                response = self._once(method, where, query, headers, body, until - time.monotonic())
            except (HTTPError, OSError) as exc:
                last = errors.Unreachable(self.endpoint.name, detail=repr(exc))
                last.__cause__ = exc
                if isinstance(exc, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in repr(exc):
                    raise _bad_certificate(self.endpoint.name, exc) from exc
                continue
            if response.status < 300 or response.status in allowed:
                return response
            code = _code_of(response)
            last = failures.from_answer(response.status, code, where, right)
            # An answer to HEAD has no body to tell the code in, so that any refusal may mean stale keys.
            is_untold = method == "HEAD" and response.status in (400, 403)
            if (code in failures.STALE_CREDENTIALS or is_untold) and self._credentials.refused(keys):
                continue
            if response.status not in failures.TRANSIENT_STATUS and code not in failures.TRANSIENT_CODES:
                raise last
        assert last is not None
        raise last

    def _once(
        self,
        method: str,
        where: S3Uri,
        query: dict[str, str],
        headers: dict[str, str],
        body: bytes | None,
        left_s: float,
    ) -> BaseHTTPResponse:
        url = f"{self.endpoint.bucket_url(where.bucket)}/{quote(where.key, safe='/~')}"
        if query:
            url += "?" + urlencode(sorted(query.items()), quote_via=quote, safe="~")
        keys = self._credentials.current()
        request = AWSRequest(method, url, headers={**headers, "x-amz-content-sha256": UNSIGNED}, data=body)
        request.context["payload_signing_enabled"] = False
        S3SigV4Auth(BotoKeys(keys.access, keys.secret, keys.token or None), "s3", self.endpoint.region).add_auth(
            request
        )
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        return self._pool(parts.scheme, parts.netloc).urlopen(
            method,
            target,
            body=body,
            headers=dict(request.headers.items()),
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
            timeout=self._timeout(left_s),
        )

    def _timeout(self, left_s: float) -> urllib3.Timeout:
        """One attempt takes no more than what is left for all of them."""
        left = max(left_s, 0.1)
        return urllib3.Timeout(connect=min(self.patience.connect_s, left), read=min(self.patience.read_s, left))

    def _pool(self, scheme: str, netloc: str) -> HTTPConnectionPool:
        """This thread's own connection: 64 threads that share one pool spend their time waiting for its lock."""
        pools: dict[tuple[str, str], HTTPConnectionPool] = self._mine.__dict__.setdefault("pools", {})
        pool = pools.get((scheme, netloc))
        if pool is None:
            pool = pools[scheme, netloc] = self._new_pool(scheme, netloc)
            with self._lock:
                self._pools.append(pool)
        return pool

    def _new_pool(self, scheme: str, netloc: str) -> HTTPConnectionPool:
        host, _, port = netloc.rpartition(":") if netloc.rpartition(":")[2].isdigit() else (netloc, "", "")
        number = int(port) if port else None
        if scheme == "https":
            return urllib3.HTTPSConnectionPool(
                host,
                number,
                maxsize=1,
                cert_reqs="CERT_REQUIRED",
                ca_certs=self.endpoint.ca_bundle or None,
            )
        return HTTPConnectionPool(host, number, maxsize=1)


def lower(response: BaseHTTPResponse) -> dict[str, str]:
    """The headers of an answer by lower-case name."""
    return {name.lower(): value for name, value in response.headers.items()}


def _code_of(response: BaseHTTPResponse) -> str:
    """The service's code of a refusal; empty when its body breaks off, since the status is known all the same."""
    try:
        return failures.error_code(response.read())
    except (HTTPError, OSError):
        response.close()
        return ""
    finally:
        response.release_conn()


def _broke_off(where: S3Uri, exc: Exception) -> errors.Unreachable:
    return errors.Unreachable(where, title="The connection broke off", detail=repr(exc))


def _bad_certificate(server: str, exc: Exception) -> errors.Unreachable:
    return errors.Unreachable(
        server,
        title="The server cannot prove who it is (its certificate is not trusted)",
        hint="Nothing was sent. Ask your admin to check the address or the ca_bundle in the site catalogue.",
        detail=repr(exc),
    )

"""One small question to a server, asked once and with little patience: nothing that matters waits for its answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from launcher import errors
from launcher.config.site import S3Settings
from launcher.session.http_dates import moment_of
from launcher.storage.connections import Connections

WITHIN_S = 2.0
LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and when that was by the server's own clock."""

    status: int
    body: bytes
    server_time: datetime | None


def address_of(settings: S3Settings) -> str:
    """Of the storage server itself, without a bucket."""
    return settings.endpoint_url or f"https://s3.{settings.region or 'us-east-1'}.amazonaws.com"


def ask(url: str, ca_bundle: str = "", *, method: str = "GET") -> Answer:
    """The answer, whatever its status; TLS is verified, redirections are not followed."""
    parts, connections = urlsplit(url), Connections(ca_bundle, WITHIN_S)
    try:
        response = connections.to(parts.scheme, parts.netloc).urlopen(
            method,
            parts.path or "/",
            retries=False,
            redirect=False,
            preload_content=False,
            timeout=Timeout(WITHIN_S, read=WITHIN_S),
        )
        body = response.read(LARGEST_ANSWER) if method == "GET" else b""
        response.release_conn()
        return Answer(response.status, body, _moment(response.headers.get("date", "")))
    except (HTTPError, OSError) as exc:
        raise errors.Unreachable(parts.netloc, title="There is no answer", detail=repr(exc)) from exc
    finally:
        connections.close()


def _moment(text: str) -> datetime | None:
    try:
        return moment_of(text)
    except ValueError:
        return None

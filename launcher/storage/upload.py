"""From memory to S3: every write is conditional, and carries the whole object's checksum for the server to check.

`replaces` is the ETag of the version that we have seen and mean to replace; None means that nothing may be there yet.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from launcher import errors
from launcher.storage import failures
from launcher.storage.checksums import Digest
from launcher.storage.credentials import Credentials
from launcher.storage.http import Endpoint, SignedHttp
from launcher.storage.objects import Objects
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from obstore import PutResult
    from obstore.store import ClientConfig, RetryConfig, S3Config

WRITE_RIGHT = "s3:PutObject"
#: Keys with control characters raise in obstore before anything is sent; they go through our own request.
_ODD = re.compile(r"[\x00-\x1f\x7f\\]|(^|/)\.{0,2}(/|$)")
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")


@dataclass(frozen=True, slots=True)
class Stored:
    """What the server confirmed: this version holds exactly the bytes of the digest."""

    etag: str
    version: str | None


class Uploader:
    """Puts small objects, through obstore's pool; one for all threads."""

    def __init__(self, http: SignedHttp, credentials: Credentials, connections: int = 128) -> None:
        self._http = http
        self._objects = Objects(http)
        self._credentials = credentials
        self._connections = connections
        self._stores: dict[str, S3Store] = {}
        self._lock = threading.Lock()

    def put(self, where: S3Uri, data: bytes, digest: Digest, *, replaces: str | None) -> Stored:
        """Store `data` under `where`; raises `ChangedMeanwhile` when the condition does not hold and it is not ours."""
        send = self._put_odd if _ODD.search(where.key) else self._put_patiently
        try:
            return send(where, data, digest, replaces)
        except errors.ChangedMeanwhile:
            ours = self.already_there(where, digest)
            if ours is None:
                raise
            return ours

    def already_there(self, where: S3Uri, digest: Digest) -> Stored | None:
        """A lost answer, or the same bytes from elsewhere: the object holds what we meant to store."""
        head = self._objects.head(where)
        if head is not None and head.size == digest.size and head.crc64nvme == digest.crc64nvme:
            return Stored(head.etag, head.version)
        return None

    def _put_patiently(self, where: S3Uri, data: bytes, digest: Digest, replaces: str | None) -> Stored:
        """obstore never repeats a conditional write that broke off or arrived damaged; our own request does."""
        try:
            return self._put_plain(where, data, digest, replaces)
        except (errors.Unreachable, errors.NotDone) as exc:
            if isinstance(exc, errors.NotDone) and not failures.is_damage_on_the_way(exc):
                raise
            return self._put_odd(where, data, digest, replaces)

    def _put_plain(self, where: S3Uri, data: bytes, _: Digest, replaces: str | None) -> Stored:
        mode: Any = "create" if replaces is None else {"e_tag": replaces}

        def put() -> PutResult:
            return obstore.put(self._store(where.bucket), where.key, data, mode=mode, use_multipart=False)

        result = self._with_fresh_credentials(where, put)
        return Stored(result["e_tag"] or "", result["version"])

    def _with_fresh_credentials(self, where: S3Uri, put: Callable[[], PutResult]) -> PutResult:
        keys = self._credentials.current()
        try:
            return put()
        except (BaseError, OSError, ValueError) as exc:
            failure = from_obstore(exc, where)
            if failure.detail.rpartition(" ")[2] in failures.STALE_CREDENTIALS and self._credentials.refused(keys):
                with self._lock:
                    self._stores.pop(where.bucket, None)  # it remembers the old keys
            else:
                raise failure from exc
        try:
            return put()
        except (BaseError, OSError, ValueError) as exc:
            raise from_obstore(exc, where) from exc

    def _put_odd(self, where: S3Uri, data: bytes, digest: Digest, replaces: str | None) -> Stored:
        condition = {"If-None-Match": "*"} if replaces is None else {"If-Match": replaces}
        headers = {**condition, "x-amz-checksum-crc64nvme": digest.crc64nvme, "content-length": str(len(data))}
        try:
            answer = self._http.request("PUT", where, right=WRITE_RIGHT, headers=headers, body=data)
        except errors.NotFound as exc:
            if replaces is None or "NoSuchBucket" in exc.detail:
                raise
            raise errors.ChangedMeanwhile(where, detail=exc.detail) from exc  # what we meant to replace was deleted
        return Stored(answer.headers.get("etag", ""), answer.headers.get("x-amz-version-id"))

    def _store(self, bucket: str) -> S3Store:
        with self._lock:
            store = self._stores.get(bucket)
            if store is None:
                store = self._stores[bucket] = self._new_store(bucket, self._http.endpoint)
            return store

    def _new_store(self, bucket: str, endpoint: Endpoint) -> S3Store:
        options: ClientConfig = {
            "allow_http": endpoint.url.startswith("http://"),
            "connect_timeout": "5s",
            "timeout": f"{self._http.patience.whole_s:.0f}s",
            "pool_max_idle_per_host": str(self._connections),
        }
        config: S3Config = {
            "bucket": bucket,
            "region": endpoint.region,
            "checksum_algorithm": "CRC64NVME",
            "unsigned_payload": True,  # the checksum guards the content, TLS the way; signing it again costs a SHA-256
            "virtual_hosted_style_request": not endpoint.url and "." not in bucket,
        }
        if endpoint.url:
            config["endpoint"] = endpoint.url
        retry: RetryConfig = {
            "max_retries": 6,
            "retry_timeout": dt.timedelta(seconds=self._http.patience.whole_s),
            "backoff": {
                "init_backoff": dt.timedelta(milliseconds=200),
                "max_backoff": dt.timedelta(seconds=4),
                "base": 2,
            },
        }
        return S3Store(
            config=config,
            client_options=options,
            retry_config=retry,
            credential_provider=self._credentials.for_obstore,
        )


def from_obstore(exc: Exception, where: S3Uri) -> errors.LauncherError:
    """obstore tells the service's code only inside its message."""
    if isinstance(exc, AlreadyExistsError | PreconditionError):
        return errors.ChangedMeanwhile(where, detail="HTTP 412 PreconditionFailed")
    text = str(exc)
    status, code = _STATUS.search(text), _CODE.search(text)
    if status is None:
        return errors.Unreachable(where, detail=text[:300])
    return failures.from_answer(int(status[1]), code[1] if code else "", where, WRITE_RIGHT)

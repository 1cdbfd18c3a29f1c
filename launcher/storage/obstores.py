"""For many small objects: obstore costs a fifth of boto3, and works outside Python's lock.

It is tried once for each request and never retries by itself: what fails goes through our own patient request, which
knows what to repeat and finds the words. Odd keys raise in it before anything is sent, so they go that way too.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from launcher import errors
from launcher.storage import failures
from launcher.storage.credentials import Credentials
from launcher.storage.http import SignedHttp
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from obstore import PutResult
    from obstore.store import ClientConfig, S3Config

Answer = TypeVar("Answer")

CONNECTIONS = 128
_ODD = re.compile(r"[\x00-\x1f\x7f\\]|(^|/)\.{0,2}(/|$)")
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")


class Obstores:
    """One obstore store a bucket, for all threads."""

    def __init__(self, http: SignedHttp, credentials: Credentials) -> None:
        self._http = http
        self._credentials = credentials
        self._stores: dict[str, S3Store] = {}
        self._lock = threading.Lock()

    @staticmethod
    def takes(where: S3Uri) -> bool:
        """Can obstore address this key?"""
        return _ODD.search(where.key) is None

    def put(self, where: S3Uri, data: bytes, replaces: str | None, right: str) -> PutResult:
        """One conditional write, with the checksum that obstore computes of the very bytes that it sends."""
        mode: Any = "create" if replaces is None else {"e_tag": replaces}
        return self._once(
            where, right, lambda store: obstore.put(store, where.key, data, mode=mode, use_multipart=False)
        )

    def get(self, where: S3Uri, etag: str, right: str) -> tuple[memoryview, str | None]:
        """One read of exactly this version; the bytes, and the version's id where the bucket keeps them."""

        def get(store: S3Store) -> tuple[memoryview, str | None]:
            answer = obstore.get(store, where.key, options={"if_match": etag})
            return memoryview(answer.bytes()), answer.meta["version"]

        return self._once(where, right, get)

    def _once(self, where: S3Uri, right: str, ask: Callable[[S3Store], Answer]) -> Answer:
        keys = self._credentials.current()
        try:
            return ask(self._store(where.bucket))
        except (BaseError, OSError, ValueError) as exc:
            failure = from_obstore(exc, where, right)
            if failure.detail.rpartition(" ")[2] in failures.STALE_CREDENTIALS:
                self._credentials.refused(keys)
                with self._lock:
                    self._stores.pop(where.bucket, None)  # it remembers the old keys
            raise failure from exc

    def _store(self, bucket: str) -> S3Store:
        with self._lock:
            store = self._stores.get(bucket)
            if store is None:
                store = self._stores[bucket] = self._new_store(bucket)
            return store

    def _new_store(self, bucket: str) -> S3Store:
        endpoint, longest = self._http.endpoint, self._http.patience.whole_s
        options: ClientConfig = {
            "allow_http": endpoint.url.startswith("http://"),
            "connect_timeout": "5s",
            "timeout": f"{longest:.0f}s",
            "pool_max_idle_per_host": str(CONNECTIONS),
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
        return S3Store(
            config=config,
            client_options=options,
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=longest)},
            credential_provider=self._credentials.for_obstore,
        )


def from_obstore(exc: Exception, where: S3Uri, right: str) -> errors.LauncherError:
    """obstore tells the service's code only inside its message."""
    if isinstance(exc, AlreadyExistsError | PreconditionError):
        return errors.ChangedMeanwhile(where, detail="HTTP 412 PreconditionFailed")
    text = str(exc)
    status, code = _STATUS.search(text), _CODE.search(text)
    if status is None:
        return errors.Unreachable(where, detail=text[:300])
    return failures.from_answer(int(status[1]), code[1] if code else "", where, right)

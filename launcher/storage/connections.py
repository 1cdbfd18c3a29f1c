"""Connections to servers, for many threads."""

from __future__ import annotations

import threading

import urllib3
from urllib3.connectionpool import HTTPConnectionPool


class Connections:
    """Each thread has its own: 64 threads that share one pool spend their time waiting for its lock."""

    def __init__(self, ca_bundle: str) -> None:
        self._ca_bundle = ca_bundle
        self._mine = threading.local()
        self._pools: list[HTTPConnectionPool] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of every connection."""
        for pool in self._pools:
            pool.close()

    def to(self, scheme: str, netloc: str) -> HTTPConnectionPool:
        """This thread's connection to a server."""
        pools: dict[tuple[str, str], HTTPConnectionPool] = self._mine.__dict__.setdefault("pools", {})
        pool = pools.get((scheme, netloc))
        if pool is None:
            pool = pools[scheme, netloc] = self._new(scheme, netloc)
            with self._lock:
                self._pools.append(pool)
        return pool

    def _new(self, scheme: str, netloc: str) -> HTTPConnectionPool:
        host, _, port = netloc.rpartition(":") if netloc.rpartition(":")[2].isdigit() else (netloc, "", "")
        number = int(port) if port else None
        if scheme == "https":
            return urllib3.HTTPSConnectionPool(
                host, number, maxsize=1, cert_reqs="CERT_REQUIRED", ca_certs=self._ca_bundle or None
            )
        return HTTPConnectionPool(host, number, maxsize=1)

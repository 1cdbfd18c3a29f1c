"""Connections to servers, for many threads.

urllib3 is loaded with the first connection: that takes 30 ms, and most saves need nothing but the exchange.
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import TYPE_CHECKING

from launcher import errors
from launcher.storage.loading import load

if TYPE_CHECKING:
    import urllib3
    from urllib3.connectionpool import HTTPConnectionPool

#: Bytes a second below which an answer is none: of what comes at once on the slowest line each gets more.
SLOWEST = 64


class Connections:
    """Each thread has its own: 64 threads that share one pool spend their time waiting for its lock."""

    def __init__(self, ca_bundle: str, silent_s: float) -> None:
        self._ca_bundle = ca_bundle
        self._silent_s = silent_s
        self._mine = threading.local()
        #: Not kept from going: with a thread goes its connection, and a saver of twelve hours has thousands of threads.
        self._pools: weakref.WeakSet[HTTPConnectionPool] = weakref.WeakSet()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of every connection."""
        for pool in list(self._pools):
            pool.close()

    def to(self, scheme: str, netloc: str) -> HTTPConnectionPool:
        """This thread's connection to a server."""
        pools: dict[tuple[str, str], HTTPConnectionPool] = self._mine.__dict__.setdefault("pools", {})
        pool = pools.get((scheme, netloc))
        if pool is None:
            with self._lock:
                pool = pools[scheme, netloc] = self._opened(scheme, netloc)
                self._pools.add(pool)
        return pool

    def _opened(self, scheme: str, netloc: str) -> HTTPConnectionPool:
        try:
            return self._new(scheme, netloc)
        except (ImportError, OSError) as exc:  # a process that may open no more files finds no modules either
            raise errors.OutOfHandles(detail=repr(exc)) from exc

    def _new(self, scheme: str, netloc: str) -> HTTPConnectionPool:
        load("urllib3.connection", "urllib3.connectionpool")
        from urllib3.connection import HTTPConnection, HTTPSConnection
        from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

        from launcher.storage.pace import paced

        host, _, port = netloc.rpartition(":") if netloc.rpartition(":")[2].isdigit() else (netloc, "", "")
        number = int(port) if port else None
        if scheme == "https":
            ca_certs = self._ca_bundle or None
            guarded = HTTPSConnectionPool(host, number, maxsize=1, cert_reqs="CERT_REQUIRED", ca_certs=ca_certs)
            guarded.ConnectionCls = paced(HTTPSConnection, self._silent_s)
            return guarded
        plain = HTTPConnectionPool(host, number, maxsize=1)
        plain.ConnectionCls = paced(HTTPConnection, self._silent_s)
        return plain


def of_the_network(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What urllib3 raises, and more; for an `except`. As long as it is not loaded, it has raised nothing."""
    of_urllib3 = getattr(sys.modules.get("urllib3.exceptions"), "HTTPError", None)
    return more if of_urllib3 is None else (of_urllib3, *more)


def timeout(connect_s: float, read_s: float) -> urllib3.Timeout:
    """How long a connection may take to be there, and how long nothing may come on it."""
    load("urllib3")
    import urllib3

    return urllib3.Timeout(connect=connect_s, read=read_s)

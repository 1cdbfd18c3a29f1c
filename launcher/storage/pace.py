"""What a server sends, as long as it comes at a pace.

A time-out of a socket begins anew with each byte: a server that drips would keep its reader for days.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from functools import partial
from typing import TypeVar

from urllib3.connection import HTTPConnection, HTTPSConnection

from launcher.storage.connections import SLOWEST

Kind = TypeVar("Kind", HTTPConnection, HTTPSConnection)


def paced(kind: type[Kind], silent_s: float) -> type[Kind]:
    """Connections whose answers, head and body, raise `TimeoutError` when they drip for this long."""
    return type(kind.__name__, (kind,), {"response_class": partial(_Answer, silent_s)})


class _Answer(http.client.HTTPResponse):
    def __init__(self, silent_s: float, sock: socket.socket, *arguments: object, **more: object) -> None:
        super().__init__(sock, *arguments, **more)  # type: ignore[arg-type]
        self.fp = io.BufferedReader(_Paced(self.fp.detach(), silent_s))


class _Paced(io.RawIOBase):
    """What comes on a socket; only the time in which it is waited for counts."""

    def __init__(self, coming: io.RawIOBase, silent_s: float) -> None:
        self._coming = coming
        self._silent_s = silent_s
        self._waited = 0.0
        self._came = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]
        began = time.monotonic()
        count = self._coming.readinto(buffer)
        self._waited, self._came = self._waited + time.monotonic() - began, self._came + (count or 0)
        if self._waited >= self._silent_s:
            if self._came < self._waited * SLOWEST:
                raise TimeoutError(f"{self._came} bytes came in {self._waited:.0f} s")
            self._waited, self._came = 0.0, 0
        return count

    def close(self) -> None:
        self._coming.close()
        super().close()

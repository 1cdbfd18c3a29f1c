"""Our own storage parts, pointed at a test's server, with every pause written down instead of slept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from launcher.storage.credentials import Credentials, Keys
from launcher.storage.endpoint import Endpoint
from launcher.storage.http import Patience, SignedHttp

KEYS = Keys("AKIDTEST", "not-a-secret", "")


@dataclass
class Client:
    """A client and the pauses that it would have made."""

    http: SignedHttp
    credentials: Credentials
    naps: list[float]


@contextmanager
def client_at(url: str, read: Callable[[], Keys] = lambda: KEYS, patience: Patience | None = None) -> Iterator[Client]:
    """A client, closed at the end."""
    naps: list[float] = []
    credentials = Credentials(read)
    http = SignedHttp(Endpoint(url), credentials, patience or Patience(read_s=5.0), naps.append)
    try:
        yield Client(http, credentials, naps)
    finally:
        http.close()

"""boto3 with credentials that change under way.

Each request is signed with the current keys, and one is repeated when the server found its keys stale and there are
other ones by now. botocore reads a profile once per session object, and repeats nothing because of `ExpiredToken`.
"""

from __future__ import annotations

import threading
from typing import Any

import boto3
import botocore.session
from botocore.credentials import Credentials as BotoKeys
from botocore.credentials import ReadOnlyCredentials

from launcher.storage.credentials import Credentials, Keys


class _Rotating(BotoKeys):  # type: ignore[misc]  # botocore has no types
    """What botocore asks for each signature; it remembers, per thread, what it gave."""

    def __init__(self, credentials: Credentials) -> None:
        first = credentials.current()
        super().__init__(first.access, first.secret, first.token or None)
        self._credentials = credentials
        self._given = threading.local()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """The keys to sign with now."""
        keys = self._given.keys = self._credentials.current()
        return ReadOnlyCredentials(keys.access, keys.secret, keys.token or None, None)

    def may_pass_again(self, response: Any = None, **_: object) -> float | None:
        """After a refusal: 0 (repeat at once) if its keys were stale and there are new ones, None otherwise."""
        given: Keys | None = getattr(self._given, "keys", None)
        if response is None or given is None:
            return None
        code = response[1].get("Error", {}).get("Code", "")
        return 0.0 if self._credentials.have_changed(code, given) else None


def client_of(credentials: Credentials, **how: Any) -> Any:
    """boto3's low-level S3 client with these credentials."""
    rotating = _Rotating(credentials)
    core = botocore.session.Session()
    core._credentials = rotating
    made = boto3.session.Session(botocore_session=core).client("s3", **how)
    # First, so that a refusal for stale keys is never taken for one of its own kind.
    made.meta.events.register_first("needs-retry.s3", rotating.may_pass_again)
    return made

"""boto3 with credentials that change under way, and on a computer whose clock is wrong.

Each request is signed with the current keys, and one is repeated when the server found its keys stale and there are
other ones by now. botocore reads a profile once per session object, and repeats nothing because of `ExpiredToken`.
Nor does it date a signature by any clock but the local one.
"""

from __future__ import annotations

import threading
from typing import Any

import boto3
import botocore.session
from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth
from botocore.credentials import Credentials as BotoKeys
from botocore.credentials import ReadOnlyCredentials

from launcher.storage.credentials import Credentials, Keys
from launcher.storage.signing_clock import TOO_FAR_OFF, SigningClock

#: Under which botocore finds the signature below, and where that finds its moment.
_DATED = "pose-launcher-s3v4"


class _Dated(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """The signature of S3 with the date that the request's context has."""

    def _modify_request_before_signing(self, request: Any) -> None:
        request.context["timestamp"] = request.context[_DATED]
        super()._modify_request_before_signing(request)


AUTH_TYPE_MAPS[_DATED] = _Dated


class _Rotating(BotoKeys):  # type: ignore[misc]  # botocore has no types
    """What botocore asks for each signature; it remembers, per thread, what it gave."""

    def __init__(self, credentials: Credentials, clock: SigningClock) -> None:
        first = credentials.current()
        super().__init__(first.access, first.secret, first.token or None)
        self._credentials = credentials
        self._clock = clock
        self._given = threading.local()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """The keys to sign with now."""
        keys = self._given.keys = self._credentials.current()
        return ReadOnlyCredentials(keys.access, keys.secret, keys.token or None, None)

    def dated(self, context: dict[str, Any], **_: object) -> str | None:
        """Which signature botocore is to make: ours if the local clock is known to be wrong, None for its own."""
        self._given.correction_s = self._clock.correction_s
        if not self._clock.correction_s:
            return None
        context[_DATED] = self._clock.moment()
        return _DATED

    def may_pass_again(self, response: Any = None, **_: object) -> float | None:
        """After a refusal: 0 (repeat at once) if there are other keys or another time now, None otherwise."""
        given: Keys | None = getattr(self._given, "keys", None)
        if response is None or given is None:
            return None
        code = response[1].get("Error", {}).get("Code", "")
        if code == TOO_FAR_OFF:
            date = response[1]["ResponseMetadata"]["HTTPHeaders"].get("date")
            return 0.0 if self._clock.was_refused(date, self._given.correction_s) else None
        return 0.0 if self._credentials.have_changed(code, given) else None


def client_of(credentials: Credentials, clock: SigningClock, **how: Any) -> Any:
    """boto3's low-level S3 client with these credentials, and signatures by that clock."""
    rotating = _Rotating(credentials, clock)
    core = botocore.session.Session()
    core._credentials = rotating
    made = boto3.session.Session(botocore_session=core).client("s3", **how)
    # First, so that a refusal for stale keys is never taken for one of its own kind.
    made.meta.events.register_first("needs-retry.s3", rotating.may_pass_again)
    made.meta.events.register_first("choose-signer.s3", rotating.dated)
    return made

"""Credentials of one person alone, from the site's broker (docs/admin-contract.md): it knows us by our address."""

from __future__ import annotations

import json
import time
from typing import Any

from launcher import errors
from launcher.config.site import S3Settings
from launcher.storage import asked_once

#: A function that was not called for a while takes seconds to wake up.
ATTEMPTS, PAUSE_S = 4, 0.5
TRY_AGAIN, SEVERAL_PEOPLE, NOBODY = 503, 409, 403


def ask(settings: S3Settings) -> tuple[str, str, str] | None:
    """Access key, secret and token; None where the broker tells the end of the session only, or cannot tell us apart.

    Then the profile of the machine counts, as on a site without a broker.
    """
    answer = _patiently(settings)
    if answer.status == SEVERAL_PEOPLE:
        return None
    if answer.status != 200:
        raise errors.Refused(
            f"status {answer.status}",
            title="The broker knows no session at this computer's address",
            hint="Your files are safe here. Open the launcher from your stream, or ask your admin.",
        )
    return _read(answer.body)


def _patiently(settings: S3Settings) -> asked_once.Answer:
    for attempt in range(ATTEMPTS):
        try:
            answer = asked_once.ask(settings.broker_url, settings.ca_bundle)
        except errors.Unreachable:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            if answer.status < 500:
                return answer
        time.sleep(PAUSE_S * 2**attempt)
    raise errors.Unreachable(
        title="The broker cannot hand out credentials now",
        hint="Your files are safe here, and what is not saved stays here. Try again in a minute.",
    )


def _read(body: bytes) -> tuple[str, str, str] | None:
    """Without a token they would not be one person's, and would not end: such keys are refused."""
    try:
        given: Any = json.loads(body).get("credentials")
        if given is None:
            return None
        return _plain(given["access_key_id"]), _plain(given["secret_access_key"]), _plain(given["session_token"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        # Without the cause: a parser's complaint quotes what it read.
        raise errors.Refused(
            title="The broker's credentials cannot be used", hint="Tell your admin.", detail=type(exc).__name__
        ) from None


def _plain(key: object) -> str:
    """A key as it may stand in a header."""
    if not isinstance(key, str) or not key or not key.isascii() or not key.isprintable():
        raise ValueError("not a key")
    return key

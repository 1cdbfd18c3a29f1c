"""Credentials that are re-read: in a stream they change every hour, and come late at its start."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from launcher import errors
from launcher.config.site import S3Settings
from launcher.storage.loading import load

#: How long a set is used before the profile is read again.
REREAD_S = 300.0
#: Where a right may be missing or the keys be old ones, they are looked up again this often at most.
DOUBT_S = 10.0
#: New keys may come a moment after the old ones expired: they are looked up again after these pauses,
LATE_S = (0.25, 0.75, 1.0)
#: unless that was in vain for the same keys within this time: then nobody is kept waiting for each request.
IN_VAIN_S = 60.0


class Keys(NamedTuple):
    """One set of keys; the token is empty for keys that do not expire."""

    access: str
    secret: str
    token: str

    def __repr__(self) -> str:
        return "Keys(…)"  # never in a log, a traceback or a crash report


def read_keys(settings: S3Settings) -> Keys:
    """Look the keys up anew: of the site's broker, else of the profile.

    botocore reads a profile once per session object, so there is a new one each time.
    """
    if settings.broker_url:
        load("launcher.storage.broker")
        from launcher.storage import broker

        if (given := broker.ask(settings)) is not None:
            return Keys(*given)
    if not settings.profile and (given := _of_environment(os.environ)) is not None:
        return given
    load("botocore.session", "launcher.storage.credential_process")
    import botocore.session
    from botocore.exceptions import BotoCoreError

    from launcher.storage import credential_process

    session = botocore.session.Session(profile=settings.profile or None)
    session.set_config_variable("metadata_service_timeout", 1)
    session.set_config_variable("metadata_service_num_attempts", 1)
    if settings.credentials_file:
        session.set_config_variable("credentials_file", settings.credentials_file)
    try:
        credential_process.bound(session)
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    except subprocess.TimeoutExpired as exc:
        raise _missing(settings, f"the program that the profile names was silent for {exc.timeout:.0f} s") from exc
    except (BotoCoreError, OSError, ValueError, AttributeError, TypeError, LookupError) as exc:
        # Of a program that the profile names (`credential_process`), botocore expects that it is there and speaks JSON.
        raise _missing(settings, str(exc) if isinstance(exc, BotoCoreError) else type(exc).__name__) from exc
    if frozen is None or not frozen.access_key:
        raise _missing(settings, "no credentials found")
    return Keys(frozen.access_key, frozen.secret_key, frozen.token or "")


def _of_environment(environ: Mapping[str, str]) -> Keys | None:
    """What botocore looks for first where no profile is named; only the rest of its search needs it."""
    access, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    token = environ.get("AWS_SECURITY_TOKEN") or environ.get("AWS_SESSION_TOKEN") or ""
    return Keys(access, secret, token) if access and secret else None


def _missing(settings: S3Settings, detail: str) -> errors.Refused:
    where = f"profile {settings.profile}" if settings.profile else "the default places"
    return errors.Refused(
        where,
        title="There are no credentials",
        hint="Your files are safe. In a stream they may come a little later; otherwise ask your admin.",
        detail=detail,
    )


class Credentials:
    """Hands out the current keys, and fetches new ones when they are old or were refused."""

    def __init__(
        self,
        read: Callable[[], Keys],
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._read = read
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._keys: Keys | None = None
        self._read_at = 0.0
        self._failure: errors.LauncherError | None = None
        self._failed_at = 0.0
        self._in_vain: tuple[Keys, float] | None = None

    def current(self) -> Keys:
        """The keys to sign with now. Without the lock while they are fresh: 64 threads ask for every request."""
        keys = self._keys
        if keys is not None and self._clock() - self._read_at <= REREAD_S:
            return keys
        asked_at = self._clock()
        with self._lock:
            if self._keys is None:
                self._look_up(asked_at)
            elif self._clock() - self._read_at > REREAD_S:
                self._read_at = self._clock()
                with contextlib.suppress(
                    errors.Refused, errors.Unreachable
                ):  # those in use are good until the server says otherwise
                    self._keys = self._read()
            assert self._keys is not None
            return self._keys

    def refused(self, keys: Keys, *, is_expired: bool = False) -> bool:
        """The server found `keys` stale; True if there are other ones now, so that a retry makes sense.

        For those that follow on expired ones a moment is waited, by all who are told so meanwhile.
        """
        asked_at = self._clock()
        with self._lock:
            if self._keys == keys and is_expired:
                self._wait_for_others(keys, asked_at)
            elif self._keys == keys:
                self._look_up(asked_at)
            return self._keys != keys

    def _wait_for_others(self, keys: Keys, asked_at: float) -> None:
        pauses = iter(() if self._is_in_vain(keys) else LATE_S)
        while True:
            failure = None
            try:
                self._look_up(asked_at)
            except (errors.Refused, errors.Unreachable) as exc:
                failure = exc  # perhaps the file is being written
            # A look that took its time, at a program or a broker, has waited enough.
            is_slow = self._clock() - asked_at > sum(LATE_S)
            pause = next(pauses, None)
            if self._keys != keys or pause is None or is_slow:
                break
            self._pause(pause)
            asked_at = self._clock()
        if self._keys == keys and not self._is_in_vain(keys):
            self._in_vain = keys, self._clock()
        if failure is not None:
            raise failure

    def _is_in_vain(self, keys: Keys) -> bool:
        return self._in_vain is not None and self._in_vain[0] == keys and self._clock() - self._in_vain[1] <= IN_VAIN_S

    def _look_up(self, asked_at: float) -> None:
        """Whoever waited while others were told that there are none is told the same: a look may take its time."""
        if self._failure is not None and self._failed_at > asked_at:
            raise self._failure
        try:
            self._keys, self._read_at, self._failure = self._read(), self._clock(), None
        except (errors.Refused, errors.Unreachable) as exc:
            self._failure, self._failed_at = exc, self._clock()
            raise

    def doubted(self, keys: Keys) -> bool:
        """The server let `keys` do nothing; True if there are other ones now, which may."""
        with self._lock:
            if self._keys == keys and self._clock() - self._read_at >= DOUBT_S:
                self._read_at = self._clock()
                with contextlib.suppress(errors.Refused, errors.Unreachable):
                    self._keys = self._read()
            return self._keys != keys

    def have_changed(self, code: str, keys: Keys) -> bool:
        """The server answered with a service's code to a request with `keys`; True if a retry has other ones."""
        from launcher.storage.failures import DOUBTFUL_CREDENTIALS, STALE_CREDENTIALS  # a save may ask no server

        if code in STALE_CREDENTIALS:
            return self.refused(keys, is_expired=True)
        return code in DOUBTFUL_CREDENTIALS and self.doubted(keys)

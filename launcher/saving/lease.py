"""One writing session per project: an object in the home prefix says who writes, and is renewed while they do.

Taken, renewed and given back by conditional writes alone, so two sessions can never both hold it. Whether a lease is
dead is judged by the server's clock: its `Last-Modified` against the `Date` of the same answer. It is given back by
saying so in it, not by deleting it: a role without the right to delete is enough.
"""

from __future__ import annotations

import json
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from launcher import errors
from launcher.session.http_dates import moment_of
from launcher.storage.checksums import digest_of
from launcher.storage.json_text import json_of
from launcher.storage.objects import Head
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

#: A lease that nobody renewed for this long is dead: four renewals did not come.
DEAD_AFTER_S = 45.0
RENEW_EVERY_S = 10.0
#: Who renewed within this time is at work, as far as anybody can tell.
_FRESH_S = 1.5 * RENEW_EVERY_S
#: Between two looks at a holder who may be gone.
LOOK_EVERY_S = 2.0
LARGEST = 64 * 1024
#: Somebody may be faster at each look; more often than this it is no race any more.
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes. `writer` names one state dir of one session: after a kill its next process goes on with the lease.

    `since` is for people to read, nothing is decided by it; left empty, the lease fills it in.
    """

    writer: str
    who: str
    where: str
    since: str
    is_over: bool = False

    def to_bytes(self) -> bytes:
        """As stored; never twice the same, so that an equal checksum means that this very write arrived."""
        return json.dumps({**asdict(self), "beat": secrets.token_hex(8)}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Holder:
        """Read one; what cannot be read is a lease of somebody unknown."""
        try:
            found = json_of(data)
            texts = {name: str(found[name])[:200] for name in ("writer", "who", "where", "since")}
            return cls(**texts, is_over=found.get("is_over") is True)
        except (ValueError, KeyError, TypeError):
            return cls("?", "somebody", "another computer", "an unknown time")


def age_s(modified: str, now: str) -> float:
    """Seconds between two times of one server; 0 where it tells none, so that the lease counts as fresh."""
    try:
        return (moment_of(now) - moment_of(modified)).total_seconds()
    except ValueError:
        return 0.0


def is_free(holder: Holder, writer: str, age: float, dead_after_s: float = DEAD_AFTER_S) -> bool:
    """May this writer have the lease: given back, its own from before a kill, or dead?"""
    return holder.is_over or holder.writer == writer or age > dead_after_s


def is_at_work(holder: Holder, me: Holder, age: float, *, was_renewed: bool) -> bool:
    """Is it sure enough that a session lives: renewed before our eyes, or somebody else's and fresh?

    The same person at two computers is mostly one whose first session broke off: that one has to show itself.
    """
    return was_renewed or (holder.who != me.who and age <= _FRESH_S)


#: Lets some time pass; is told who is waited for, and the seconds after which they are given up.
Pause = Callable[[Holder, float], None]


class Lease:
    """The right to write one project."""

    def __init__(
        self, store: Store, home: S3Uri, project_id: str, me: Holder, dead_after_s: float = DEAD_AFTER_S
    ) -> None:
        self._store = store
        self._where = home.child(f".pose-launcher/lease/{project_id}")
        self._project = project_id
        self._me = me
        self._dead_after_s = dead_after_s
        self._etag: str | None = None
        self._began = time.monotonic()
        #: We were interrupted while the server was told: it may be ours there.
        self._is_unsure = False
        self._looked: list[tuple[Holder, Head] | None] = []
        #: Who took it over while it was ours, as far as we have found out.
        self.lost_to: Holder | None = None

    @property
    def is_held(self) -> bool:
        """Was it taken, and not given back or lost since?"""
        return self._etag is not None

    def look(self) -> None:
        """Look now what the next `take` starts from; it writes nothing, and what changes meanwhile is found then."""
        self._looked = [self._there()]

    def expect(self, etag: str) -> None:
        """Let the next `take` start from the lease as it was given back with this ETag, without a look.

        Only for a server that is known to keep to conditions.
        """
        self._looked = [(replace(self._me, is_over=True), Head.from_headers({"etag": etag}))]

    def take(self, pause: Pause | None = None) -> bool:
        """Hold it; raises `Held`, naming who does, if another session is at work.

        With `pause`, a holder who may be gone is watched until it renews, which is a sign of life, or is dead. True if
        nobody else had it since the last `look`, so that what was read after that look still holds.
        """
        seen, is_as_seen = "", bool(self._looked)
        for _ in range(_ATTEMPTS + (math.ceil(self._dead_after_s / LOOK_EVERY_S) if pause else 0)):
            there = self._looked.pop() if self._looked else self._there()
            if there is None or self._is_free(*there, self._me.writer):
                self._began = time.monotonic()
                if self._write(self._mine, there[1].etag if there else None):
                    return is_as_seen
                is_as_seen = False
                continue
            is_as_seen = False
            holder, head = there
            age = age_s(head.modified, head.now)
            if pause is None or is_at_work(holder, self._me, age, was_renewed=seen not in ("", head.etag)):
                raise held(holder, self._project)
            seen = head.etag
            pause(holder, max(self._dead_after_s - age, 0.0))
        raise held(Holder("?", "somebody", "another computer", "this moment"), self._project)

    @property
    def _mine(self) -> Holder:
        """We, and since when: by the server's clock as far as it has told the time by now, a renewal mends it."""
        since = self._store.http.server_time.now() - timedelta(seconds=time.monotonic() - self._began)
        return self._me if self._me.since else replace(self._me, since=since.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def renew(self) -> None:
        """Show that we are still here; raises `Held` if another session took it over meanwhile."""
        if not self._write(self._mine, self._etag):
            self._etag = None
            try:
                self.take()
            except HeldElsewhere as exc:
                self.lost_to = exc.holder
                raise

    def give_back(self) -> str | None:
        """Let the next one write at once; the ETag that it has then. One that was lost meanwhile is the other's: None.

        It is not held after this, whether the server has heard of it or not.
        """
        mine, self._etag = self._etag, None
        if mine is None and not self._is_unsure:
            return None
        try:
            return self._given_back(mine)
        finally:
            self._etag = None

    def _given_back(self, mine: str | None) -> str | None:
        over = replace(self._mine, is_over=True)
        if mine is not None and self._write(over, mine):
            return self._etag
        there = self._there()  # another process of this state dir may have renewed it since
        if there is None:
            return None
        holder, head = there
        if holder.writer == self._me.writer:
            return self._etag if self._write(over, head.etag) else None
        self.lost_to = holder
        return None

    def holder(self) -> Holder | None:
        """Who holds it now, for words; None if nobody does."""
        there = self._there()
        return None if there is None or self._is_free(*there, writer="") else there[0]

    def _is_free(self, holder: Holder, head: Head, writer: str) -> bool:
        return is_free(holder, writer, age_s(head.modified, head.now), self._dead_after_s)

    def _there(self) -> tuple[Holder, Head] | None:
        read = self._store.objects.read_to_replace(self._where, LARGEST)
        return None if read is None else (Holder.from_bytes(read[0]), read[1])

    def _write(self, holder: Holder, replaces: str | None) -> bool:
        data = holder.to_bytes()
        self._is_unsure = True
        try:
            stored = self._store.uploader.put(self._where, data, digest_of(data), replaces=replaces)
        except errors.LauncherError as exc:
            self._is_unsure = False
            if isinstance(exc, errors.ChangedMeanwhile):
                return False
            raise
        self._etag, self._is_unsure = stored.etag, False
        return True


class HeldElsewhere(errors.Held):
    """Another session holds the project; `holder` says which."""

    holder: Holder | None = None


def held(holder: Holder, project_id: str) -> errors.Held:
    """The words for the second session."""
    made = HeldElsewhere(
        project_id,
        title=f"{holder.who} is working on this project at {holder.where} since {holder.since}",
        hint="Nothing was changed, and what you have here is kept on this computer. Save again when that session has "
        "ended; a session that broke off is passed over within a minute.",
    )
    made.holder = holder
    return made

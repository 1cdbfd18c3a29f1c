"""A lease that is kept alive for as long as somebody needs it, by a thread of its own."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Self

from launcher import errors
from launcher.saving.last_lease import LastLease
from launcher.saving.lease import RENEW_EVERY_S, Holder, Lease, Pause

#: After a renewal that did not get through, the next one comes sooner: the lease is still ours, but not for long.
_SOON_S = 5.0


class Holding:
    """The right to write one project, from the first write until nobody needs it."""

    def __init__(self, lease: Lease, me: Holder, last: LastLease, every_s: float = RENEW_EVERY_S) -> None:
        self._lease = lease
        self._me = me
        self._last = last
        self._every_s = every_s
        self._one_at_a_time = threading.Lock()
        self._enough = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_held(self) -> bool:
        """Is it ours, as far as we know? Another session may have taken it over while the server was away."""
        return self._lease.is_held

    @property
    def lost_to(self) -> Holder | None:
        """Who took it over while it was ours: this process stood still, or the server was away."""
        return self._lease.lost_to

    def is_ours_there(self) -> bool:
        """Does the server say that some process of this state dir holds it?"""
        holder = self._lease.holder()
        return holder is not None and holder.writer == self._me.writer

    def look(self, *, is_strong: bool) -> None:
        """See who holds it, so that `take` need not ask; for doing both while something else is waited for.

        On a server that is known to keep to conditions nobody is asked, if it was given back from here before.
        """
        with self._one_at_a_time:
            etag = self._last.etag() if is_strong else None
            if self._lease.is_held:
                return
            if etag is not None:
                self._lease.expect(etag)
            else:
                self._lease.look()

    def take(self, pause: Pause | None = None) -> bool:
        """Hold it from now on; raises `Held` when another session does, with `pause` once that one has shown itself.

        True if nobody else had it since `look`: what was read after that look need not be read again.
        """
        with self._one_at_a_time:
            is_as_seen = self._lease.is_held or self._lease.take(pause)
        if self._thread is None or not self._thread.is_alive():
            self._enough.clear()
            thread = threading.Thread(target=self._keep_alive, name="lease", daemon=True)
            thread.start()  # told to end in here, nobody can wait for it, and nobody has to: let go, it ends
            self._thread = thread
        return is_as_seen

    def give_back(self) -> None:
        """Let the next session write at once; without an answer from the server it does so within a minute."""
        self.let_go()
        with suppress(errors.LauncherError):
            if (etag := self._lease.give_back()) is not None:
                self._last.keep(etag)

    def let_go(self) -> None:
        """Stop keeping it alive, and leave it as it is: another process of this state dir goes on with it."""
        self._enough.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()

    def _keep_alive(self) -> None:
        pause = self._every_s
        while not self._enough.wait(pause):
            try:
                with self._one_at_a_time:
                    self._lease.renew()
                pause = self._every_s
            except errors.Held:
                return  # it is another session's now, and whoever wants to write next is told so
            except errors.LauncherError:
                pause = min(_SOON_S, self._every_s)

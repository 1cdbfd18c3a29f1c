"""What time it is for the service, on a computer whose own clock may be hours off."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def local_now() -> datetime:
    """By this computer's clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class TrustedTime:
    """Counts on from the last moment that a server told; until one did, the local clock has to do.

    In between, the counter that only goes forward is used: somebody who sets the clock moves no end of a session.
    """

    monotonic: Callable[[], float] = time.monotonic
    local: Callable[[], datetime] = local_now
    skew_s: float | None = None
    _told: datetime | None = field(default=None, init=False)
    _at: float = field(default=0.0, init=False)

    def tell(self, server_time: datetime) -> None:
        """A server said what time it is, to the second and after its answer's way here."""
        self._told, self._at = server_time, self.monotonic()
        self.skew_s = (self.local() - server_time).total_seconds()

    def now(self) -> datetime:
        """The best that is known."""
        if self._told is None:
            return self.local()
        return self._told + timedelta(seconds=self.monotonic() - self._at)

    @property
    def age_s(self) -> float | None:
        """How long ago a server was asked; None if none was."""
        return None if self._told is None else self.monotonic() - self._at

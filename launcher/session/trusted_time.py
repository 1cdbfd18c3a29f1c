"""What time it is for the service, on a computer whose own clock may be hours off."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def local_now() -> datetime:
    """By this computer's clock."""
    return datetime.now(UTC)


#: Answers of one server may be so far apart, by their ways here and its own clocks.
_AGREE_S = 60.0
#: What a server tells outside of these years is no time, and from some of it nothing can be counted on or back.
_YEARS = range(1970, 9000)


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
    #: Do the last two answers agree?
    is_sure: bool = field(default=False, init=False)
    _doubted: tuple[datetime, float] | None = field(default=None, init=False)

    def hear(self, server_time: datetime) -> None:
        """One of many answers says what time it is. What contradicts the time until now counts when the next agrees.

        One answer with a wrong date, of a server or of something on the way, makes nothing old before its time.
        """
        if server_time.year not in _YEARS:
            return
        if self._told is None:
            self.tell(server_time)
        elif self._is_about(server_time, self._told, self._at) or (
            self._doubted is not None and self._is_about(server_time, *self._doubted)
        ):
            self.tell(server_time)
            self.is_sure, self._doubted = True, None
        else:
            self.is_sure, self._doubted = False, (server_time, self.monotonic())

    def _is_about(self, server_time: datetime, told: datetime, at: float) -> bool:
        return abs((server_time - told).total_seconds() - (self.monotonic() - at)) <= _AGREE_S

    def tell(self, server_time: datetime) -> None:
        """A server said what time it is, to the second and after its answer's way here."""
        self.skew_s = (self.local() - server_time).total_seconds()
        self._told, self._at = server_time, self.monotonic()

    def now(self) -> datetime:
        """The best that is known."""
        if self._told is None:
            return self.local()
        return self._told + timedelta(seconds=self.monotonic() - self._at)

    @property
    def age_s(self) -> float | None:
        """How long ago a server was asked; None if none was."""
        return None if self._told is None else self.monotonic() - self._at

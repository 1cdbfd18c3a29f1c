"""What signatures are dated by: this computer's clock, unless the server refuses it for being too far off."""

from __future__ import annotations

import time
from collections.abc import Callable

from launcher.session.http_dates import moment_of

#: The service's code for a signature that is dated more than fifteen minutes off its own clock.
TOO_FAR_OFF = "RequestTimeTooSkewed"
#: The `Date` of an answer is in whole seconds, and after its way here.
_ABOUT_S = 60.0


class SigningClock:
    """Learns from refusals alone: a `Date` that nobody acts on may be wrong, and costs nothing."""

    def __init__(self, local: Callable[[], float] = time.time) -> None:
        self._local = local
        #: What is to be added to this computer's time, in seconds.
        self.correction_s = 0.0

    def moment(self) -> str:
        """Now, as signatures have it (ISO 8601, basic format)."""
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._local() + self.correction_s))

    def was_refused(self, date: str | None, correction_s: float) -> bool:
        """A request that was dated with this correction is too far off; `date` is that of the refusal.

        True if it would be dated otherwise now. Others may have been refused at the same time, and told so before.
        """
        try:
            server = moment_of(date or "").timestamp()
        except ValueError:
            return False
        self.correction_s = server - self._local()
        return abs(self.correction_s - correction_s) > _ABOUT_S

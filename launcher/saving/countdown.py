"""Waiting for a session that may have broken off: the person reads for whom, and how long at most."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from launcher.saving.lease import LOOK_EVERY_S, Holder

TELL_EVERY_S = 5.0


def words(holder: Holder, left_s: float) -> str:
    """One line of the count-down."""
    return (
        f"{holder.who} has this project open at {holder.where} since {holder.since}. "
        f"If that session broke off, this goes on by itself in {max(round(left_s), 1)} s …"
    )


class Countdown:
    """A pause between two looks that tells now and then how long it may still take."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told_at = math.inf

    def __call__(self, holder: Holder, left_s: float) -> None:
        """Tell, if it is time to, and let a moment pass."""
        if left_s <= self._told_at - TELL_EVERY_S:
            self._told_at = left_s
            self._tell(words(holder, left_s))
        time.sleep(LOOK_EVERY_S)

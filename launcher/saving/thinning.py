"""What of the history may go: pure decisions from what is kept, since when, and how much room there is.

A content is kept from the moment at which it was replaced, and a state from the moment at which a newer one was saved.
All moments are the server's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

#: Deleted at once at most; what is left goes the next time.
AT_ONCE = 50
#: What was replaced a moment ago stays, whatever the quota says: a slip of the hand is noticed within the hour.
_NEVER_WITHIN = timedelta(hours=1)
#: States of the saver, a minute apart, stay for a day; of those from before then, the last of each hour.
_DENSE = timedelta(days=1)
_BY_THE_SAVER = len("2026-01-31T14-05.json")
#: A content that came back and was replaced again has a fresh copy after a day at most (`history.py`).
_SPARE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Kept:
    """One object of the history."""

    key: str
    etag: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Room:
    """How much the home prefix holds, and how much it may; 0 means that nothing is said about that."""

    used: int
    quota: int

    @property
    def excess(self) -> int:
        """How much is too much."""
        return max(self.used - self.quota, 0) if self.quota else 0


def horizon(contents: Iterable[Kept], now: datetime, keep_days: int, room: Room) -> datetime:
    """What was replaced before this moment may go: `keep_days` ago, or later as far as the quota asks for it."""
    oldest = now - timedelta(days=keep_days) - _SPARE
    latest, freed = now - _NEVER_WITHIN, 0
    for one in sorted(contents, key=lambda kept: kept.modified):
        is_old = one.modified < oldest
        if not is_old and (freed >= room.excess or one.modified >= latest):
            break
        freed += one.size
        oldest = max(oldest, one.modified + timedelta(microseconds=1))
    return oldest


def gone(states: Sequence[Kept], contents: Sequence[Kept], before: datetime, needed: Iterable[str]) -> list[Kept]:
    """What goes, the oldest first: states that a newer one had replaced before then, and contents that nobody needs.

    The newest state always stays, and so does what it needs (`needed`: the last parts of keys).
    """
    ordered = sorted(states, key=lambda kept: kept.modified)
    old_states = [state for state, newer in pairwise(ordered) if newer.modified < before]
    stay = frozenset(needed)
    old_contents = [one for one in contents if one.modified < before and one.key.rpartition("/")[2] not in stay]
    return sorted([*old_states, *old_contents], key=lambda kept: kept.modified)


def crowded(states: Sequence[Kept], now: datetime) -> list[Kept]:
    """States that nobody asked for, from more than a day ago, and that another one of the same hour followed."""
    old = [one for one in states if one.modified < now - _DENSE and _is_the_savers(one)]
    last = {f"{one.modified:%Y-%m-%dT%H}": one for one in sorted(old, key=lambda kept: kept.modified)}
    return [one for one in old if last[f"{one.modified:%Y-%m-%dT%H}"] is not one]


def _is_the_savers(state: Kept) -> bool:
    """Its key names a minute alone; a person's state is named by its very moment."""
    return len(state.key.rpartition("/")[2]) == _BY_THE_SAVER

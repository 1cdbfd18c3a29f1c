"""What goes first when a session ends: pure decisions about time, importance and size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from launcher.journal import ProjectRecord, Stat

#: Ours is over this long before the end that we were given; the last word to the server takes part of the rest.
_MARGIN_S, _LAST_WORD_S = 5.0, 4.0
_HASTY_LAST_WORD_S = 2.0
#: A batch has this much at least. Less of it tells how fast answers come, and not how fast the way is.
_BATCH_BYTES = 8 * 1024 * 1024
_TELLING_BYTES = 4 * 1024 * 1024
_GUESSED_BYTES_PER_S = 1024 * 1024
#: After each batch the list goes, which is tens of megabytes for a project of 200,000 files.
_BATCH_FILES = 2_000
#: A file that failed is tried again when everything else has had its chance.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Times:
    """Moments on a clock that counts forward: until when files go, and when we are gone."""

    send_until: float
    end: float

    def is_hasty(self, began: float) -> bool:
        """Had a last word that began then, late as on a computer that slept, too little time for a healthy server?"""
        return self.end - max(began, self.send_until) < _HASTY_LAST_WORD_S


def times_of(began: float, deadline_s: float) -> Times:
    """Of very short deadlines half is left for the caller, and a third for the last word."""
    end = max(deadline_s - _MARGIN_S, deadline_s / 2)
    return Times(began + max(end - _LAST_WORD_S, end * 2 / 3), began + end)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A file that has still to go; `rank` is its place in its tool's order of importance."""

    record: ProjectRecord
    path: str
    stat: Stat
    is_label: bool
    rank: int
    tries: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Which file it is."""
        return self.record.id, self.path


def speed_of(size: int, seconds: float) -> float:
    """Bytes a second, measured if enough was sent, else guessed."""
    return size / seconds if size >= _TELLING_BYTES and seconds > 0 else _GUESSED_BYTES_PER_S


def in_order(unsaved: Iterable[Unsaved]) -> list[Unsaved]:
    """What failed comes after all else, then by importance and size."""
    return sorted(unsaved, key=_order)


def next_batch(ordered: Iterable[Unsaved], bytes_per_s: float, seconds: float) -> list[Unsaved]:
    """What to send now, all of one project: label files, then in their order what fits into the time.

    What does not seem to fit comes last, the smallest first: a try costs nothing when nothing else is left.
    """
    left = [one for one in ordered if one.tries < _TRIES]
    labels = [one for one in left if one.is_label and one.tries == 0]
    if labels:
        return _of_one_project(labels)
    fits = bytes_per_s * max(seconds, 0.0)
    fitting = [one for one in left if one.stat.size <= fits]
    if not fitting:
        return sorted(left, key=lambda one: one.stat.size)[:1]
    return _first_bytes(_of_one_project(fitting), max(_BATCH_BYTES, fits / 4))


def _order(one: Unsaved) -> tuple[int, int, int, str, str]:
    return one.tries, one.rank, one.stat.size, one.record.id, one.path


def _of_one_project(ordered: Sequence[Unsaved]) -> list[Unsaved]:
    return [one for one in ordered if one.record.id == ordered[0].record.id]


def _first_bytes(ordered: Sequence[Unsaved], at_most: float) -> list[Unsaved]:
    """The beginning of the list that has so many bytes; one file at least."""
    chosen: list[Unsaved] = []
    size = 0
    for one in ordered[:_BATCH_FILES]:
        size += one.stat.size
        if chosen and size > at_most:
            break
        chosen.append(one)
    return chosen

"""Moments, and the time that is left. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from launcher.ui.rows import Limit
from launcher.ui.texts import tr
from launcher.ui.words.amounts import duration
from launcher.ui.words.lines import Line, Tone


def at_time(moment: str) -> str:
    """A time of S3's, on this computer's clock face: `at 14:05`, with its day if that is not today."""
    try:
        local = datetime.fromisoformat(moment).astimezone()
    except ValueError:
        return ""
    pattern = "%H:%M" if local.date() == datetime.now().astimezone().date() else "%H:%M, %d %b"
    return tr("at {time}", time=local.strftime(pattern))


def time_left(limits: Sequence[Limit], seconds_since: float = 0.0) -> Line | None:
    """How long the session still lasts; None where no end is known."""
    if not limits:
        return None
    seconds = min(limit.seconds_left for limit in limits) - seconds_since
    if seconds <= 0:
        return Line(tr("The session ends now"), Tone.FAILED)
    tone = Tone.ATTENTION if seconds <= 30 * 60 else Tone.PLAIN
    return Line(tr("{time} left", time=_counted_down(seconds)), tone)


def _counted_down(seconds: float) -> str:
    """In whole minutes; in the last five also with the seconds, ten at a time, so that nothing flickers."""
    if not 60 <= seconds <= 300:
        return duration(seconds)
    minutes, rest = divmod(int(seconds), 60)
    tens = rest // 10 * 10
    return tr("{m} min {s} s", m=minutes, s=tens) if tens else tr("{m} min", m=minutes)

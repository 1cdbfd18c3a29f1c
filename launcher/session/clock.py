"""Which limit ends the session first, and when: pure decisions about moments that somebody else measured.

Three clocks of the service can end a session. The maximum runs from the reservation on; the disconnect clock only while
nobody is connected; the idle clock since the last key or mouse move, and what it does is to disconnect, so that the
session itself ends one disconnect time-out later. Transfers and training do not count as life.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from launcher import errors

#: Somebody who paused this long may be reading; only then is the idle clock worth showing among the ends.
IDLE_COUNTS_AFTER = timedelta(minutes=1)


class Level(IntEnum):
    """How loudly an end is told; the value is the number of minutes that are left from then on."""

    NONE = 0
    QUIET = 30
    TOLD = 15
    URGENT = 5


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a session's limits; a limit of 0 minutes is not known, or there is none."""

    started: datetime | None = None
    max_minutes: int = 0
    disconnect_minutes: int = 0
    idle_minutes: int = 0
    #: The end of the maximum duration as the broker has it from the service; it wins over our own sum.
    told_end: datetime | None = None
    #: Since when nobody is connected, if the broker says that nobody is.
    disconnected_since: datetime | None = None
    #: The last key or mouse move; None where it cannot be seen.
    last_input: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """An end of the session that is coming unless somebody does something."""

    name: str
    ends: datetime
    seconds_left: int

    @property
    def level(self) -> Level:
        """How loudly it is told now."""
        return level_of(self.seconds_left)


@dataclass(frozen=True, slots=True)
class IdleForecast:
    """What happens if nobody touches the stream any more: disconnected at `strikes`, over at `ends`."""

    strikes: datetime
    ends: datetime
    is_seen: bool


def limits(known: Known, now: datetime) -> tuple[Limit, ...]:
    """Every clock of the service that runs now, the one that ends the session first in front."""
    ends = sorted(_ends(known, now), key=lambda one: one[1])
    return tuple(Limit(name, end, max(0, round((end - now).total_seconds()))) for name, end in ends)


def _ends(known: Known, now: datetime) -> Iterator[tuple[str, datetime]]:
    if known.told_end is not None:
        yield "maximum", known.told_end
    elif known.started is not None and known.max_minutes:
        yield "maximum", known.started + timedelta(minutes=known.max_minutes)
    if known.disconnected_since is not None and known.disconnect_minutes:
        yield "disconnect", known.disconnected_since + timedelta(minutes=known.disconnect_minutes)
    elif (idle := idle_forecast(known, now)) and known.last_input and now - known.last_input >= IDLE_COUNTS_AFTER:
        yield "idle", idle.ends


def idle_forecast(known: Known, now: datetime) -> IdleForecast | None:
    """When the idle clock strikes; where input cannot be seen, as if the last of it were now. None without a limit."""
    if not known.idle_minutes:
        return None
    last = min(known.last_input or now, now)
    strikes = last + timedelta(minutes=known.idle_minutes)
    return IdleForecast(strikes, strikes + timedelta(minutes=known.disconnect_minutes), known.last_input is not None)


def level_of(seconds_left: float) -> Level:
    """Quiet in the last half hour, told in the last quarter, urgent in the last five minutes."""
    minutes = seconds_left / 60
    return next((one for one in (Level.URGENT, Level.TOLD, Level.QUIET) if minutes <= one.value), Level.NONE)


_BECAUSE = {
    "maximum": "the longest time that a session may last is over then",
    "disconnect": "nobody is connected to it",
    "idle": "nobody has touched keyboard or mouse; a running tool does not count as work",
}


def words(limit: Limit) -> str:
    """One sentence for the person, with what to do when it is close."""
    minutes = max(1, round(limit.seconds_left / 60))
    span = f"{minutes} minute{'s' if minutes != 1 else ''}" if limit.seconds_left else "this moment"
    said = f"The session ends in {span}: {_BECAUSE[limit.name]}."
    if limit.level is not Level.URGENT:
        return said
    advice = "Move the mouse to stay." if limit.name == "idle" else "Save, stop and leave now."
    return f"{said} {advice}"


@dataclass(frozen=True, slots=True)
class BrokerAnswer:
    """What the site's broker knows of this session from the service itself (docs/admin-contract.md).

    The answer holds credentials too; they are none of this room's business and go no further.
    """

    started: datetime | None = None
    ends: datetime | None = None
    disconnected_since: datetime | None = None


def parse_broker(data: bytes) -> BrokerAnswer:
    """The broker's small JSON; unknown keys are ignored, a wrong type is named."""
    try:
        answer = json.loads(data)
        return BrokerAnswer(*(_moment(answer.get(name)) for name in ("started", "ends", "disconnected_since")))
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as exc:
        raise errors.NotDone(
            title="The broker's answer cannot be understood",
            hint="The end of the session is reckoned from the site catalogue instead. Tell your admin.",
            detail=type(exc).__name__,
        ) from None  # the answer holds credentials, and a parser's complaint quotes what it read


def _moment(text: object) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)

"""Hours and cost per person: pure, from the sessions of a month and a table of prices with their days."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from installer.given import read_given
from installer.usage.reports import Ended
from launcher import errors
from launcher.config.plain import plain

LARGEST = 1_000_000


class Price(BaseModel):
    """What an hour of one type cost on one day."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    instance_type: str = Field(pattern=r"^[a-z0-9.-]{1,60}$")
    system: str = Field(pattern=r"^(windows|linux)$")
    usd_per_hour: float = Field(ge=0, le=1000)
    day: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    source: str = Field(min_length=1, max_length=200)


@dataclass(frozen=True, slots=True)
class PersonHours:
    """One person's month; the cost is None where a type has no price."""

    user: str
    sessions: int
    hours: float
    gpu_hours: float
    usd: float | None


def load_prices(path: Path, system: str) -> dict[str, Price]:
    """The newest price of each type for one system."""
    try:
        text = read_given(path, LARGEST).decode("utf-8-sig")
        rows = [Price.model_validate(row) for row in tomllib.loads(text).get("price", [])]
    except (ValueError, RecursionError, ValidationError, TypeError) as exc:
        raise errors.BadUsage(
            path,
            title="This table of prices cannot be used",
            hint="resources/prices.toml shows its form.",
            detail=str(exc),
        ) from exc
    ordered = sorted((row for row in rows if row.system == system), key=lambda row: row.day)
    return {row.instance_type: row for row in ordered}


def per_person(sessions: Sequence[Ended], prices: dict[str, Price]) -> list[PersonHours]:
    """The longest first."""
    people: dict[str, list[Ended]] = {}
    for session in sessions:
        people.setdefault(session.user, []).append(session)
    return sorted(
        (_person(user, rows, prices) for user, rows in people.items()), key=lambda one: (-one.hours, one.user)
    )


def total(people: Sequence[PersonHours]) -> PersonHours:
    """Everybody together; the cost of those whose cost is known, None where it is of nobody."""
    known = [one.usd for one in people if one.usd is not None]
    hours, gpu = (round(sum(getattr(one, name) for one in people), 2) for name in ("hours", "gpu_hours"))
    return PersonHours(
        "Together", sum(one.sessions for one in people), hours, gpu, round(sum(known), 2) if known else None
    )


def without_price(sessions: Sequence[Ended], prices: dict[str, Price]) -> list[str]:
    """Types that ran and that the table has no price for."""
    return sorted({plain(one.instance_type) for one in sessions} - prices.keys())


def _person(user: str, rows: Sequence[Ended], prices: dict[str, Price]) -> PersonHours:
    hours = sum(row.seconds for row in rows) / 3600
    gpu = sum(row.seconds for row in rows if ".graphics." in row.instance_type) / 3600
    known = all(row.instance_type in prices for row in rows)
    usd = sum(row.seconds / 3600 * prices[row.instance_type].usd_per_hour for row in rows) if known else None
    return PersonHours(plain(user), len(rows), round(hours, 2), round(gpu, 2), None if usd is None else round(usd, 2))

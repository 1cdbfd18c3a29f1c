"""Hours and cost per person: pure, from the sessions of a month and a table of prices with their days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from installer.usage.reports import Ended
from launcher.config.plain import plain
from launcher.config.toml_document import parsed, text_of
from launcher.config.wrong_entry import refused, wrong_entries

WHAT = "table of prices"


class Price(BaseModel):
    """What an hour of one type cost on one day."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    instance_type: str = Field(pattern=r"^[A-Za-z0-9.-]{1,60}$", description="a type such as stream.graphics.g5.xlarge")
    system: str = Field(pattern=r"^(windows|linux)$", description='"windows" or "linux"')
    usd_per_hour: float = Field(ge=0, le=1000, description="a number such as 0.844, at most 1000")
    day: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description='the day of the price, such as "2026-11-28"')
    source: str = Field(min_length=1, max_length=200, description="who says so, at most 200 characters")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    price: Annotated[tuple[Price, ...], Strict(False)] = Field(default=(), description="[[price]] tables")


@dataclass(frozen=True, slots=True)
class PersonHours:
    """One person's month; the cost is None where a type has no price."""

    user: str
    sessions: int
    hours: float
    gpu_hours: float
    usd: float | None


def load_prices(path: Path, system: str) -> dict[str, Price]:
    """The newest price of each type for one system; what is wrong is refused with its line."""
    document, lines = parsed(text_of(path, WHAT), str(path), WHAT)
    try:
        rows = _Table.model_validate(document).price
    except ValidationError as exc:
        raise refused(str(path), wrong_entries(exc, _Table, lines), WHAT) from exc
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

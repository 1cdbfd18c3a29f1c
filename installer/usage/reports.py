"""The service's daily session reports: CSV in a bucket of its own, read for one month.

Layout by its guide: `sessions/schedule=DAILY/year=YYYY/month=MM/day=DD/daily-session-report-YYYY-MM-DD.csv`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from installer.cloud import service_errors

LARGEST = 50_000_000
_NEEDED = ("user_session_id", "user_id", "session_duration_in_seconds", "instance_type", "fleet_name")


@dataclass(frozen=True, slots=True)
class Ended:
    """One session that is over."""

    session_id: str
    user: str
    fleet: str
    instance_type: str
    started: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Unread:
    """A report, or a row of one, that does not say what it should."""

    report: str
    message: str


def read_month(s3: Any, bucket: str, month: str) -> tuple[list[Ended], list[Unread]]:
    """Every session of a month (`YYYY-MM`), each once."""
    year, number = month.split("-")
    prefix = f"sessions/schedule=DAILY/year={year}/month={number}/"
    sessions: dict[str, Ended] = {}
    unread: list[Unread] = []
    with service_errors(f"s3://{bucket}/{prefix}"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for row in page.get("Contents", ()):
                text = s3.get_object(Bucket=bucket, Key=row["Key"])["Body"].read(LARGEST).decode("utf-8-sig", "replace")
                found, wrong = rows_of(text, row["Key"])
                sessions |= {one.session_id: one for one in found}
                unread += wrong
    return list(sessions.values()), unread


def rows_of(text: str, report: str) -> tuple[list[Ended], list[Unread]]:
    """The sessions of one report; what it lacks is named, and the rest is taken."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        return [], [Unread(report, f"has no column {', '.join(missing)}")]
    return _split(_taken(row, report, reader.line_num) for row in reader)


def _taken(row: dict[str, Any], report: str, line: int) -> Ended | Unread:
    try:
        seconds = float(row["session_duration_in_seconds"])
    except (TypeError, ValueError):
        return Unread(report, f"line {line}: no duration")
    if not row["user_session_id"] or not 0 <= seconds < 10_000_000:
        return Unread(report, f"line {line}: no session, or a duration that cannot be")
    names = ("user_session_id", "user_id", "fleet_name", "instance_type", "session_start_time")
    session, user, fleet, kind, started = (str(row.get(name) or "") for name in names)
    return Ended(session, user, fleet, kind, started, seconds)


def _split(found: Iterator[Ended | Unread] | Iterable[Ended | Unread]) -> tuple[list[Ended], list[Unread]]:
    rows = list(found)
    return [one for one in rows if isinstance(one, Ended)], [one for one in rows if isinstance(one, Unread)]

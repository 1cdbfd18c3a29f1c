"""How long the session stays: its facts, the limits that run now, and what happens if nobody touches it any more."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.session import clock, last_input
from launcher.session.clock import BrokerAnswer, IdleForecast, Known, Level, Limit
from launcher.session.facts import SERVICE, SessionFacts
from launcher.session.trusted_time import TrustedTime

if TYPE_CHECKING:
    from launcher.config.site import Site
    from launcher.desk.desk import Desk

#: The time is asked for again now and then; the broker as often as a limit may move.
_TIME_EVERY_S, _BROKER_EVERY_S = 600.0, 60.0
#: A clock that is off by less is as good as right.
SKEW_TOLD_S = 60.0
#: Far below what a stream's network gives, so that the forecast promises nothing that does not come.
_CAUTIOUS_BYTES_PER_S = 2 * 1024 * 1024


@dataclass(slots=True)
class SessionClock:
    """The limits of this session as they are now; remembers what servers told, and for how long that is good."""

    site: Site | None
    facts: SessionFacts
    idle_seconds: Callable[[Mapping[str, str]], float | None] = last_input.idle_seconds
    time: TrustedTime = field(default_factory=TrustedTime)
    problem: str = ""
    _answer: BrokerAnswer = field(default_factory=BrokerAnswer)
    _asked_at: float | None = None

    def known(self) -> Known:
        """What is known now; asks the servers if what they said is old."""
        self._ask_broker()
        self._ask_time()
        limits = self.site.session if self.site else None
        idle = self.idle_seconds(os.environ) if limits and limits.idle_minutes else None
        return Known(
            started=self._answer.started or self.facts.started,
            max_minutes=limits.max_minutes if limits else 0,
            disconnect_minutes=limits.disconnect_minutes if limits else 0,
            idle_minutes=limits.idle_minutes if limits else 0,
            told_end=self._answer.ends,
            disconnected_since=self._answer.disconnected_since,
            last_input=None if idle is None else self.time.now() - timedelta(seconds=idle),
        )

    def _ask_broker(self) -> None:
        if self.site is None or not self.site.broker.url:
            return
        if self._asked_at is not None and time.monotonic() - self._asked_at < _BROKER_EVERY_S:
            return
        self._asked_at = time.monotonic()
        try:
            self._answer, self.problem = ask_broker(self.site, self.time), ""
        except errors.LauncherError as exc:
            self.problem = f"The broker: {exc}"  # what it said before is still the best that is known

    def _ask_time(self) -> None:
        """Only where an end depends on it, and no broker's answer told it already."""
        age = self.time.age_s
        if self.site is None or not self.facts.is_in_a_stream or (age is not None and age < _TIME_EVERY_S):
            return
        from launcher.storage import asked_once

        s3 = self.site.s3
        try:
            answer = asked_once.ask(asked_once.address_of(s3), s3.ca_bundle, method="HEAD")
        except errors.Unreachable:
            return
        if answer.server_time is not None:
            self.time.tell(answer.server_time)


def ask_broker(site: Site, trusted: TrustedTime) -> BrokerAnswer:
    """What the site's broker says of this session (docs/admin-contract.md); it knows us by our address alone."""
    from launcher.storage import asked_once

    answer = asked_once.ask(site.broker.url, site.s3.ca_bundle)
    if answer.server_time is not None:
        trusted.tell(answer.server_time)
    if answer.status != 200:
        raise errors.NotDone(
            f"status {answer.status}",
            title="It does not tell the end of this session now",
            hint="The end is reckoned from the site catalogue instead.",
        )
    return clock.parse_broker(answer.body)


def session_row(facts: SessionFacts, home: str, session: SessionClock) -> dict[str, Any]:
    """Who, where, how long (contract); `first` is the limit that ends the session first."""
    known = session.known()
    now = session.time.now()
    running = clock.limits(known, now)
    first = running[0] if running else None
    return {
        "user": facts.user,
        "user_hash": facts.user_hash,
        "access_mode": facts.access_mode,
        "stack": facts.stack,
        "fleet": facts.fleet,
        "image": facts.image,
        "instance_type": facts.instance_type,
        "session_id": facts.session_id,
        "home": home,
        "started": iso(facts.started),
        "limits": [_limit_row(one) for one in running],
        "source": facts.source,
        "first": first.name if first else None,
        "warning": {"level": _LEVELS[first.level], "words": clock.words(first)} if first else None,
        "idle": _idle_row(clock.idle_forecast(known, now), now),
        "clock": {"source": "this computer" if session.time.skew_s is None else "server", "skew": session.time.skew_s},
        "service": SERVICE,
        "notices": [*facts.notices, *_clock_notices(session)],
    }


_LEVELS = {Level.NONE: "none", Level.QUIET: "quiet", Level.TOLD: "told", Level.URGENT: "urgent"}


def _limit_row(limit: Limit) -> dict[str, Any]:
    return {"name": limit.name, "ends": iso(limit.ends), "seconds_left": limit.seconds_left}


def _idle_row(forecast: IdleForecast | None, now: datetime) -> dict[str, Any] | None:
    if forecast is None:
        return None
    return {
        "strikes": iso(forecast.strikes),
        "seconds_left": max(0, round((forecast.strikes - now).total_seconds())),
        "ends": iso(forecast.ends),
        "input_seen": forecast.is_seen,
    }


def foresee(desk: Desk) -> dict[str, Any] | None:
    """What an idle limit would cut off: the tools that run, and what of their work would be saved by then.

    The saver keeps up with what is written, so all that is not saved now has until then at a cautious speed.
    """
    row: dict[str, Any] | None = desk.session()["idle"]
    if row is None:
        return None
    unsaved = [one for one in desk.status(None) if not one["all_saved"]]
    goes_by_itself = not any(one["problem"] or _is_stuck(one["items"]) for one in unsaved)
    size = sum(int(one["unsaved_bytes"]) for one in unsaved)
    from launcher.desk.saver_process import saver_row

    running = saver_row(desk.setup.state.path)["running"]
    return row | {
        "running": _running_tools(desk),
        "unsaved_files": sum(int(one["unsaved_files"]) for one in unsaved),
        "unsaved_bytes": size,
        "saved_by_then": not unsaved
        or (running and goes_by_itself and size <= row["seconds_left"] * _CAUTIOUS_BYTES_PER_S),
    }


def _is_stuck(items: Iterable[Mapping[str, Any]]) -> bool:
    """Is there a file among them that no time is enough for?"""
    from launcher.saving.plan import FileState

    return any(item["state"] in (FileState.FAILED, FileState.LEFT_OUT) for item in items)


def _running_tools(desk: Desk) -> list[dict[str, str]]:
    from launcher.journal.run_records import RunRecords
    from launcher.runs.runs import Runs
    from launcher.tools import tool

    runs = Runs(RunRecords(desk.journal), desk.setup.state.path / "runs")
    looks = [look for look in runs.listed() if not look.state.is_over]
    return [
        {"run": look.record.run, "tool": tool(look.record.tool_id).title, "project": look.record.project}
        for look in looks
    ]


def _clock_notices(session: SessionClock) -> list[str]:
    notices = [session.problem] if session.problem else []
    if session.time.skew_s is not None and abs(session.time.skew_s) > SKEW_TOLD_S:
        ahead = "ahead" if session.time.skew_s > 0 else "behind"
        span = timedelta(seconds=round(abs(session.time.skew_s)))
        notices.append(f"This computer's clock is {span} {ahead}; times here are by the server's clock.")
    return notices


def iso(moment: datetime | None) -> str | None:
    """As the contract writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None

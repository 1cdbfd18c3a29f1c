"""Which limit ends a session first, against a service that counts its own seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from launcher.errors import NotDone
from launcher.session.clock import (
    BrokerAnswer,
    Known,
    Level,
    Limit,
    idle_forecast,
    level_of,
    limits,
    parse_broker,
    words,
)
from launcher.session.trusted_time import TrustedTime

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
#: As exact as the issue asks for.
EXACT_S = 30


@dataclass
class SimulatedService:
    """Ends sessions as the service says it does: counts in steps, and knows nothing of how we reckon."""

    max_minutes: int
    disconnect_minutes: int
    idle_minutes: int

    def end(self, last_input_s: int, leaves_s: int | None) -> tuple[str, int]:
        """Which clock ends a session, and its age then, if nothing is touched after `last_input_s`."""
        gone_for, idle_for, why = 0, 0, "maximum"
        connected = True
        for second in self._seconds():
            if second >= self.max_minutes * 60:
                return "maximum", second
            if connected and leaves_s is not None and second >= leaves_s:
                connected, why = False, "disconnect"
            idle_for = 0 if second <= last_input_s else idle_for + self.STEP
            if connected and self.idle_minutes and idle_for >= self.idle_minutes * 60:
                connected, why = False, "idle"
            gone_for = 0 if connected else gone_for + self.STEP
            if gone_for > self.disconnect_minutes * 60:
                return why, second
        raise AssertionError("no session is endless")

    STEP = 5

    def _seconds(self) -> Iterator[int]:
        return iter(range(0, self.max_minutes * 60 + self.STEP, self.STEP))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(10, 300),
    st.integers(1, 120),
    st.integers(0, 90),
    st.integers(0, 200 * 60),
    st.one_of(st.none(), st.integers(0, 250 * 60)),
)
def test_the_first_end_is_the_services_to_half_a_minute(
    maximum: int, disconnect: int, idle: int, last_input_s: int, leaves_s: int | None
) -> None:
    service = SimulatedService(maximum, disconnect, idle)
    name, age = service.end(last_input_s, leaves_s)
    # Asked when the clock that will end the session has begun to run.
    begun = {"maximum": 0, "disconnect": leaves_s or 0, "idle": last_input_s + 60}[name]
    now = START + timedelta(seconds=min(begun + 1, age))
    has_left = leaves_s is not None and name == "disconnect"
    known = Known(
        started=START,
        max_minutes=maximum,
        disconnect_minutes=disconnect,
        idle_minutes=idle,
        disconnected_since=START + timedelta(seconds=leaves_s or 0) if has_left else None,
        last_input=None if has_left else min(START + timedelta(seconds=last_input_s), now),
    )
    first = limits(known, now)[0]
    assert abs((first.ends - START).total_seconds() - age) <= EXACT_S
    assert abs(first.seconds_left - (age - (now - START).total_seconds())) <= EXACT_S


@pytest.mark.parametrize(
    ("known", "minutes_on", "expected"),
    [
        (Known(START, 960, 120, 0), 30, [("maximum", 960)]),
        (Known(START, 60), 60, [("maximum", 60)]),
        (Known(START, 60), 4000, [("maximum", 60)]),
        (Known(None, 960), 30, []),
        (Known(START, 0), 30, []),
        (Known(None, 960, told_end=START + timedelta(minutes=90)), 30, [("maximum", 90)]),
        (Known(START, 960, told_end=START + timedelta(minutes=90)), 30, [("maximum", 90)]),
        (Known(START, 960, 120, 60, last_input=START + timedelta(minutes=30)), 30.5, [("maximum", 960)]),
        (Known(START, 960, 120, 60, last_input=START), 30, [("idle", 180), ("maximum", 960)]),
        (Known(START, 100, 120, 60, last_input=START), 30, [("maximum", 100), ("idle", 180)]),
        (Known(START, 960, 120, 0, last_input=START), 30, [("maximum", 960)]),
        (Known(START, 960, 0, 60, last_input=START), 30, [("idle", 60), ("maximum", 960)]),
        (
            Known(START, 960, 15, 60, disconnected_since=START, last_input=START),
            5,
            [("disconnect", 15), ("maximum", 960)],
        ),
    ],
)
def test_only_clocks_that_run_are_told_the_first_end_in_front(
    known: Known, minutes_on: float, expected: list[tuple[str, int]]
) -> None:
    now = START + timedelta(minutes=minutes_on)
    found = limits(known, now)
    assert [(one.name, (one.ends - START) / timedelta(minutes=1)) for one in found] == expected
    assert all(one.seconds_left == max(0, round((one.ends - now).total_seconds())) for one in found)


@pytest.mark.parametrize(
    ("minutes", "level"),
    [
        (200, Level.NONE),
        (30.1, Level.NONE),
        (30, Level.QUIET),
        (15.1, Level.QUIET),
        (15, Level.TOLD),
        (5.1, Level.TOLD),
        (5, Level.URGENT),
        (0, Level.URGENT),
    ],
)
def test_an_end_is_told_at_thirty_fifteen_and_five_minutes(minutes: float, level: Level) -> None:
    assert level_of(minutes * 60) is level


@pytest.mark.parametrize(
    ("name", "seconds", "said"),
    [
        ("maximum", 840, "ends in 14 minutes: the longest time"),
        (
            "maximum",
            60,
            "in 1 minute: the longest time that a session may last is over then. Save, stop and leave now.",
        ),
        ("maximum", 0, "ends in this moment"),
        ("idle", 200, "Move the mouse to stay."),
        ("disconnect", 200, "nobody is connected"),
    ],
)
def test_an_end_is_told_with_its_cause_and_what_to_do(name: str, seconds: int, said: str) -> None:
    assert said in words(Limit(name, START, seconds))


def test_an_idle_limit_is_forecast_from_the_last_input_or_from_now() -> None:
    known = Known(START, 960, 120, 60, last_input=START)
    now = START + timedelta(minutes=20)
    seen = idle_forecast(known, now)
    assert seen is not None
    assert (seen.strikes, seen.ends, seen.is_seen) == (START + timedelta(hours=1), START + timedelta(hours=3), True)
    blind = idle_forecast(Known(START, 960, 120, 60), now)
    assert blind is not None
    assert (blind.strikes, blind.is_seen) == (now + timedelta(hours=1), False)
    assert idle_forecast(Known(START, 960, 120, 0, last_input=START), now) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({}, BrokerAnswer()),
        ({"started": "2026-03-01T12:00:00Z", "credentials": {"secret_access_key": "x"}}, BrokerAnswer(START)),
        ({"ends": "2026-03-01T14:00:00Z", "more": 1}, BrokerAnswer(ends=START + timedelta(hours=2))),
        ({"ends": "2026-03-01T06:00:00-08:00"}, BrokerAnswer(ends=START + timedelta(hours=2))),
        ({"ends": None, "disconnected_since": "2026-03-01T12:00:00Z"}, BrokerAnswer(disconnected_since=START)),
    ],
)
def test_the_brokers_answer_is_read(answer: dict[str, object], expected: BrokerAnswer) -> None:
    assert parse_broker(json.dumps(answer).encode()) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"no",
        b'{"ends": 5}',
        b'{"ends": "2026-03-01T14:00:00"}',
        b'{"ends": "0001-01-01T00:00:00+05:00"}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_none_is_named(data: bytes) -> None:
    with pytest.raises(NotDone, match="broker's answer cannot be understood") as caught:
        parse_broker(data)
    assert caught.value.__cause__ is None, "what the answer held goes into no log"


@pytest.mark.parametrize("off", [timedelta(hours=-7), timedelta(0), timedelta(hours=3), timedelta(days=400)])
def test_a_local_clock_that_is_hours_off_moves_no_end(off: timedelta) -> None:
    passed = 0.0
    local_zone = timezone(timedelta(hours=2))
    trusted = TrustedTime(lambda: passed, lambda: (START + off + timedelta(seconds=passed)).astimezone(local_zone))
    trusted.tell(START)
    assert trusted.skew_s == off.total_seconds()
    passed = 1800.0
    known = Known(START - timedelta(minutes=30), 90)
    assert limits(known, trusted.now())[0].seconds_left == 1800
    assert trusted.age_s == 1800


def test_without_a_server_the_local_clock_has_to_do() -> None:
    trusted = TrustedTime(lambda: 0.0, lambda: START)
    assert (trusted.now(), trusted.skew_s, trusted.age_s) == (START, None, None)


@pytest.mark.parametrize("wrong", range(4))
def test_one_answer_that_contradicts_the_others_is_not_believed(wrong: int) -> None:
    trusted = TrustedTime(lambda: 0.0, lambda: START)
    for number in range(4):
        trusted.hear(START + (timedelta(days=40) if number == wrong else timedelta(seconds=number)))
    assert trusted.now() - START < timedelta(seconds=5)


@pytest.mark.parametrize("told", [datetime.min, datetime.max], ids=["year 1", "year 9999"])
def test_what_is_no_time_is_not_believed_however_often_it_is_told(told: datetime) -> None:
    """Nothing could be counted on, or back, from there: each save ended in a crash."""
    trusted = TrustedTime(lambda: 0.0, lambda: START)
    for _ in range(3):
        trusted.hear(told.replace(tzinfo=UTC))
    assert (trusted.now(), trusted.age_s) == (START, None)


def test_a_time_that_two_answers_tell_is_believed() -> None:
    passed = 0.0
    trusted = TrustedTime(lambda: passed, lambda: START)
    trusted.hear(START)
    for passed in (10.0, 300.0):  # such as after a computer that was suspended
        trusted.hear(START + timedelta(days=1, seconds=passed))
    assert (trusted.now(), trusted.is_sure) == (START + timedelta(days=1, seconds=300), True)

"""What of the history may go: by age, by quota, and never what is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.saving.thinning import Kept, Room, crowded, gone, horizon

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAYS = 30
AMPLE = Room(0, 0)


def kept(name: str, days_ago: float, size: int = 10) -> Kept:
    return Kept(f"history/p/{name}", f"etag-{name}", size, NOW - timedelta(days=days_ago))


def names(rows: list[Kept]) -> list[str]:
    return [row.key.rpartition("/")[2] for row in rows]


def test_a_content_goes_a_while_after_it_was_replaced_and_not_before() -> None:
    contents = [kept("a", 40), kept("b", 29), kept("c", 0.1)]
    assert names(gone([], contents, horizon(contents, NOW, DAYS, AMPLE), ())) == ["a"]


def test_a_state_goes_when_a_newer_one_took_its_place_long_ago() -> None:
    """The state of 100 days ago was the newest until yesterday: what was replaced yesterday is found through it."""
    states = [kept("old", 100), kept("until yesterday", 99), kept("newest", 1)]
    assert names(gone(states, [], horizon([], NOW, DAYS, AMPLE), ())) == ["old"]


def test_the_newest_state_and_what_it_needs_stay_for_ever() -> None:
    assert gone([kept("only", 3000)], [kept("sum", 3000)], NOW, ["sum"]) == []


def test_of_the_savers_states_of_yesterday_one_an_hour_stays_and_every_one_that_a_person_asked_for() -> None:
    """Keys of the saver name a minute, those of a person a moment; NOW is twelve o'clock."""
    minute = 1 / 24 / 60
    saver = [
        kept(f"2026-02-27T1{hour}-{at}.json", 2 + (12 - 10 - hour) / 24 - int(at) * minute)
        for hour in (0, 1)
        for at in ("10", "20", "50")
    ]
    asked = kept("2026-02-27T10-15-30.123.json", 2 + 2 / 24 - 15 * minute)
    today = [kept("2026-03-01T10-10.json", 0.1), kept("2026-03-01T10-11.json", 0.09)]
    states = [*saver, asked, *today]
    assert names(crowded(states, NOW)) == [
        "2026-02-27T10-10.json", "2026-02-27T10-20.json", "2026-02-27T11-10.json", "2026-02-27T11-20.json",
    ]  # fmt: skip
    assert crowded(saver[-1:], NOW) == []


def test_a_quota_takes_the_oldest_first_and_only_as_many_as_it_must() -> None:
    contents = [kept("a", 20), kept("b", 10), kept("c", 5), kept("d", 1)]
    before = horizon(contents, NOW, DAYS, Room(used=115, quota=100))
    assert names(gone([], contents, before, ())) == ["a", "b"]


def test_what_was_replaced_within_the_hour_stays_whatever_the_quota_says() -> None:
    contents = [kept("a", 1), kept("b", 0.01)]
    assert names(gone([], contents, horizon(contents, NOW, DAYS, Room(10**9, 1)), ())) == ["a"]


DAYS_AGO = st.floats(0, 200)


@given(
    states=st.lists(DAYS_AGO, max_size=8),
    contents=st.lists(st.tuples(DAYS_AGO, st.integers(0, 50)), max_size=12),
    used=st.integers(0, 500),
    quota=st.integers(0, 500),
)
@settings(max_examples=500)
def test_whatever_is_there_nothing_that_is_promised_goes(
    states: list[float], contents: list[tuple[float, int]], used: int, quota: int
) -> None:
    kept_states = [kept(f"s{number}", days) for number, days in enumerate(states)]
    kept_contents = [kept(f"c{number}", days, size) for number, (days, size) in enumerate(contents)]
    room = Room(used, quota)
    before = horizon(kept_contents, NOW, DAYS, room)
    went = gone(kept_states, kept_contents, before, ())
    assert before <= NOW
    if not room.excess:
        assert all((NOW - one.modified).days >= DAYS for one in went)
    newest = max(kept_states, key=lambda one: one.modified, default=None)
    assert newest is None or [one for one in kept_states if one.modified == newest.modified and one not in went]
    assert [one.modified for one in went] == sorted(one.modified for one in went)
    assert gone(kept_states, kept_contents, before, ()) == went
    if room.excess:  # not more than needed: without the last of the young ones it would not fit
        young = [one for one in went if one in kept_contents and one.modified >= NOW - timedelta(days=DAYS)]
        moments = {one.modified for one in young}
        freed = sum(one.size for one in went if one in kept_contents and one.modified < max(moments, default=NOW))
        assert not moments or freed < room.excess

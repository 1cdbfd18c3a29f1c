"""Who may write a project, decided on a real server by its own clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from launcher import errors
from launcher.config.site import S3Settings
from launcher.saving.conflict_names import conflict_path, original_of
from launcher.saving.countdown import Countdown
from launcher.saving.lease import DEAD_AFTER_S, RENEW_EVERY_S, Holder, Lease, age_s, is_at_work, is_free
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from tests.conftest import Site

ANN = Holder("session-1:a", "ann", "host-a", "2026-01-31T14:05:00Z")
BEN = Holder("session-2:b", "ben", "host-b", "2026-01-31T14:06:00Z")


@pytest.fixture
def store(site: Site) -> Iterator[Store]:
    settings = S3Settings(endpoint_url=site.endpoint, profile="test", credentials_file=str(site.folder / "credentials"))
    with Store(settings) as store:
        yield store


@pytest.fixture
def home(site: Site) -> S3Uri:
    return S3Uri.parse(site.home_uri)


def test_the_second_session_is_told_who_has_it_and_since_when(store: Store, home: S3Uri) -> None:
    Lease(store, home, "p", ANN).take()
    with pytest.raises(errors.Held) as caught:
        Lease(store, home, "p", BEN).take()
    assert "ann is working on this project at host-a since 2026-01-31T14:05:00Z" in str(caught.value)
    assert caught.value.exit_code == 8


@pytest.mark.parametrize("data", [b"[" * 20_000, b"x" * 100_000], ids=["nested too deeply", "too large"])
def test_what_is_no_lease_is_passed_over_like_a_dead_one(store: Store, home: S3Uri, site: Site, data: bytes) -> None:
    site.s3.put_object(Bucket=site.home_bucket, Key="person/.pose-launcher/lease/p", Body=data)
    with pytest.raises(errors.Held, match="somebody is working on this project at another computer"):
        Lease(store, home, "p", BEN).take()
    late = Lease(store, home, "p", BEN, dead_after_s=-1)
    late.take()
    assert late.is_held


def test_given_back_it_is_free_at_once(store: Store, home: S3Uri) -> None:
    first, second = Lease(store, home, "p", ANN), Lease(store, home, "p", BEN)
    first.take()
    first.give_back()
    assert second.holder() is None
    second.take()
    assert first.holder() == BEN


def test_after_a_kill_the_same_state_dir_goes_on_with_its_own(store: Store, home: S3Uri) -> None:
    Lease(store, home, "p", ANN).take()
    again = Lease(store, home, "p", ANN)
    again.take()
    assert again.is_held


def test_it_is_known_whether_anybody_had_it_since_it_was_looked_at(store: Store, home: S3Uri) -> None:
    first, second, third = (Lease(store, home, "p", who) for who in (ANN, BEN, ANN))
    assert not first.take(), "nobody looked"
    first.give_back()
    second.look()
    third.take()
    third.give_back()
    assert not second.take(), "the third one may have saved something"
    second.give_back()
    first.look()
    assert first.take()


def test_a_dead_one_is_taken_over_and_its_old_holder_notices(store: Store, home: S3Uri) -> None:
    first = Lease(store, home, "p", ANN)
    first.take()
    second = Lease(store, home, "p", BEN, dead_after_s=-1)
    second.take()
    with pytest.raises(errors.Held, match="ben"):
        first.renew()
    assert not first.is_held
    second.renew()
    assert second.is_held


def test_the_same_person_waits_for_a_session_that_broke_off_reads_how_long_and_goes_on(
    store: Store, home: S3Uri
) -> None:
    Lease(store, home, "p", ANN).take()  # and its computer is gone
    told: list[str] = []
    here = Lease(store, home, "p", replace(ANN, writer="session-2:a"), dead_after_s=2)
    here.take(Countdown(told.append))
    assert here.is_held
    assert told[0].startswith(
        "ann has this project open at host-a since 2026-01-31T14:05:00Z. If that session broke off"
    )


def test_a_sign_of_life_ends_the_wait(store: Store, home: S3Uri) -> None:
    first = Lease(store, home, "p", ANN)
    first.take()
    told: list[float] = []

    def renewed_meanwhile(holder: Holder, left_s: float) -> None:
        told.append(left_s)
        first.renew()

    with pytest.raises(errors.Held, match="ann is working"):
        Lease(store, home, "p", replace(ANN, writer="session-2:a")).take(renewed_meanwhile)
    assert len(told) == 1 and DEAD_AFTER_S - 10 < told[0] <= DEAD_AFTER_S


@pytest.mark.parametrize(
    ("me", "age", "was_renewed", "expected"),
    [
        (BEN, 1.0, False, True),
        (BEN, 2 * RENEW_EVERY_S, False, False),
        (BEN, 2 * RENEW_EVERY_S, True, True),
        (replace(ANN, writer="session-2:a"), 1.0, False, False),
        (replace(ANN, writer="session-2:a"), 1.0, True, True),
    ],
)
def test_who_is_waited_for(me: Holder, age: float, was_renewed: bool, expected: bool) -> None:
    assert is_at_work(ANN, me, age, was_renewed=was_renewed) is expected


def test_of_many_at_once_exactly_one_has_it(store: Store, home: S3Uri) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def attempt(number: int) -> bool:
        lease = Lease(store, home, "crowd", replace(ANN, writer=f"w{number}"))
        try:
            lease.take()
        except errors.Held:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_lease_that_is_not_ours_to_read_counts_as_held(store: Store, home: S3Uri, site: Site) -> None:
    site.s3.put_object(Bucket=site.home_bucket, Key="person/.pose-launcher/lease/p", Body=b"\x00 no json")
    with pytest.raises(errors.Held, match="somebody"):
        Lease(store, home, "p", ANN).take()


@pytest.mark.parametrize(
    ("holder", "writer", "age", "expected"),
    [
        (ANN, BEN.writer, 5.0, False),
        (ANN, ANN.writer, 5.0, True),
        (replace(ANN, is_over=True), BEN.writer, 5.0, True),
        (ANN, BEN.writer, DEAD_AFTER_S + 1, True),
        (ANN, BEN.writer, -7200.0, False),
    ],
)
def test_who_may_take_it(holder: Holder, writer: str, age: float, expected: bool) -> None:
    assert is_free(holder, writer, age) is expected


def test_only_the_servers_two_times_count() -> None:
    assert age_s("Sat, 31 Jan 2026 14:05:00 GMT", "Sat, 31 Jan 2026 14:07:00 GMT") == 120
    assert age_s("", "Sat, 31 Jan 2026 14:07:00 GMT") == 0


WHEN = datetime(2026, 1, 31, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "who", "taken", "expected"),
    [
        ("config.yaml", "user-1a2b", [], "config (conflict 2026-01-31 1405 user-1a2b).yaml"),
        ("a/b/labels", "ann", [], "a/b/labels (conflict 2026-01-31 1405 ann)"),
        ("x.slp", "ann", ["x (conflict 2026-01-31 1405 ann).slp"], "x (conflict 2026-01-31 1405 ann 2).slp"),
        ("x.slp", "ä/../(b)", [], "x (conflict 2026-01-31 1405 b).slp"),
        ("x.slp", "///", [], "x (conflict 2026-01-31 1405 someone).slp"),
    ],
)
def test_a_conflict_copy_is_named_and_known_again(path: str, who: str, taken: list[str], expected: str) -> None:
    assert conflict_path(path, WHEN, who, taken) == expected
    assert original_of(expected) == path


def test_a_long_name_stays_a_legal_name() -> None:
    copy = conflict_path("d/" + "ä" * 120 + ".slp", WHEN, "ann", [])
    assert len(copy.removeprefix("d/").encode()) <= 255
    assert copy.endswith(" (conflict 2026-01-31 1405 ann).slp")


def test_an_ordinary_name_is_no_copy() -> None:
    assert original_of("a/mouse (1).slp") is None

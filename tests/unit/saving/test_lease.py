"""Who may write a project, decided on a real server by its own clock."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from launcher import errors
from launcher.config.site import S3Settings
from launcher.saving.conflict_names import conflict_path, original_of
from launcher.saving.countdown import Countdown
from launcher.saving.holding import Holding
from launcher.saving.last_lease import FOLDER, LastLease
from launcher.saving.lease import DEAD_AFTER_S, RENEW_EVERY_S, Holder, Lease, age_s, is_at_work, is_free
from launcher.storage.checksums import Digest
from launcher.storage.long_text import LongText
from launcher.storage.store import Store
from launcher.storage.upload import Stored, Uploader
from launcher.storage.uri import S3Uri
from tests.conftest import Site

ANN = Holder("session-1:a", "ann", "host-a", "2026-01-31T14:05:00Z")
BEN = Holder("session-2:b", "ben", "host-b", "2026-01-31T14:06:00Z")


@pytest.fixture
def settings(site: Site) -> S3Settings:
    return S3Settings(endpoint_url=site.endpoint, profile="test", credentials_file=str(site.folder / "credentials"))


@pytest.fixture
def store(settings: S3Settings) -> Iterator[Store]:
    with Store(settings) as store:
        yield store


@pytest.fixture
def home(site: Site) -> S3Uri:
    return S3Uri.parse(site.home_uri)


def winners_of_eight(store: Store, home: S3Uri, expect: str | None = None) -> int:
    """How many of eight that want it at the same moment have it; they look, or expect it as it was given back."""

    def attempt(number: int) -> bool:
        lease = Lease(store, home, "crowd", replace(ANN, writer=f"w{number}"))
        if expect is not None:
            lease.expect(expect)
        try:
            lease.take()
        except errors.Held:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(attempt, range(8)))


def test_the_second_session_is_told_who_has_it_and_since_when(store: Store, home: S3Uri) -> None:
    Lease(store, home, "p", ANN).take()
    with pytest.raises(errors.Held) as caught:
        Lease(store, home, "p", BEN).take()
    assert "ann is working on this project at host-a since 2026-01-31T14:05:00Z" in str(caught.value)
    assert caught.value.exit_code == 8


def test_since_when_is_mended_once_the_server_has_told_the_time(store: Store, home: S3Uri) -> None:
    """Taken with the first request of all, by a computer whose clock is hours off."""
    store.http.server_time.local = lambda: datetime.now(UTC) + timedelta(hours=5)
    lease = Lease(store, home, "p", replace(ANN, since=""))
    lease.expect("")
    lease.take()
    lease.renew()
    held = lease.holder()
    assert held is not None
    assert abs(datetime.fromisoformat(held.since) - datetime.now(UTC)) < timedelta(minutes=1)


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


class ToldToEnd(Uploader):
    """Stores the first thing, and is told to end before anybody hears of it."""

    times = 1

    def put(self, where: S3Uri, data: bytes | LongText, digest: Digest, *, replaces: str | None) -> Stored:
        stored = super().put(where, data, digest, replaces=replaces)
        if self.times:
            self.times -= 1
            raise KeyboardInterrupt
        return stored


class InterruptedStore(Store):
    @functools.cached_property
    def uploader(self) -> Uploader:
        return ToldToEnd(self.http, self.exchange)


def test_told_to_end_while_it_was_taken_it_is_given_back_all_the_same(
    store: Store, settings: S3Settings, home: S3Uri
) -> None:
    with InterruptedStore(settings) as interrupted:
        first = Lease(interrupted, home, "p", ANN)
        with pytest.raises(KeyboardInterrupt):
            first.take()
        assert first.holder() == ANN
        first.give_back()
    second = Lease(store, home, "p", BEN)
    second.take()
    assert second.is_held


class ToldWhileItStarts(threading.Thread):
    """Whoever starts it is interrupted before it is known whether it runs."""

    def start(self) -> None:
        raise KeyboardInterrupt


def test_told_to_end_while_it_begins_to_keep_it_alive_it_is_given_back_all_the_same(
    store: Store, home: S3Uri, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Holding(Lease(store, home, "p", ANN), ANN, LastLease(tmp_path, "p"))
    with monkeypatch.context() as patched:
        patched.setattr(threading, "Thread", ToldWhileItStarts)
        with pytest.raises(KeyboardInterrupt):
            held.take()
    assert held.is_held
    held.give_back()
    second = Lease(store, home, "p", BEN)
    second.take()
    assert second.is_held


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


def test_as_it_was_given_back_it_is_taken_without_a_look(store: Store, home: S3Uri) -> None:
    first, again = Lease(store, home, "p", ANN), Lease(store, home, "p", ANN)
    first.take()
    etag = first.give_back()
    assert etag is not None
    again.expect(etag)
    assert again.take(), "nobody has had it since"
    assert again.is_held
    assert first.holder() == ANN


@pytest.mark.parametrize("is_over", [True, False], ids=["and gave it back", "and has it still"])
def test_what_is_expected_is_found_out_where_another_session_had_it_since(
    store: Store, home: S3Uri, is_over: bool
) -> None:
    first, other = Lease(store, home, "p", ANN), Lease(store, home, "p", BEN)
    first.take()
    etag = first.give_back()
    assert etag is not None
    other.take()
    if is_over:
        other.give_back()
    first.expect(etag)
    if is_over:
        assert not first.take(), "the other one may have saved something"
        assert first.is_held
    else:
        with pytest.raises(errors.Held, match="ben"):
            first.take()
        assert other.holder() == BEN


def test_a_lease_that_was_deleted_since_is_taken_anew(store: Store, home: S3Uri, site: Site) -> None:
    first = Lease(store, home, "p", ANN)
    first.take()
    etag = first.give_back()
    assert etag is not None
    site.s3.delete_object(Bucket=site.home_bucket, Key="person/.pose-launcher/lease/p")
    first.expect(etag)
    assert not first.take()
    assert first.is_held


def test_of_many_who_expect_the_same_exactly_one_has_it(store: Store, home: S3Uri) -> None:
    first = Lease(store, home, "crowd", ANN)
    first.take()
    etag = first.give_back()
    assert etag is not None

    assert winners_of_eight(store, home, expect=etag) == 1


def test_one_that_was_lost_is_not_given_back(store: Store, home: S3Uri) -> None:
    first, second = Lease(store, home, "p", ANN), Lease(store, home, "p", BEN, dead_after_s=-1)
    first.take()
    second.take()
    assert first.give_back() is None
    assert second.holder() is None or second.is_held


@pytest.mark.parametrize("damage", [b"", b"plain", b'"two\r\nlines: 1"', b'"\xff"', b'"' + b"x" * 300 + b'"', None])
def test_what_is_not_remembered_well_is_not_remembered(tmp_path: Path, damage: bytes | None) -> None:
    last = LastLease(tmp_path, "p")
    assert last.etag() is None
    last.keep('"0123abc-1"')
    assert last.etag() == '"0123abc-1"'
    (file,) = (tmp_path / FOLDER).iterdir()
    file.unlink() if damage is None else file.write_bytes(damage)
    assert last.etag() is None


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
    assert winners_of_eight(store, home) == 1


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
    assert conflict_path(path, WHEN, who, taken, 1000) == expected
    assert original_of(expected) == path


def test_a_long_name_stays_a_legal_name() -> None:
    copy = conflict_path("d/" + "ä" * 120 + ".slp", WHEN, "ann", [], 1000)
    assert len(copy.removeprefix("d/").encode()) <= 255
    assert copy.endswith(" (conflict 2026-01-31 1405 ann).slp")


@pytest.mark.parametrize("at_most", [970, 971, 980, 990])
def test_a_copy_of_a_file_with_a_long_path_has_a_legal_path(at_most: int) -> None:
    """S3 takes keys of 1,024 bytes, and most of one may be folders."""
    deep = "ü" * 450 + "/"
    copy = conflict_path(f"{deep}{'ä' * 44}.slp", WHEN, "ann", [], at_most)
    assert at_most - 1 <= len(copy.encode()) <= at_most
    assert copy.startswith(f"{deep}ä")
    assert copy.endswith(" (conflict 2026-01-31 1405 ann).slp")


def test_an_ordinary_name_is_no_copy() -> None:
    assert original_of("a/mouse (1).slp") is None

"""The state of the journal's file, told without opening it: the same until somebody writes, another one after that."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import pytest

from launcher.journal import Item, Journal
from launcher.journal.identity import identity_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def _aged(file: Path) -> str:
    """What it is once the last write is longer ago than a tick of the clock; then nobody's look changes it."""
    until = time.monotonic() + 30
    while not (identity := identity_of(file)):
        assert time.monotonic() < until
        time.sleep(0.02)
    return identity


def test_looking_and_opening_change_nothing(file: Path) -> None:
    with Journal(file) as journal:
        journal.put_fact("a", "b")
    before = _aged(file)
    with Journal(file) as journal:
        assert journal.identity() == before
        assert (journal.fact("a"), journal.items("p"), journal.projects()) == ("b", {}, [])
        with Journal(file) as other:
            assert other.identity() == before
    assert identity_of(file) == before


def test_every_write_is_noticed_whoever_makes_it_and_however_long_the_log_was(file: Path) -> None:
    """Far enough that the log is begun again from its start, where older and longer ones lie behind its end."""
    with Journal(file) as journal, Journal(file) as other:
        seen = {journal.identity()}
        for number in range(1500):
            (journal, other)[number % 2].put_fact("a", str(number))
            identity = identity_of(file)
            assert identity
            assert identity not in seen
            assert identity == other.identity()
            seen.add(identity)


def test_what_was_written_and_closed_is_noticed(file: Path) -> None:
    with Journal(file) as journal:
        journal.put_fact("a", "b")
    before = _aged(file)
    with Journal(file) as journal:
        journal.put_fact("a", "c")
    assert _aged(file) != before


def test_what_was_written_just_now_is_not_sure(file: Path) -> None:
    """A second write within the same tick would have the same time."""
    Journal(file).close()
    os.utime(file)
    assert identity_of(file) == ""
    assert _aged(file)


def test_a_disk_that_keeps_whole_seconds_takes_longer_to_be_sure(file: Path) -> None:
    Journal(file).close()
    for ago, is_sure in ((1, False), (5, True)):
        second = (time.time_ns() // 10**9 - ago) * 10**9
        os.utime(file, ns=(second, second))
        assert bool(identity_of(file)) == is_sure


def test_a_file_that_was_changed_and_dated_back_is_noticed(file: Path) -> None:
    with Journal(file) as journal:
        journal.put_items("p", [Item("a", None, "crc-of-a")])
    before, was = _aged(file), file.stat()
    file.write_bytes(file.read_bytes().replace(b"crc-of-a", b"crc-of-b"))
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert identity_of(file) != before


def test_a_journal_that_is_not_there_has_none(file: Path) -> None:
    assert identity_of(file) == ""


def test_what_a_kill_left_in_the_log_is_part_of_it(file: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    with Journal(file) as journal:
        journal.put_fact("a", "b")
        for tail in ("", "-wal"):
            killed.with_name(killed.name + tail).write_bytes(file.with_name(file.name + tail).read_bytes())
        left, end_of_log = identity_of(killed), journal.identity().split()[-1]
    assert left.split()[-1] == end_of_log
    with Journal(killed) as journal:
        assert journal.fact("a") == "b"
    assert _aged(killed) != left


def test_one_that_came_to_rest_is_the_same_after_it_was_closed(file: Path) -> None:
    with Journal(file) as journal:
        journal.put_fact("a", "b")
        journal.come_to_rest()
        before = _aged(file)
    assert identity_of(file) == before


def test_who_reads_meanwhile_keeps_nobody_waiting(file: Path) -> None:
    with Journal(file) as journal:
        journal.put_fact("a", "b")
        reader = sqlite3.connect(file, isolation_level=None)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM fact").fetchone() == (1,)
        began = time.monotonic()
        journal.put_fact("a", "c")
        journal.come_to_rest()
        assert time.monotonic() - began < 20, "not the patience of other writes"
        reader.close()
        journal.come_to_rest()
        before = _aged(file)
    assert identity_of(file) == before

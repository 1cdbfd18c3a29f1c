"""What is kept of thousands of files says the same as the objects that it stands for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal import Item, Journal, Saved, Stat, State
from launcher.projects.local_files import stat_of, walk
from launcher.projects.tree import Tree
from launcher.saving.fingerprints import Fingerprints
from launcher.saving.report import SaveReport
from launcher.saving.sent_files import SentFile

NUMBERS = st.integers(-(2**63), 2**63 - 1)
STATS = st.builds(Stat, st.integers(0, 2**63 - 1), NUMBERS, NUMBERS, st.integers(0, 2**64 - 1))
PATHS = st.text(min_size=1, max_size=8)


@given(files=st.dictionaries(PATHS, STATS, max_size=12), asked=PATHS)
def test_every_fingerprint_is_found_under_its_path(files: dict[str, Stat], asked: str) -> None:
    found = Fingerprints()
    for path in sorted(files):
        found.add(path, files[path])
    assert dict(found) == files
    assert found.get(asked) == files.get(asked)
    assert list(found) == sorted(files)
    assert dict(found.sizes()) == {path: found.size(path) for path in files} == {p: s.size for p, s in files.items()}
    assert Fingerprints.of(files) == found


@given(
    files=st.dictionaries(
        PATHS, st.tuples(STATS, st.sampled_from(["", "elsewhere/"]), st.none() | PATHS, st.booleans())
    )
)
def test_what_was_sent_is_reported_as_the_server_confirmed_it(
    files: dict[str, tuple[Stat, str, str | None, bool]],
) -> None:
    report = SaveReport("p", "s3://lab/me/")
    for path, (stat, where, version, has_changed) in files.items():
        saved = Saved(f"{where or 'me/'}{path}", "e", version, stat.size, "AAA=", "", "AAA=")
        found = stat._replace(file_id=stat.file_id ^ 1) if has_changed else stat
        report.saved.add(Item(path, stat, "AAA=", saved=saved, state=State.SAVED), found)
    assert list(report.saved) == [
        SentFile(path, f"{where or 'me/'}{path}", stat.size, "AAA=", version, stat if has_changed else None)
        for path, (stat, where, version, has_changed) in files.items()
    ]
    assert report.saved.are_as_found != any(has_changed for *_, has_changed in files.values())
    assert report.bytes == sum(stat.size for stat, *_ in files.values())
    rows = list(report.to_json()["saved"])
    assert [row["key"] for row in rows] == [file.key for file in report.saved]
    assert all(row["checksum"] == "crc64nvme:AAA=" for row in rows)


def test_thousands_of_rows_come_back_in_their_order_while_more_are_added() -> None:
    report = SaveReport("p", "s3://lab/me/")
    rows = [SentFile(f"{number}.png", f"me/{number}.png", number, "AAA=", f"v{number}") for number in range(2_500)]
    for row in rows[:2_000]:
        report.saved.append(row)
    seen = iter(report.saved)
    found = [next(seen) for _ in range(1_500)]
    for row in rows[2_000:]:
        report.saved.append(row)
    assert [*found, *seen] == rows[:2_000], "what was there when somebody began to look"
    assert (list(report.saved), len(report.saved)) == (rows, 2_500)


@pytest.mark.parametrize("year_ns", [10_413_792_000 * 10**9, -2_000_000_000 * 10**9], ids=["2300", "1906"])
def test_a_file_of_any_date_has_a_fingerprint_that_the_journal_holds(year_ns: int, tmp_path: Path) -> None:
    file = tmp_path / "project" / "notes.txt"
    file.parent.mkdir()
    file.write_text("by hand")
    os.utime(file, ns=(year_ns, year_ns))
    seen = stat_of(file)
    assert seen is not None
    assert dict(walk(Tree(file.parent))) == {"notes.txt": seen}
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.put_items("p", [Item("notes.txt", seen, "A")])
        assert journal.items("p")["notes.txt"].stat == seen
    os.utime(file, ns=(year_ns, year_ns + 10**9))
    assert stat_of(file) != seen, "a change is noticed all the same"

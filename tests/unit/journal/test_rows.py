"""Rows of the journal: written in a form of our own making, which every launcher reads as JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from launcher.journal import Item, Saved, Stat, State
from launcher.journal.rows import StoredItem, item_of, item_row

#: With quotation marks, control characters and halves of surrogate pairs, as a name on disk can have them.
TEXTS = st.text(st.characters(), max_size=12)
SAVED = st.builds(Saved, TEXTS, TEXTS, st.none() | TEXTS, st.integers(0, 2**50), TEXTS, TEXTS, TEXTS)


@given(saved=SAVED, copy=st.none() | SAVED, path=TEXTS)
def test_what_is_saved_is_written_as_json_writes_it(saved: Saved, copy: Saved | None, path: str) -> None:
    item = Item(
        path, Stat(1, 2, 3, 2**64 - 1), saved.local_crc64nvme, saved.sha256, None, saved, State.SAVED, copy=copy
    )
    row = item_row(item)
    assert row[8] == json.dumps(saved._asdict())
    assert row[12] == (json.dumps(copy._asdict()) if copy else None)
    assert item_of(row) == item


def test_a_row_tells_without_being_read_whole_that_its_file_is_saved() -> None:
    stat, saved = Stat(1, 2, 3, 4), Saved("k", "e", None, 1, "AAA=", "00", "AAA=")
    stored = StoredItem(item_row(Item("a.png", stat, "AAA=", "00", None, saved, State.SAVED)))
    assert stored.is_saved_as(stat)
    assert not stored.is_saved_as(Stat(1, 2, 3, 5))
    changed = StoredItem(item_row(Item("a.png", stat, "BBB=", "00", None, saved, State.STAGED)))
    assert not changed.is_saved_as(stat)

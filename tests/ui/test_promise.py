"""The bar's promise over random orders of events: "All results saved" never, while one byte is unconfirmed.

Only the journal and the disk are asked, through the same pure functions as the window asks. The oracle knows what the
server has confirmed, and what lies on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from launcher.journal import Item, Origin, ProjectRecord, Saved, Stat, State, StoredItem
from launcher.journal.rows import item_row
from launcher.saving.changes import side_by_side
from launcher.saving.plan import Rules
from launcher.saving.status import project_status
from launcher.tools import tool
from launcher.ui import words
from launcher.ui.rows import saved_state_of

PATHS = ("config.yaml", "labels.csv", "videos/m.mp4")
HOME = "s3://lab-home/me/"
RECORD = ProjectRecord(
    "p-1", "s3://lab-data/p/", "p", "deeplabcut", "config.yaml", Path("/scratch/p"), HOME + "projects/p-1/"
)
Event = tuple[str, str]


@dataclass
class Computer:
    """One project on disk, its journal, and the server, as events change them."""

    disk: dict[str, tuple[str, Stat]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    sending: dict[str, tuple[str, Stat]] = field(default_factory=dict)
    confirmed: set[tuple[str, str]] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    is_recorded: bool = False
    clock: int = 0

    def happen(self, event: Event) -> None:
        what, path = event
        getattr(self, f"_{what}")(path)

    def _write(self, path: str) -> None:
        """A tool saves something new."""
        self.clock += 1
        self.disk[path] = (f"content {self.clock}", Stat(100 + self.clock, self.clock, self.clock, 1))

    def _touch(self, path: str) -> None:
        """The same bytes with another time."""
        if path in self.disk:
            self.clock += 1
            content, stat = self.disk[path]
            self.disk[path] = (content, stat._replace(mtime_ns=self.clock, ctime_ns=self.clock))

    def _remove(self, path: str) -> None:
        self.disk.pop(path, None)

    def _stage(self, path: str) -> None:
        """It came from the data bucket: the server there holds it."""
        self._write(path)
        content, stat = self.disk[path]
        origin = Origin(f"s3://lab-data/p/{path}", "e", None, stat.size, content, content)
        self.items[path] = Item(path, stat, content, origin=origin)
        if path.startswith("videos/"):
            self.confirmed.add((path, content))

    def _send(self, path: str) -> None:
        """A save begins: a snapshot is taken, the intent written down."""
        if path in self.disk:
            self.sending[path] = self.disk[path]
            self.is_recorded = False

    def _item(self, path: str) -> Item:
        return self.items.get(path) or Item(path, None, "")

    def _confirm(self, path: str) -> None:
        """The server has it, and the journal knows."""
        if path in self.sending:
            content, stat = self.sending.pop(path)
            self.confirmed.add((path, content))
            saved = Saved(f"me/{path}", "e", None, stat.size, content, "", content)
            item = self._item(path)._replace(stat=stat, crc64nvme=content, saved=saved, copy=None, state=State.SAVED)
            self.items[path] = item._replace(cause="", next="")

    def _lose_answer(self, path: str) -> None:
        """The server has it, and nobody here knows."""
        if path in self.sending:
            content, _ = self.sending.pop(path)
            self.confirmed.add((path, content))

    def _die(self, path: str) -> None:
        """A kill before the server took it."""
        self.sending.pop(path, None)

    def _fail(self, path: str) -> None:
        if path in self.sending:
            del self.sending[path]
            self.items[path] = self._item(path).failed("The storage server does not answer", "Try again.")

    def _keep_beside(self, path: str) -> None:
        """Another session changed it too: ours goes beside it."""
        if path in self.sending:
            content, stat = self.sending.pop(path)
            self.confirmed.add((path, content))
            copy = Saved(f"me/{path} (conflict)", "e", None, stat.size, content, "", content)
            self.items[path] = self._item(path)._replace(stat=stat, crc64nvme=content, copy=copy, state=State.SAVED)

    def _record(self, _: str) -> None:
        """The manifest is in the bucket."""
        self.is_recorded = True

    def _link(self, path: str) -> None:
        self.left_out[f"{path}.link"] = "it is a link, not a file"

    def _unlink(self, path: str) -> None:
        self.left_out.pop(f"{path}.link", None)

    def bar(self) -> str:
        """What the window would say now."""
        items = [StoredItem(item_row(item)) for _, item in sorted(self.items.items())]
        files = side_by_side(items, [(path, stat) for path, (_, stat) in sorted(self.disk.items())])
        rules = Rules(tool(RECORD.tool_id), (), HOME)
        row = project_status(RECORD, files, self.left_out, rules, is_recorded=self.is_recorded)
        return words.saved_summary([saved_state_of(row)]).text

    @property
    def is_all_confirmed(self) -> bool:
        """By the server's word alone."""
        return not self.left_out and all((path, content) in self.confirmed for path, (content, _) in self.disk.items())


KINDS = (
    "write", "touch", "remove", "stage", "send", "confirm", "lose_answer", "die", "fail", "keep_beside", "record",
    "link", "unlink",
)  # fmt: skip
EVENTS = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(PATHS)), max_size=40)


def check(events: Sequence[Event]) -> None:
    computer = Computer()
    for event in events:
        computer.happen(event)
        said = computer.bar()
        assert said != "All results saved" or computer.is_all_confirmed, (event, said)


@settings(max_examples=500, deadline=None)
@given(EVENTS)
@example([("write", "labels.csv"), ("send", "labels.csv"), ("write", "labels.csv"), ("confirm", "labels.csv")])
@example([("stage", "videos/m.mp4"), ("touch", "videos/m.mp4"), ("record", "config.yaml")])
def test_all_results_saved_is_never_said_while_a_byte_is_unconfirmed(events: Sequence[Event]) -> None:
    check(events)


@pytest.mark.long
@settings(max_examples=20_000, deadline=None)
@given(EVENTS)
def test_the_same_over_many_more_orders(events: Sequence[Event]) -> None:
    check(events)


def test_it_is_said_when_it_is_true() -> None:
    """Else a bar that never says it would pass."""
    computer = Computer()
    for event in [(what, path) for path in PATHS for what in ("write", "send", "confirm")] + [("record", "")]:
        computer.happen(event)
    assert computer.bar() == "All results saved" and computer.is_all_confirmed


def test_the_oracle_would_notice() -> None:
    """A status that forgets what changed after the snapshot is caught."""
    computer = Computer()
    for event in [("write", "labels.csv"), ("send", "labels.csv"), ("confirm", "labels.csv"), ("record", "")]:
        computer.happen(event)
    content, stat = computer.disk["labels.csv"]
    computer.disk["labels.csv"] = (f"{content}, changed unseen", stat)
    assert computer.bar() == "All results saved" and not computer.is_all_confirmed

"""The same plan from the disk and the journal side by side, both in the order of their paths.

Of 200,000 files that are saved, none is kept in memory: what is known of a file is let go when it needs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from launcher.journal import Item, Stat, StoredItem
from launcher.saving.fingerprints import Fingerprints
from launcher.saving.plan import NOTHING_TO_SEND, FileState, Rules

#: A file on disk: its path, what is known of it, and how it looks.
FileKnown = tuple[str, StoredItem | None, Stat]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a save has to do. `here` is of the files to be sent alone."""

    upload: list[str] = field(default_factory=list)
    by_reference: Mapping[str, Item] = field(default_factory=dict)
    unchanged: int = 0
    #: Is there nothing at all in the folder, not even what is never saved?
    is_empty: bool = False
    here: Fingerprints = field(default_factory=Fingerprints)
    #: Of those, which could not be saved the last time, with the reason, and which lie here as they were brought.
    failed: Mapping[str, Item] = field(default_factory=dict)
    as_brought: Collection[str] = frozenset()

    def among(self, only: Mapping[str, Stat]) -> Changes:
        """Just these files of it, as long as they still have these fingerprints."""
        return replace(self, upload=[path for path in self.upload if only.get(path) == self.here[path]])


def standing(path: str, stored: StoredItem | None, stat: Stat, rules: Rules) -> tuple[FileState | None, Item | None]:
    """How one file on disk stands, and what is known of it unless it is saved, as most are, most of the time."""
    if stored is not None and stored.is_saved_as(stat) and not rules.leave_out(path):
        return FileState.SAVED, None
    item = stored.item if stored is not None else None
    return rules.state(path, item, stat), item


def changes_of(items: Iterable[StoredItem], files: Iterable[tuple[str, Stat]], rules: Rules) -> Changes:
    """Decide for every file on disk; both come in the order of their paths."""
    here = Fingerprints()
    failed: dict[str, Item] = {}
    by_reference: dict[str, Item] = {}
    as_brought: set[str] = set()
    unchanged, is_empty = 0, True
    for path, stored, stat in side_by_side(items, files):
        (state, item), is_empty = standing(path, stored, stat, rules), False
        if state is None:
            continue
        if state in NOTHING_TO_SEND:
            unchanged += 1
            continue
        if state is FileState.REFERENCE and item is not None:
            by_reference[path] = item
            continue
        here.add(path, stat)
        if item is not None and item.is_as_staged and item.stat == stat:
            as_brought.add(path)
        if item is not None and state is FileState.FAILED:
            failed[path] = item
    return Changes(rules.in_order(here.sizes()), by_reference, unchanged, is_empty, here, failed, as_brought)


def side_by_side(items: Iterable[StoredItem], files: Iterable[tuple[str, Stat]]) -> Iterator[FileKnown]:
    """Every file on disk with what is known of it; what is known and not on disk is passed over."""
    known = iter(items)
    item = next(known, None)
    for path, stat in files:
        while item is not None and item.path < path:
            item = next(known, None)
        yield path, item if item is not None and item.path == path else None, stat


def passing(ordered: Iterator[str]) -> Callable[[str], bool]:
    """Is a path among these? To be asked in their order; for one that comes out of it the answer may be no."""
    at = next(ordered, None)

    def is_there(path: str) -> bool:
        nonlocal at
        while at is not None and at < path:
            at = next(ordered, None)
        return at == path

    return is_there

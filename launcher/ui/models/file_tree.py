"""The tree of files as far as it is known, and which rows of it are seen: open ones that a search leaves. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from launcher.ui import words
from launcher.ui.rows import Entry
from launcher.ui.texts import tr

#: Of files. One list for all of them: a hundred thousand would be looked through by each turn of the collector.
_NO_CHILDREN: list[Row] = []


@dataclass(slots=True, eq=False)
class Row:
    """One row of the tree; what is below it is known as far as its state says: unread, loading, read."""

    entry: Entry
    depth: int
    parent: Row | None
    cells: tuple[str, str, str]
    state: str
    children: list[Row]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Words that an address has to have below `root`: what is in a folder is found by the folder's name, too."""

    root: str = ""
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, root: str, text: str) -> Search:
        """What was typed."""
        return cls(root, tuple(text.casefold().split()))

    def leaves(self, row: Row) -> bool:
        """Is it seen? A folder also where something seen is open below it."""
        if not self.words:
            return True
        path = row.entry.uri.removeprefix(self.root).casefold()
        return all(word in path for word in self.words) or (row.is_open and any(map(self.leaves, row.children)))

    def below(self, row: Row) -> Iterator[Row]:
        """The rows below one that are seen while it is open, in their order."""
        for child in row.children:
            if self.leaves(child):
                yield child
                if child.is_open:
                    yield from self.below(child)


def row_of(entry: Entry, parent: Row | None) -> Row:
    """A row of what was listed; the root has no parent."""
    changed = entry.modified[:16].replace("T", " ")
    cells = entry.name, "" if entry.size is None else words.size(entry.size), changed
    depth = parent.depth + 1 if parent is not None else -1
    if entry.is_folder:
        return Row(entry, depth, parent, cells, "unread", [])
    return Row(entry, depth, parent, cells, "read", _NO_CHILDREN)


def heard(row: Row) -> str:
    """What a screen reader is told of it."""
    if not row.entry.is_folder:
        return row.entry.name
    if row.is_open:
        return tr("{name}, folder, open, level {n}", name=row.entry.name, n=row.depth + 1)
    return tr("{name}, folder, closed", name=row.entry.name)

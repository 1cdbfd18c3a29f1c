"""The last look that found nothing to send, believed for as long as all that it was made of is the same.

What a look finds is a function of the journal's rows, the disk and the rules. To take a checksum of each is quicker
than to compare thousands of rows with thousands of files, and where all are the same, so is what was found. Nothing
has to be thrown away in time: where a bit differs, also one that flipped in a row, everything is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b

import launcher
from launcher import errors
from launcher.journal import Journal, ProjectRecord, Stat
from launcher.saving.changes import Changes

#: To be raised with every change of what `Rules` decides: a look by other rules is not believed.
RULES = 1


class Settled:
    """What was found in one project, in the journal; `rules` are words for all that decides beside rows and disk."""

    def __init__(self, journal: Journal, record: ProjectRecord, rules: Iterable[str]) -> None:
        self._journal = journal
        self._id = record.id
        self._rules = [launcher.__version__, str(RULES), record.tool_id, str(record.dir), *rules]
        self._fact = f"settled {record.id}"

    def known(self, files: Iterable[tuple[str, Stat]], left_out: dict[str, str]) -> Changes | None:
        """What a look would find now, if that is known; the files are gone through only where it may be."""
        told = self._told()
        if told is None:
            return None
        seal, rows, unchanged, by_reference = told
        if rows != self._journal.digest_of_items(self._id):
            return None
        tree = TreeDigest()
        for _ in tree.of(files):
            pass
        if left_out or seal != self._seal(rows, tree.told(), unchanged, by_reference):
            return None
        return Changes(
            [], by_reference, unchanged, is_empty=False, items=self._journal.items_at(self._id, by_reference)
        )

    def remember(self, found: Changes, tree: TreeDigest, before: tuple[int, int]) -> None:
        """Where it found nothing to send, unless somebody has written into the journal since `before`."""
        if found.upload or found.is_empty:
            return
        rows = self._journal.digest_of_items(self._id)
        seal = self._seal(rows, tree.told(), found.unchanged, found.by_reference)
        if not rows or self._journal.writes() != before:
            return
        with suppress(errors.LauncherError):  # a full disk: the next look is as long as this one
            self._journal.put_fact(self._fact, json.dumps([seal, rows, found.unchanged, found.by_reference]))

    def _seal(self, rows: str, tree: str, unchanged: int, by_reference: list[str]) -> str:
        words = json.dumps([self._rules, rows, tree, unchanged, by_reference])
        return blake2b(words.encode()).hexdigest()

    def _told(self) -> tuple[str, str, int, list[str]] | None:
        try:
            seal, rows, unchanged, by_reference = json.loads(self._journal.fact(self._fact) or "")
            return str(seal), str(rows), int(unchanged), [str(path) for path in by_reference]
        except (ValueError, TypeError):
            return None


class TreeDigest:
    """A checksum of the paths and fingerprints of a folder's files, in the order in which they are walked."""

    def __init__(self) -> None:
        self._digest = blake2b()

    def of(self, files: Iterable[tuple[str, Stat]]) -> Iterator[tuple[str, Stat]]:
        """The same files, each added as it comes by; a path holds no NUL, and a fingerprint no line's end."""
        add = self._digest.update
        for path, stat in files:
            add(f"{path}\0{stat.size} {stat.mtime_ns} {stat.ctime_ns} {stat.file_id}\n".encode())
            yield path, stat

    def told(self) -> str:
        """Of those that came by until now."""
        return self._digest.hexdigest()

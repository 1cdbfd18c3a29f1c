"""The parts of large files go ahead, on a thread of their own, so that no label file has to wait behind them.

Parts of an upload are nothing that anybody sees, and each can be sent again; the journal knows the upload. The file
itself then goes its usual way, in its turn: it is looked at as every other, and what is left to do is to put the parts
together, under a condition. What is large depends on the way to the bucket: what takes longer than a label file waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from launcher import errors
from launcher.journal import ProjectRecord, Stat
from launcher.projects.local_files import stat_of
from launcher.saving.apart import Apart
from launcher.saving.large import LargeUploads
from launcher.saving.plain_sending import PLAIN_BELOW
from launcher.saving.save import Saver
from launcher.saving.snapshot import hash_stable
from launcher.saving.three_trees import is_news
from launcher.saving.turns import turn
from launcher.storage.upload import PARTS_ABOVE
from launcher.storage.uri import S3Uri
from launcher.tools import tool

#: At the end the parts that are under way get this long; what does not arrive is sent at the next start.
_LAST_PARTS_S = 2.0
#: What was written again while its parts went takes its turn as one piece for so long: memory holds it still.
_RESTLESS_S = 60.0


@dataclass(frozen=True, slots=True)
class Through:
    """A file as it was when its parts had gone, or could not: how long that took, for how many bytes, and its end."""

    stat: Stat
    seconds: float
    bytes: int
    ended: float
    was_rewritten: bool


class _Enough(Exception):
    """Nobody waits for the rest."""


class Ahead:
    """The large files of one project, one after the other; `told` is called when one of them is through.

    `permit` raises if nothing may be written.
    """

    def __init__(self, saver: Saver, state: Path, permit: Callable[[], None], told: Callable[[], None]) -> None:
        self._saver = saver
        self._state = state
        self._permit = permit
        self._told = told
        self._work: Apart | None = None
        self._through: dict[str, Through] = {}
        self._is_over = False

    def takes(self, record: ProjectRecord, path: str, stat: Stat, at_most: float = PARTS_ABOVE) -> bool:
        """Has this file, of more than `at_most` bytes, still to go ahead?

        One whose parts went, or could not, takes its turn as it is. What is plain never goes in parts.
        """
        if stat.size <= max(PLAIN_BELOW, min(at_most, PARTS_ABOVE)) or tool(record.tool_id).has_paths(path):
            return False
        through = self._through.get(path)
        if through is None or through.stat == stat:
            return through is None
        is_restless = through.was_rewritten and time.monotonic() < through.ended + _RESTLESS_S
        return stat.size > PARTS_ABOVE or not is_restless

    def through(self, path: str, stat: Stat) -> Through | None:
        """What its way ahead took, if it has gone so."""
        through = self._through.get(path)
        return through if through is not None and through.stat == stat else None

    def offer(self, record: ProjectRecord, path: str, stat: Stat) -> None:
        """Begin with it, unless another one is on its way."""
        if not self.is_busy and not self._is_over:
            self._work = Apart("ahead", lambda: self._bring(record, path, stat))

    def again(self) -> None:
        """Something stood in the way of everything: when it is gone, large files go ahead once more."""
        self._through.clear()

    @property
    def is_busy(self) -> bool:
        """Is something on its way?"""
        return self._work is not None and not self._work.is_over

    def _bring(self, record: ProjectRecord, path: str, stat: Stat) -> None:
        began, size, was_rewritten = time.monotonic(), 0, False
        try:
            # What stands in the way is found again in the file's turn, and named then.
            with suppress(errors.LauncherError, OSError, _Enough):
                size = self._send(record, path, stat)
            was_rewritten = stat_of(record.dir / path) != stat
        finally:
            ended = time.monotonic()
            self._through[path] = Through(stat, ended - began, size, ended, was_rewritten)
            self._told()

    def _send(self, record: ProjectRecord, path: str, stat: Stat) -> int:
        """How many bytes went, all of them now; 0 where some of it was there."""
        file = record.dir / path
        if self._is_kept(record, path, stat):
            return 0
        uploads = LargeUploads(self._saver.store.multipart, self._saver.journal, record.id)
        with turn(self._state, record.id):
            self._permit()
            begun = uploads.begin(path, stat, S3Uri.parse(record.home).child(path))
        begun.send(file, self._go_on, sha256=False)
        return 0 if begun.known else stat.size

    def _is_kept(self, record: ProjectRecord, path: str, stat: Stat) -> bool:
        """Is this content saved already, or what was brought here, or is the file not what it was any more?"""
        item = self._saver.journal.items_at(record.id, [path]).get(path)
        if item is None or is_news(item, None, stat.size):
            return False
        digest, seen = hash_stable(record.dir / path)
        kept = (item.saved, item.copy, item.origin)
        return seen != stat or any(one is not None and one.local_crc64nvme == digest.crc64nvme for one in kept)

    def _go_on(self, _: int) -> None:
        if self._is_over:
            raise _Enough

    def end(self) -> None:
        """Begin nothing more, and wait a moment for what is on its way."""
        self._is_over = True
        if self._work is not None:
            self._work.wait(_LAST_PARTS_S)

"""The parts of large files go ahead, on a thread of their own, so that no label file has to wait behind them.

Parts of an upload are nothing that anybody sees, and each can be sent again; the journal knows the upload. The file
itself then goes its usual way, in its turn: what is left to do is to put the parts together, under a condition.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from launcher import errors
from launcher.journal import ProjectRecord, Stat
from launcher.saving.apart import Apart
from launcher.saving.large import LargeUploads
from launcher.saving.save import Saver
from launcher.saving.snapshot import hash_stable
from launcher.saving.three_trees import is_news
from launcher.saving.turns import turn
from launcher.storage.upload import PARTS_ABOVE
from launcher.storage.uri import S3Uri
from launcher.tools import tool

#: At the end the parts that are under way get this long; what does not arrive is sent at the next start.
_LAST_PARTS_S = 2.0


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
        self._through: dict[str, Stat] = {}
        self._is_over = False

    def takes(self, record: ProjectRecord, path: str, stat: Stat) -> bool:
        """Has this file still to go ahead? One whose parts went, or could not, takes its turn as it is."""
        if stat.size <= PARTS_ABOVE or tool(record.tool_id).has_paths(path):
            return False
        return self._through.get(path) != stat

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
        try:
            # What stands in the way is found again in the file's turn, and named then.
            with suppress(errors.LauncherError, OSError, _Enough):
                self._send(record, path, stat)
        finally:
            self._through[path] = stat
            self._told()

    def _send(self, record: ProjectRecord, path: str, stat: Stat) -> None:
        file = record.dir / path
        if self._is_kept(record, path, stat):
            return
        uploads = LargeUploads(self._saver.store.multipart, self._saver.journal, record.id)
        with turn(self._state, record.id):
            self._permit()
            begun = uploads.begin(path, stat, S3Uri.parse(record.home).child(path))
        begun.send(file, self._go_on, sha256=False)

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

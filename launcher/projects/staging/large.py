"""Large files come in blocks, and the journal knows which of them are here."""

from __future__ import annotations

from pathlib import Path

from launcher import errors
from launcher.journal import Journal
from launcher.journal.interrupted import Interrupted
from launcher.storage.blocks import BLOCK
from launcher.storage.download import BLOCKS_ABOVE, Downloader, Fetched
from launcher.storage.objects import ObjectRef


class LargeFiles:
    """The large files of one project."""

    def __init__(self, downloader: Downloader, journal: Journal, project_id: str) -> None:
        self._downloader = downloader
        self._interrupted = Interrupted(journal)
        self._project = project_id

    @staticmethod
    def takes(ref: ObjectRef) -> bool:
        """Is it large?"""
        return ref.size > BLOCKS_ABOVE

    def missing_bytes(self, path: str, ref: ObjectRef) -> int:
        """What is still to come of this version."""
        present = len(self._interrupted.blocks(self._project, path, ref.etag)) if self.takes(ref) else 0
        return max(0, ref.size - present * BLOCK)

    def fetch(self, path: str, ref: ObjectRef, partial: Path) -> Fetched:
        """The proved whole as a partial file; it goes on where a killed run was."""
        done = self._interrupted.blocks(self._project, path, ref.etag) if partial.exists() else set()
        if not done:
            self.forget(path)
        try:
            return self._fetch(path, ref, partial, done)
        except errors.Damaged:
            self.forget(path)  # which block it was, nobody can say
            return self._fetch(path, ref, partial, set())

    def _fetch(self, path: str, ref: ObjectRef, partial: Path, done: set[int]) -> Fetched:
        def on_block(number: int) -> None:
            self._interrupted.add_block(self._project, path, ref.etag, number)

        return self._downloader.fetch_blocks(ref, partial, done, on_block, lambda _: None)

    def forget(self, path: str) -> None:
        """It has its name, or starts again."""
        self._interrupted.drop_blocks(self._project, path)

"""Is there a good copy that a file which does not open would replace?

A scientist's folder holds tables that no reader of ours takes for whole: with a line of remarks above the header, or in
the letters of another country. They are saved as they are, as long as nothing better is lost by it. The tool's own
labels and settings have to open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from launcher import errors
from launcher.journal import ProjectRecord, Saved
from launcher.projects.parsing import Parsers
from launcher.saving import soundness
from launcher.saving.history import History
from launcher.storage.checksums import Digest
from launcher.storage.copying import fetch_version
from launcher.storage.store import Store
from launcher.storage.upload import PARTS_ABOVE
from launcher.storage.uri import S3Uri
from launcher.tools import tool
from launcher.tools.protocol import Part

#: What the tool itself counts on has to open, new or not.
_ITS_OWN = (Part.CONFIG, Part.LABELS)


class GoodCopies:
    """Guards what is saved of one project's files against files that do not open."""

    def __init__(self, store: Store, record: ProjectRecord, parsers: Parsers, history: History, spool: Path) -> None:
        self._store = store
        self._bucket = S3Uri.parse(record.home).bucket
        self._tool_id = record.tool_id
        self._kind = tool(record.tool_id)
        self._parsers = parsers
        self._history = history
        self._spool = spool

    def guard(self, path: str, data: bytes, digest: Digest, seen: Sequence[Saved]) -> None:
        """Raise `Damaged` if these bytes do not open and might take the place of one of those `seen`, which does.

        They are kept apart then, since this computer may be gone tomorrow.
        """
        try:
            self._check(path, data)
        except errors.Damaged as exc:
            if self._is_at_stake(path, seen):
                raise soundness.kept_apart(exc, self._history.keep_doubtful(path, data, digest)) from exc

    def _is_at_stake(self, path: str, seen: Sequence[Saved]) -> bool:
        if self._kind.part_of(path) in _ITS_OWN or self._kind.has_paths(path):
            return True
        # Of a picture or a network a half can be told from a whole one; of a table, what its writer meant cannot.
        return any(self._opens(path, one) for one in seen) if seen else not soundness.needs_parser(path)

    def _opens(self, path: str, seen: Saved) -> bool:
        if seen.size > PARTS_ABOVE:
            return True
        copy = self._spool / f"{hashlib.sha256(path.encode()).hexdigest()[:24]}.saved"
        content = Digest(seen.size, seen.crc64nvme, seen.sha256)
        try:
            fetch_version(self._store.http, S3Uri(self._bucket, seen.key), None, copy, content)
        except errors.NotFound:
            return False
        except errors.Damaged:
            return True  # another content than we saved: the conditional write finds it, it is not for us to judge
        try:
            self._check(path, copy.read_bytes())
        except errors.Damaged:
            return False
        finally:
            copy.unlink()
        return True

    def _check(self, path: str, data: bytes) -> None:
        soundness.check(self._parsers, self._tool_id, path, data, self._spool)

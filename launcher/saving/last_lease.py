"""The lease of a project as this state dir gave it back last, known by its ETag.

Whoever begins from it need not look who holds it: its bytes are never twice the same, so the condition of the write
finds out whether anybody has had it since. The file is not forced to disk: one that is lost, old or damaged costs the
look that it would have spared, and nothing else.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

FOLDER = "leases"
_ETAG = re.compile(r'"[!#-~]{1,200}"')


class LastLease:
    """Remembered in a file of its own: written into the journal, it would change what a last look is known by."""

    def __init__(self, state: Path, project_id: str) -> None:
        self._file = state / FOLDER / project_id

    def etag(self) -> str | None:
        """As it was given back; None if nobody knows."""
        try:
            found = self._file.read_bytes().decode("ascii")
        except (OSError, ValueError):
            return None
        return found if _ETAG.fullmatch(found) else None

    def keep(self, etag: str) -> None:
        """Remember it; a full disk costs nothing but that."""
        draft = self._file.with_suffix(".new")
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, exist_ok=True)
            draft.write_text(etag, encoding="ascii", errors="replace")
            draft.replace(self._file)

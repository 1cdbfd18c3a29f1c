"""The list of a project's conflict copies, `.pose-launcher/conflicts/<id>.json`, for every session that looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from launcher import errors
from launcher.storage.checksums import digest_of
from launcher.storage.json_text import json_of
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

LARGEST = 16 * 1024 * 1024
_ATTEMPTS = 5

Rows = list[dict[str, Any]]


class ConflictList:
    """Read and rewritten under a condition, so that no session loses another's rows."""

    def __init__(self, store: Store, home: S3Uri, project_id: str) -> None:
        self._store = store
        self._where = home.child(f".pose-launcher/conflicts/{project_id}.json")

    def rows(self) -> Rows:
        """One a copy: `path`, `key`, `copy`, `who`, `at`, and `decided` once somebody decided."""
        read = self._store.objects.read_to_replace(self._where, LARGEST)
        return rows_of(read[0]) if read else []

    def rewrite(self, change: Callable[[Rows], Rows], hint: str) -> None:
        """Put `change(rows)` in place of the rows that are there; `hint` is for whoever never comes to it."""
        for _ in range(_ATTEMPTS):
            read = self._store.objects.read_to_replace(self._where, LARGEST)
            rows = change(rows_of(read[0]) if read else [])
            data = json.dumps({"conflicts": rows}, indent=1, ensure_ascii=False).encode()
            try:
                self._store.uploader.put(self._where, data, digest_of(data), replaces=read[1].etag if read else None)
            except errors.ChangedMeanwhile:
                continue
            return
        raise errors.ChangedMeanwhile(self._where, hint=hint)

    def decide(self, copy_key: str, keep: str, who: str) -> None:
        """Write down what was decided about a copy."""
        told = {"decided": keep, "decided_by": who}
        self.rewrite(
            lambda rows: [{**row, **told} if row["copy"] == copy_key else row for row in rows],
            "What was decided is done; only the list does not say so yet.",
        )


def rows_of(data: bytes) -> Rows:
    """What earlier sessions wrote; a list that cannot be read is begun anew: the copies speak for themselves."""
    try:
        rows = json_of(data)["conflicts"]
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("copy"), str)]
    except (ValueError, KeyError, TypeError):
        return []

"""The rows of the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher.config.plain import plain
from launcher.ui.rows.addresses import _S3, is_in_s3, last_part


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the files tree: a folder (`size` is None) or an object."""

    name: str
    uri: str
    size: int | None = None
    modified: str = ""
    storage_class: str = ""

    @property
    def is_folder(self) -> bool:
        """Can it be opened further?"""
        return self.size is None


def entries_of(page: Mapping[str, Any], base: str) -> list[Entry]:
    """The rows of one page of a listing; `base` is the address of the listed level."""
    bucket, _, above = base.removeprefix(_S3).partition("/")
    start = f"{_S3}{bucket}/" if is_in_s3(base) else ""
    folders = [Entry(plain(last_part(prefix)), start + prefix) for prefix in page["prefixes"] if prefix != above]
    objects = [_object(start, row) for row in page["objects"] if not row[0].endswith("/")]
    return folders + objects


def _object(start: str, row: Sequence[Any]) -> Entry:
    key, size, modified, _, storage_class = row
    return Entry(plain(last_part(key)), start + key, int(size), modified or "", storage_class or "")

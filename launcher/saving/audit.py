"""The audit trail: what a save did, file by file, as an object of its own in the home bucket. No secrets are in it.

One JSON object a line: server time, who, session, path, key, version, size, checksum, outcome and cause. Written after
the manifest, and only once; a lost one costs nothing but itself, since the manifests say the same of what is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from launcher import errors
from launcher.journal import Item, Saved
from launcher.saving.report import SaveReport
from launcher.storage.checksums import digest_of_pieces
from launcher.storage.long_text import LongText
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri


def write_audit(store: Store, home: S3Uri, report: SaveReport, spool: Path, *, session: str, who: str, at: str) -> None:
    """Put the rows of one save; without any there is nothing to say."""
    where = home.child(f".pose-launcher/audit/{report.project}/{at.replace(':', '-')}.jsonl")
    with LongText(spool) as text:
        for row in rows(report, session=session, who=who, at=at):
            text.write(f"{json.dumps(row, ensure_ascii=False)}\n".encode())
        if text.size:
            with suppress(errors.ChangedMeanwhile):  # another session's, of the same millisecond
                store.uploader.put(where, text, digest_of_pieces(text.pieces()), replaces=None)


def rows(report: SaveReport, *, session: str, who: str, at: str) -> Iterator[dict[str, object]]:
    """What there is to say of each file; of thousands none is kept."""
    common = {"at": at, "session": session, "who": who}
    for item in report.saved:
        yield {**common, **_row(item, item.saved, "saved")}
    copies = {conflict.path: conflict.copy for conflict in report.conflicts}
    for path, key in copies.items():
        yield {**common, "path": path, "key": key, "outcome": "kept as a conflict copy"}
    for item in report.failed:
        yield {**common, **_row(item, None, "failed")}


def _row(item: Item, saved: Saved | None, outcome: str) -> dict[str, object]:
    row: dict[str, object] = {"path": item.path, "outcome": outcome}
    if saved is not None:
        row |= {"key": saved.key, "version": saved.version, "size": saved.size}
        row |= {"checksum": f"crc64nvme:{saved.crc64nvme}"}
    return {**row, "cause": item.cause} if item.cause else row

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
from launcher.saving.report import SaveReport
from launcher.saving.sent_files import SentFile
from launcher.storage.checksums import digest_of_pieces
from launcher.storage.long_text import LongText
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

_line = json.JSONEncoder(ensure_ascii=False).encode


def write_audit(store: Store, home: S3Uri, report: SaveReport, spool: Path, *, session: str, who: str, at: str) -> None:
    """Put the rows of one save; without any there is nothing to say."""
    where = home.child(f".pose-launcher/audit/{report.project}/{at.replace(':', '-')}.jsonl")
    with LongText(spool) as text:
        for row in rows(report, session=session, who=who, at=at):
            text.write(f"{_line(row)}\n".encode())
        if text.size:
            with suppress(errors.ChangedMeanwhile):  # another session's, of the same millisecond
                store.uploader.put(where, text, digest_of_pieces(text.pieces()), replaces=None)


def rows(report: SaveReport, *, session: str, who: str, at: str) -> Iterator[dict[str, object]]:
    """What there is to say of each file; of thousands none is kept."""
    common = {"at": at, "session": session, "who": who}
    for file in report.saved:
        yield {**common, **_sent(file)}
    copies = {conflict.path: conflict.copy for conflict in report.conflicts}
    for path, key in copies.items():
        yield {**common, "path": path, "key": key, "outcome": "kept as a conflict copy"}
    for item in report.failed:
        yield {**common, "path": item.path, "outcome": "failed", "cause": item.cause}


def _sent(file: SentFile) -> dict[str, object]:
    checksum = f"crc64nvme:{file.crc64nvme}"
    return {
        "path": file.path,
        "outcome": "saved",
        "key": file.key,
        "version": file.version,
        "size": file.size,
        "checksum": checksum,
    }

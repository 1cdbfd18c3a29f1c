"""Hash both sides again: what the journal, a manifest or a listing claims against what lies here and in S3."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.projects.source import read_manifest
from launcher.saving import verify as hashing
from launcher.saving.gone import look_again
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.journal import ProjectRecord
    from launcher.saving.verify import VerifyReport


def verify(desk: Desk, target: str | None) -> VerifyReport:
    """A project on this computer, all of them, or a place in S3; nothing is changed."""
    if target is not None and "://" in target:
        return hashing.verify(desk.store, _claims_in_s3(desk, S3Uri.parse(target)))
    records = desk.records(Path(target) if target else None)
    claims = [
        claim for record in records for claim in hashing.claims_of_items(record, desk.journal.items(record.id).values())
    ]
    report = hashing.verify(desk.store, claims)
    for record in records:
        _note_lost(desk, record, report)
    return report


def _note_lost(desk: Desk, record: ProjectRecord, report: VerifyReport) -> None:
    """Nothing is changed, but the next save looks for what is gone, which a save of nothing changed does not."""
    found = [what for where, what in report.lost_in(desk.home.bucket).items() if where.startswith(record.home)]
    if not found:
        return
    desk.journal.put_fact(look_again(record.id), "1")
    if hashing.GONE in found:
        desk.notices.append(f"{record.name}: the next save sends again what is gone from the bucket and is here.")
    if hashing.NOT_OURS in found:
        desk.notices.append(f"{record.name}: where no session replaced it, the next save puts what is here beside it.")


def _claims_in_s3(desk: Desk, where: S3Uri) -> list[Any]:
    inside = str(where).removeprefix(f"{desk.home}projects/")
    if inside != str(where):
        manifest = read_manifest(desk.store, desk.home, inside.partition("/")[0])
        if manifest is None:
            raise errors.NotFound(where, title="This project has no saved state")
        return hashing.claims_of_manifest(manifest[0], where.bucket)
    claims = hashing.claims_of_listing(desk.store, where)
    if not claims:
        raise errors.NotFound(where)
    return claims

"""Hash both sides again: what the journal, a manifest or a listing claims against what lies here and in S3."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import once_more
from launcher.projects.source import last_readable, manifest_uri
from launcher.saving import verify as hashing
from launcher.saving.gone import look_again
from launcher.storage.names import is_project_id
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from launcher.desk.desk import Desk
    from launcher.journal import ProjectRecord
    from launcher.saving.verify import Claim, VerifyReport

_LIST = (
    "the list of what was saved is gone or cannot be read; the newest earlier state that can be read was compared in "
    "its place. The next save writes the list anew"
)


def verify(desk: Desk, target: str | None) -> VerifyReport:
    """A project on this computer, all of them, or a place in S3; nothing is changed."""
    if target is not None and "://" in target:
        return _in_s3(desk, S3Uri.parse(target))
    records = desk.records(Path(target) if target else None)
    referred: dict[str, set[S3Uri]] = {record.id: set() for record in records}

    def claims() -> Iterator[Claim]:
        for record in records:
            beside = desk.journal.items_with_copies(record.id)
            for claim in hashing.claims_of_items(record, desk.journal.each_item(record.id), beside):
                if not desk.home.holds(claim.remote):
                    referred[record.id].add(claim.remote)
                yield claim

    report = once_more(lambda: hashing.verify(desk.store, claims()))
    for record in records:
        _note_lost(desk, record, report, referred[record.id])
    return report


def _note_lost(desk: Desk, record: ProjectRecord, report: VerifyReport, referred: Collection[S3Uri]) -> None:
    """Nothing is changed, but the next save looks for what is gone, which a save of nothing changed does not.

    Of what is kept by reference, too: in the home prefix or the lab's, one of the two has to have it.
    """
    found = [what for where, what in report.lost_in(desk.home.bucket).items() if where.startswith(record.home)]
    found += [hashing.GONE for where in referred if report.is_gone(where)]
    if not found:
        return
    desk.journal.put_fact(look_again(record.id), "1")
    if hashing.GONE in found:
        desk.notices.append(f"{record.name}: the next save sends again what is gone from the bucket and is here.")
    if hashing.NOT_OURS in found:
        desk.notices.append(f"{record.name}: where no session replaced it, the next save puts what is here beside it.")


def _in_s3(desk: Desk, where: S3Uri) -> VerifyReport:
    inside = str(where).removeprefix(f"{desk.home}projects/")
    project_id = inside.partition("/")[0]
    if inside != str(where) and is_project_id(project_id):
        return _saved(desk, where, project_id)
    report = hashing.verify(desk.store, hashing.claims_of_listing(desk.store, where))
    if not report.checked:
        raise errors.NotFound(where)
    return report


def _saved(desk: Desk, where: S3Uri, project_id: str) -> VerifyReport:
    """By its list; by the newest earlier state that can be read where that is damaged, which is a finding, too."""
    known = last_readable(desk.store, desk.home, project_id)
    if known is None:
        raise errors.NotFound(where, title="This project has no saved state")
    state, etag = known
    report = hashing.verify(desk.store, hashing.claims_of_manifest(state, where.bucket) if state is not None else ())
    if etag is None:
        place = manifest_uri(desk.home, project_id).key
        report.checked += 1
        report.bad.append({"path": place.removeprefix(desk.home.key), "key": place, "side": "remote", "message": _LIST})
    return report

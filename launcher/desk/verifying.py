"""Hash both sides again: what the journal, a manifest or a listing claims against what lies here and in S3."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import once_more
from launcher.projects.source import last_readable, manifest_uri
from launcher.saving import disproved
from launcher.saving import verify as hashing
from launcher.saving.disproved import Finding
from launcher.saving.turns import turn
from launcher.storage.names import is_project_id
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launcher.desk.desk import Desk
    from launcher.journal import ProjectRecord
    from launcher.saving.verify import Claim, VerifyReport

#: Another process that saves the project at this moment is waited for so long.
_TURN_S = 5.0
_LIST = (
    "the list of what was saved is gone or cannot be read; the newest earlier state that can be read was compared in "
    "its place. The next save writes the list anew"
)


def verify(desk: Desk, target: str | None) -> VerifyReport:
    """A project on this computer, all of them, or a place in S3; nothing is changed."""
    if target is not None and "://" in target:
        return _in_s3(desk, S3Uri.parse(target))
    records = desk.records(Path(target) if target else None)

    def claims() -> Iterator[Claim]:
        for record in records:
            beside = desk.journal.items_with_copies(record.id)
            yield from hashing.claims_of_items(record, desk.journal.each_item(record.id), beside)

    report = once_more(lambda: hashing.verify(desk.store, claims()))
    for record in records:
        _note_disproved(desk, record, report)
    return report


def _note_disproved(desk: Desk, record: ProjectRecord, report: VerifyReport) -> None:
    """Nothing is changed but what we call saved; the next save looks at what a save of nothing changed does not.

    Of what is kept by reference, too, where it is gone: in the home prefix or the lab's, one of the two has to have it.
    """
    mine = [one for one in report.disproved if one.project == record.id]
    found = [one for one in mine if desk.home.holds(one.where) or one.finding is Finding.GONE]
    if not found:
        return
    try:
        with turn(desk.setup.state.path, record.id, _TURN_S):
            disproved.note(desk.journal, record, found)
    except errors.Held:
        disproved.note_only(desk.journal, record)
    findings = {one.finding for one in found}
    if Finding.GONE in findings:
        desk.notices.append(f"{record.name}: the next save sends again what is gone from the bucket and is here.")
    if Finding.REPLACED in findings:
        desk.notices.append(f"{record.name}: where no session replaced it, the next save puts what is here beside it.")
    if Finding.DAMAGED in findings:
        desk.notices.append(f"{record.name}: the next save sends again what the bucket cannot give back and is here.")


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
    if (record := desk.journal.project(project_id)) is not None:
        _note_disproved(desk, record, report)
    if etag is None:
        place = manifest_uri(desk.home, project_id).key
        report.checked += 1
        report.bad.append({"path": place.removeprefix(desk.home.key), "key": place, "side": "remote", "message": _LIST})
    return report

"""Bring a project to this computer, where it was before if it was here, and say what is missing of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.projects.reader import find_one
from launcher.storage.checksums import crt
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.projects.stage_plan import Profile
    from launcher.projects.staging.report import Progress, StageReport


_ELSEWHERE = "Nothing was written. Name another folder, or none."


def bring(
    desk: Desk, uri: str, folder: Path | None, profile: Profile, progress: Progress, *, dry_run: bool
) -> StageReport:
    """Everything of it that the profile wants."""
    with ThreadPoolExecutor(1, "get ready") as pool:
        ready = pool.submit(_get_ready, desk)
        found, source = find_one(desk.store, desk.parsers, S3Uri.parse(uri), desk.home)
        ready.result()
    from launcher.projects.stage import Stager

    stager = Stager(desk.store, desk.parsers, desk.journal, progress)
    if dry_run:
        return stager.rehearse(found, source, _target(desk, folder, found.id), profile)
    from launcher.desk.renamed import Renamed
    from launcher.journal import once_more
    from launcher.saving.earlier_sessions import left_of
    from launcher.saving.turns import turn

    with turn(desk.setup.state.path, found.id):  # half of a project is nothing to save yet
        # The server took its time: brought anew under a name that its folder has lost by now, it would hide that one.
        once_more(Renamed(desk.journal).projects)
        report = stager.stage(found, source, desk.home, _target(desk, folder, found.id), profile)
    if desk.home.holds(S3Uri.parse(found.uri)):
        desk.notices += left_of(desk.earlier_sessions, found.id)
    return report


def _target(desk: Desk, folder: Path | None, project_id: str) -> Path:
    from launcher.desk.places import refuse_home_folder
    from launcher.projects.whose import is_of_another

    target = folder.absolute() if folder else folder_of(desk, project_id)
    refuse_home_folder(target)
    if is_of_another(target, project_id):  # work in it would be taken for this project's
        raise errors.BadUsage(
            target,
            title="Another project lies in this folder",
            hint=_ELSEWHERE,
        )
    _check_place(desk, target, project_id)
    return target


def _check_place(desk: Desk, target: Path, project_id: str) -> None:
    """Raise `BadUsage` where a save would take what is another project's, or the launcher's own, for this project's."""
    from launcher.projects.whose import is_here

    try:
        str(target).encode()
    except UnicodeEncodeError as exc:
        raise errors.BadUsage(target, title="This folder's name is not valid text", hint=_ELSEWHERE) from exc
    if target in (state := desk.setup.state.path, *state.parents):
        raise errors.BadUsage(target, title="The launcher keeps its own memory below this folder", hint=_ELSEWHERE)
    for other in desk.journal.projects():
        is_around = other.dir in target.parents or target in other.dir.parents
        if is_around and other.id != project_id and is_here(other.dir, other.id):
            raise errors.BadUsage(
                target,
                title=f"This folder and that of the project {other.name} would lie one in the other",
                hint=_ELSEWHERE,
            )


def _get_ready(desk: Desk) -> None:
    """Import what brings a project, and open the journal, while the server is asked: that took as long again."""
    import launcher.desk.places
    import launcher.desk.renamed
    import launcher.projects.stage
    import launcher.saving.earlier_sessions
    import launcher.saving.turns  # noqa: F401

    _ = desk.store.exchange, desk.journal
    crt()


def folder_of(desk: Desk, project_id: str) -> Path:
    """Where a project lies on this computer, or would be brought without a folder's name."""
    from launcher.desk.scratch import scratch_root
    from launcher.projects.whose import is_here

    known = desk.journal.project(project_id)
    if known is not None and is_here(known.dir, known.id):
        return known.dir
    return scratch_root(desk.site, desk.setup.state, desk.journal) / project_id

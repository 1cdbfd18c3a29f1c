"""Three ways to save take turns and share one lease: the saver, one click, and the end of a session."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.desk.desk import Desk
from launcher.desk.mount_watch import MountWatch
from launcher.desk.mounting import mounts_of
from launcher.desk.saver_process import LAST_FILE_S, ask_to_end, end, ends_when_told, find, only_one
from launcher.journal import ProjectRecord, State
from launcher.storage.mount_probe import Prober

if TYPE_CHECKING:
    from launcher.saving.finish import FinishReport
    from launcher.saving.holding import Holding
    from launcher.saving.report import Progress
    from launcher.saving.save import Saver, SaveReport
    from launcher.saving.watch import Watch


def run(desk: Desk, tell: Callable[[str], None]) -> bool:
    """Be the saver until told to end; False at once if another process is it already."""
    watch = _watch(desk, tell)
    with ends_when_told(watch.stop), only_one(desk.setup.state.path) as is_ours:
        if is_ours:
            with Prober() as prober, MountWatch(lambda: mounts_of(desk, prober.ask), tell):
                watch.run()
        if watch.is_hanging:
            sys.stdout.flush()
            os._exit(errors.DONE)  # Python would wait for the threads that send its parts
        return is_ours


def _watch(desk: Desk, tell: Callable[[str], None]) -> Watch:
    from launcher.saving.watch import Watch
    from launcher.saving.watch_project import Engine

    engine = Engine(
        desk.saver(),
        desk.setup.state.path,
        once(desk.check_strength),
        lambda record: holding(desk, record),
        lambda record: has_runs(desk, record),
        tell,
    )
    return Watch(engine, desk.journal.projects)


def once(check: Callable[[], None]) -> Callable[[], None]:
    """The same check, not made again after it has passed."""
    passed: list[bool] = []

    def checked() -> None:
        if not passed:
            check()
            passed.append(True)

    return checked


def save(desk: Desk, saver: Saver, record: ProjectRecord, report: SaveReport) -> None:
    """One click: everything that is not saved, now."""
    from launcher.saving.turns import turn

    mine = holding(desk, record)

    def permit() -> None:
        desk.check_strength()
        mine.take()

    state = desk.setup.state.path
    with turn(state, record.id):
        is_savers = find(state) is not None and mine.is_ours_there()
        try:
            saver.save(desk.journal.project(record.id) or record, report, permit=permit)
        finally:
            mine.let_go() if is_savers else mine.give_back()


def rehearse(desk: Desk) -> list[SaveReport]:
    """What the saver, or the end of the session, would send now; nothing is sent."""
    from launcher.saving.save import SaveReport

    reports = []
    for record in desk.records(None):
        reports.append(SaveReport(record.id, record.home))
        desk.saver().rehearse(record, reports[-1])
    return reports


def finish(desk: Desk, deadline_s: float, began: float, progress: Progress = lambda files, size: None) -> FinishReport:
    """End the session within so many seconds of `began`; the saver, if one runs, hands over."""
    from launcher.saving.finish import PATIENCE, Finish
    from launcher.saving.leaving import times_of

    desk.patience = PATIENCE
    state, running, times = desk.setup.state.path, find(desk.setup.state.path), times_of(began, deadline_s)
    if running is not None:
        ask_to_end(running)
    ending = Finish(
        desk.saver(summed(progress)),
        state,
        check=once(desk.check_strength),
        holding=lambda record: holding(desk, record),
        take_over=lambda: end(running, min(LAST_FILE_S, deadline_s / 6)) if running else None,
    )
    return ending.run(times)


def summed(progress: Progress) -> Progress:
    """Every batch counts from nothing; a person is told the sum."""
    before, last = [0, 0], [0, 0]

    def tell(files: int, size: int) -> None:
        if files <= last[0]:
            before[:] = [before[0] + last[0], before[1] + last[1]]
        last[:] = [files, size]
        progress(before[0] + files, before[1] + size)

    return tell


# What all three need


def holding(desk: Desk, record: ProjectRecord) -> Holding:
    """The right of this state dir, in this session, to write a project."""
    from launcher.saving.holding import Holding
    from launcher.saving.lease import Holder, Lease

    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())  # for people to read; nothing is decided by it
    me = Holder(f"{desk.writer}:{desk.session_id}", desk.person, socket.gethostname(), since)
    return Holding(Lease(desk.store, desk.home, record.id, me), me)


def has_runs(desk: Desk, record: ProjectRecord) -> bool:
    """Does a pose tool that was started from here have the project open?"""
    from launcher.journal.run_records import RunRecords
    from launcher.runs.runs import Runs

    records = RunRecords(desk.journal)
    runs = Runs(records, desk.setup.state.path / "runs")
    mine = [run for run in records.listed() if run.project == record.id and not run.state]
    return any(not runs.look(run).state.is_over for run in mine)


def status_row(desk: Desk, record: ProjectRecord) -> dict[str, Any] | None:
    """One project of `status`; None for one that was put away when all of it was saved."""
    from launcher.saving.shortfall import was_put_away
    from launcher.saving.status import project_status, stopped_status
    from launcher.saving.stopped import emptied

    try:
        plan, here, items = desk.saver().plan(record)
    except errors.NotFound as exc:
        return None if was_put_away(desk.journal, record) else stopped_status(record, exc)
    was_brought = any(item.state is not State.STAGING for item in items.values())
    if was_brought and not here.files and not here.left_out:  # what was there is saved, and may be missed all the same
        return stopped_status(record, emptied(record.dir))
    row = project_status(record, plan, here, items, is_recorded=desk.journal.manifest_is_current(record))
    return {**row, "problem": _told_by_saver(desk, record)}


def _told_by_saver(desk: Desk, record: ProjectRecord) -> Any:
    """Why the saver that runs now does not save this project; None if it does."""
    from launcher.saving.stopped import problem_fact

    words = desk.journal.fact(problem_fact(record.id))
    return json.loads(words) if words and find(desk.setup.state.path) else None

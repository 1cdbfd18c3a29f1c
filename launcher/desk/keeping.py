"""Three ways to save take turns and share one lease: the saver, one click, and the end of a session."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Self

from launcher import errors
from launcher.desk.desk import Desk
from launcher.desk.saver_process import ask_to_end, end, find, only_one
from launcher.desk.told_to_end import LAST_S, ends_when_told
from launcher.journal import ProjectRecord

if TYPE_CHECKING:
    from launcher.saving.finish import FinishReport
    from launcher.saving.holding import Holding
    from launcher.saving.lease import Holder
    from launcher.saving.pruning import Pruning
    from launcher.saving.report import Progress
    from launcher.saving.save import Earlier, Saver, SaveReport
    from launcher.saving.watch import Watch

GB = 10**9


def run(desk: Desk, tell: Callable[[str], None]) -> bool:
    """Be the saver until told to end; False at once if another process is it already."""
    from launcher.desk.mount_watch import MountWatch
    from launcher.desk.mounting import mounts_of
    from launcher.desk.unfinished import UnfinishedWatch
    from launcher.storage.mount_probe import Prober

    watch = _watch(desk, tell)
    with ends_when_told(watch.stop), only_one(desk.setup.state.path) as is_ours:
        if is_ours:
            mounts = MountWatch(lambda: mounts_of(desk, prober.ask), tell)
            with Prober() as prober, mounts, UnfinishedWatch(desk):
                watch.run()
        if watch.is_hanging:
            sys.stdout.flush()
            os._exit(errors.DONE)  # Python would wait for the threads that send its parts
        return is_ours


def _watch(desk: Desk, tell: Callable[[str], None]) -> Watch:
    from launcher.desk.renamed import Renamed
    from launcher.saving.pruning import prune_quietly
    from launcher.saving.watch import Watch
    from launcher.saving.watch_project import Engine

    engine = Engine(
        desk.saver(),
        desk.setup.state.path,
        once(desk.check_strength),
        lambda record: holding(desk, record),
        lambda record: has_runs(desk, record),
        tell,
        prune=lambda record: prune_quietly(pruning(desk), record.id),
    )
    return Watch(engine, Renamed(desk.journal).projects)


def once(check: Callable[[], None]) -> Callable[[], None]:
    """The same check, not made again after it has passed."""
    passed: list[bool] = []

    def checked() -> None:
        if not passed:
            check()
            passed.append(True)

    return checked


def save(desk: Desk, saver: Saver, record: ProjectRecord, report: SaveReport) -> None:
    """One click: everything that is not saved, now; another session of the same person may have broken off."""
    from launcher.saving.turns import turn

    with turn(desk.setup.state.path, record.id):
        with LeaseOfClick(desk, record) as lease:
            record = desk.journal.project(record.id) or record
            with noting_problem(desk, record):
                saver.save(record, report, permit=lease.permit, release=partial(lease.release, record))
            if report.manifest is not None:
                _look_after_use(desk, record, report, may_delete=lease.is_held)
        saver.settle()


def require_free(desk: Desk, record: ProjectRecord) -> None:
    """Raise `Held` while another session works on the project: before anything takes the place of anything here.

    A save that has nothing to send asks nobody, so that the one after it would be the first to hear of it.
    """
    from launcher.saving.turns import turn

    with turn(desk.setup.state.path, record.id), LeaseOfClick(desk, record) as lease:
        lease.permit(lambda: (None, record))


class LeaseOfClick:
    """Taken before the first write; given back when the `with` is left, unless it was the saver's before."""

    def __init__(self, desk: Desk, record: ProjectRecord) -> None:
        self._desk = desk
        self._record = record
        self._made: Holding | None = None
        self._is_savers = False

    def __enter__(self) -> Self:
        self._is_savers = find(self._desk.setup.state.path) is not None and self._holding.is_ours_there()
        return self

    def __exit__(self, *_: object) -> None:
        if self._made is None:
            return
        self._made.let_go() if self._is_savers else self._made.give_back()
        if (other := self._made.lost_to) is not None:
            tell_once(self._desk, _meanwhile(other))

    @property
    def _holding(self) -> Holding:
        """Made when it is first needed: where nothing is to be sent, no server is asked."""
        if self._made is None:
            self._made = holding(self._desk, self._record)
        return self._made

    @property
    def is_held(self) -> bool:
        """Is it ours, as far as we know?"""
        return self._holding.is_held

    def permit(self, read: Callable[[], Earlier]) -> Earlier:
        """Look who holds it, read meanwhile, and take it; read once more if somebody held it since the look."""
        from launcher.saving.countdown import Countdown
        from launcher.saving.save import after

        with ThreadPoolExecutor(1, "lease") as pool:
            looked = pool.submit(self._holding.look, is_strong=self._desk.is_known_strong)
            reading = pool.submit(after(looked.result), read)  # nobody may have written if nobody has held it since
            self._desk.check_strength()
            looked.result()
            is_as_seen = self._holding.take(Countdown(self._desk.tell))
            earlier = reading.result()
        return earlier if is_as_seen else read()

    def release(self, record: ProjectRecord) -> None:
        """The list names all that went, and what is left is written by nobody else: the next session may begin."""
        is_first = record.manifest_etag is None
        if not self._is_savers and (is_first or not pruning(self._desk).is_due(record.id)):
            self._holding.give_back()


def _meanwhile(other: Holder) -> str:
    return (
        f"{other.who} began to work on this project at {other.where} at {other.since}, while this save stood still or "
        "did not reach the server. Nothing of theirs was replaced; what you both changed is kept twice."
    )


def _look_after_use(desk: Desk, before: ProjectRecord, report: SaveReport, *, may_delete: bool) -> None:
    """What the home prefix holds, and the history that is too old in it; `before` is the project as it was then."""
    from launcher.saving.pruning import count_first_quietly, prune_quietly

    if before.manifest_etag is None:  # a first state has no history
        count_first_quietly(pruning(desk), report.bytes, len(report.saved))
    elif may_delete:
        tell_once(desk, prune_quietly(pruning(desk), before.id))


@contextmanager
def noting_problem(desk: Desk, record: ProjectRecord) -> Iterator[None]:
    """What stands in the way of a whole save is remembered, so that `status` can say why nothing is saved."""
    from launcher.saving.stopped import attempt_fact, told

    def note(words: str) -> None:
        with suppress(errors.LauncherError):  # a full disk: it is told all the same
            desk.journal.put_fact(attempt_fact(record.id), words)

    try:
        yield
    except errors.LauncherError as exc:
        note(json.dumps({"last_saved": record.last_saved, "problem": told(exc)}))
        raise
    if desk.journal.fact(attempt_fact(record.id)):
        note("")


def vanished(desk: Desk) -> list[ProjectRecord]:
    """Projects with unsaved work whose folder is gone; one whose work was all saved may go without a word."""
    from launcher.projects.whose import may_be_its
    from launcher.saving.shortfall import was_put_away

    known = desk.journal.projects()
    return [one for one in known if not may_be_its(one.dir, one.id) and not was_put_away(desk.journal, one)]


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
        take_over=lambda: end(running, min(LAST_S, deadline_s / 6)) if running else None,
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


def pruning(desk: Desk) -> Pruning:
    """The history of the home prefix, kept as long and as much as the site says."""
    from launcher.saving.pruning import Pruning

    kept = desk.loaded.site.save
    return Pruning(desk.store, desk.journal, desk.home, kept.keep_days, kept.quota_gb * GB)


def tell_once(desk: Desk, words: str) -> None:
    """Say it beside the result, if there is anything to say."""
    if words and words not in desk.notices:
        desk.notices.append(words)


def holding(desk: Desk, record: ProjectRecord) -> Holding:
    """The right of this state dir, in this session, to write a project."""
    from launcher.saving.holding import Holding
    from launcher.saving.last_lease import LastLease
    from launcher.saving.lease import Holder, Lease

    me = Holder(f"{desk.writer}:{desk.session_id}", desk.person, socket.gethostname(), since="")
    return Holding(Lease(desk.store, desk.home, record.id, me), me, LastLease(desk.setup.state.path, record.id))


def has_runs(desk: Desk, record: ProjectRecord) -> bool:
    """Does a pose tool that was started from here have the project open?"""
    from launcher.journal.run_records import RunRecords
    from launcher.runs.runs import Runs

    records = RunRecords(desk.journal)
    runs = Runs(records, desk.setup.state.path / "runs")
    mine = [run for run in records.listed() if run.project == record.id and not run.state]
    return any(not runs.look(run).state.is_over for run in mine)

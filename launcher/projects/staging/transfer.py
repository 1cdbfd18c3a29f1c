"""One staging's transfer: the intent first, then the files, then what is known of them, batch by batch."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Item, Journal, ProjectRecord, Stat
from launcher.projects.stage_plan import OTHER_THERE, Action, is_other_there
from launcher.projects.staging import rows
from launcher.projects.staging.arrivals import Arrival, Arrivals, Proved, Wanted
from launcher.projects.staging.folder import ArrivalFolder
from launcher.projects.staging.lost import why_not
from launcher.projects.staging.report import Progress, StageReport
from launcher.storage.crew import Crew, Outcome, outcome_of
from launcher.storage.messages import Reply

if TYPE_CHECKING:
    from launcher.storage.exchange import Exchange

#: Threads that bring a file each, and threads on the disk: more of those mostly wait for each other.
CREW = {"fetch": 32, "land": 4}
#: Files that are written and forced to disk together, and how many such bundles wait for the disk, in memory.
TOGETHER, MOST_WAITING = 32, 8
TOGETHER_BYTES = 4 * 1024 * 1024
#: Files whose arrival is written down together: one flush of the disk for all of them.
BATCH = 256
_Files = tuple[Wanted, ...]
_Crew = Crew[_Files, list[Outcome[Wanted, Arrival]]]


class Transfer:
    """Into one folder, of one project, once."""

    def __init__(
        self, journal: Journal, record: ProjectRecord, folder: ArrivalFolder, report: StageReport, progress: Progress
    ) -> None:
        self._journal = journal
        self._record = record
        self._folder = folder
        self._report = report
        self._progress = progress
        self._arrived: list[Item] = []

    def bring(self, wanted: list[Wanted], later: list[Item], arrivals: Arrivals, exchange: Exchange) -> None:
        """Write the intent down, then transfer; the journal knows the project."""
        # Of what is older than another session's, which was never here, the row as it is says just that until it comes.
        coming = [file for file in wanted if file.action is Action.FETCH and not (file.known and file.known.is_left)]
        here = self._folder.here
        self._journal.put_items(
            self._record.id, [*(rows.coming(file, is_here=file.path in here) for file in coming), *later]
        )
        missing = [file for file in wanted if file.action is not Action.KEEP]
        for file in wanted:
            if file.action is Action.KEEP:
                self._count(self._folder.here.get(file.path))
                if is_other_there(file.known, file.ref):
                    self._report.skip(file.path, OTHER_THERE, code=0)
        try:
            with Crew[_Files, list[Outcome[Wanted, Arrival]]](CREW) as crew:
                self._transfer(missing, arrivals, exchange, crew)
        finally:
            self._write_down()
        self._folder.close()

    def _transfer(self, missing: list[Wanted], arrivals: Arrivals, exchange: Exchange, crew: _Crew) -> None:
        from launcher.storage.exchange import COMING_AT_ONCE

        quick: list[Wanted] = []
        for file in missing:
            if arrivals.is_quick(file):
                quick.append(file)
            else:
                self._fetch(file, arrivals, crew)
        together, size = list[Proved](), 0
        with closing(exchange.answers(map(arrivals.asking, quick), COMING_AT_ONCE)) as replies:
            for reply in replies:
                if reply is not None:
                    self._give(reply, arrivals, crew, together)
                    size += len(reply.body)
                if reply is None or len(together) >= TOGETHER or size >= TOGETHER_BYTES:
                    self._land(together, arrivals, crew)
                    size = 0
                for outcome in crew.known("land", at_most=MOST_WAITING):
                    self._take_all(outcome)
        self._land(together, arrivals, crew)
        for outcome in crew.rest():
            self._take_all(outcome)

    def _give(self, reply: Reply[Wanted], arrivals: Arrivals, crew: _Crew, together: list[Proved]) -> None:
        proved = arrivals.proved(reply)
        if proved is None:
            self._fetch(reply.job, arrivals, crew)
        else:
            together.append(proved)

    @staticmethod
    def _fetch(file: Wanted, arrivals: Arrivals, crew: _Crew) -> None:
        crew.give("fetch", (file,), lambda: [outcome_of(file, partial(arrivals.bring, file))])

    @staticmethod
    def _land(together: list[Proved], arrivals: Arrivals, crew: _Crew) -> None:
        """Hand over what came, all at once."""
        some = tuple(together)
        together.clear()
        if some:
            crew.give("land", tuple(one.wanted for one in some), partial(arrivals.land, some))

    def _take_all(self, outcomes: Outcome[_Files, list[Outcome[Wanted, Arrival]]]) -> None:
        # What is here is written down even if another one stops us.
        for outcome in sorted(outcomes.result(), key=lambda one: one.has_failed):
            self._take(outcome)

    def _take(self, outcome: Outcome[Wanted, Arrival]) -> None:
        """One file's outcome. A full disk or a silent server stop the run; anything else is named."""
        path = outcome.job.path
        try:
            arrival = outcome.result()
        except errors.LauncherError as exc:
            if _stops(exc):
                raise
            is_from_home = self._report.uri.startswith(self._record.home)
            remark = why_not(exc, outcome.job, self._record, is_from_home=is_from_home)
            arrival = Arrival(None, remark=remark, code=exc.exit_code)
        if arrival.remark:
            self._report.skip(path, arrival.remark, arrival.code)
        if arrival.item is not None:
            self._report.repaired += [(path, change) for change in arrival.changes]
            self._count(arrival.item.stat)
            self._arrived.append(arrival.item)
        if len(self._arrived) >= BATCH:
            self._write_down()

    def _count(self, stat: Stat | None) -> None:
        self._report.files += 1
        self._report.bytes += stat.size if stat else 0
        self._progress(self._report.files, self._report.bytes)

    def _write_down(self) -> None:
        self._folder.flush(item.path for item in self._arrived)
        self._journal.put_items(self._record.id, self._arrived)
        self._arrived.clear()


def _stops(exc: errors.LauncherError) -> bool:
    """Does it keep every other file from coming, too?"""
    if isinstance(exc, errors.LocalDisk):
        return not isinstance(exc, errors.PlaceClosed)
    return exc.exit_code == errors.Unreachable.exit_code and exc.title == errors.Unreachable.title

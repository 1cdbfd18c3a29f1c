"""The end of a session, which has seconds: first the list of what is missing, then what matters, then what fits.

What talks to the server does so apart from the thread that watches the clock. What is still under way at the end is
left behind, and the last word about it is that it is missing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.journal import Item, ProjectRecord, Stat
from launcher.projects.disk_errors import disk_error
from launcher.saving.apart import Apart
from launcher.saving.holding import Holding
from launcher.saving.leaving import Times, Unsaved, in_order, next_batch, speed_of
from launcher.saving.save import Saver, SaveReport, after
from launcher.saving.session_file import MissingFile, SessionFile
from launcher.saving.shortfall import CHANGED_SINCE, NO_TIME, Shortfall, in_words
from launcher.saving.turns import turn
from launcher.storage.http import Patience

#: Requests of the last minute give up early, so that the next file has a chance.
PATIENCE = Patience(whole_s=8.0, attempts=3, connect_s=3.0, read_s=8.0, longest_pause_s=1.0)
#: A server that is away, or refuses credentials that may be new in a moment, is asked again after this long.
_AGAIN_S = 1.0
#: The last word takes a look at all files, and to name what is missing takes as long as another one.
_LOOKS_LATER = 2
_MAY_PASS = (errors.Unreachable, errors.Refused)


@dataclass(slots=True)
class FinishReport:
    """What `finish` says it did (contract)."""

    reports: dict[str, SaveReport]
    missing: list[MissingFile] = field(default_factory=list)
    #: Projects whose files are all saved, and whose list in the home bucket does not say so, with the reason.
    unlisted: dict[str, str] = field(default_factory=dict)
    session_file: str | None = None
    #: Does the home bucket have the list from the beginning, whatever became of the last one?
    is_begun: bool = False
    seconds: float = 0.0
    codes: list[int] = field(default_factory=list)
    #: Something still hangs on the server, and nobody may wait for it.
    is_cut_off: bool = False
    #: There was too little time to hear of the server whether it took the last word.
    is_hurried: bool = False
    #: What the server said to the last word, if it did not take it.
    refusal: errors.LauncherError | None = None

    @property
    def is_complete(self) -> bool:
        """Everything is saved, and the lists and the session's file say so."""
        return not self.missing and not self.unlisted and self.session_file is not None

    def after(self, first: FinishReport) -> FinishReport:
        """This one, of the same end of a session as `first`, with what that had done."""
        for project_id, done in first.reports.items():
            report = self.reports.setdefault(project_id, SaveReport(done.project, done.home))
            report.unchanged -= len(done.saved) + len(done.conflicts)
            report.add(done)
        self.codes += [code for code in first.codes if code == errors.CONFLICTS_KEPT]
        self.seconds += first.seconds
        return self

    def to_json(self) -> dict[str, Any]:
        """As printed."""
        return {
            "projects": [report.to_json() for report in self.reports.values()],
            "complete": self.is_complete,
            "session_file": self.session_file,
            "missing_files": len(self.missing),
            "missing_bytes": sum(row.bytes for row in self.missing),
            "unlisted": [{"project": project, "cause": cause} for project, cause in self.unlisted.items()],
            "seconds": round(self.seconds, 3),
        }


class Finish:
    """One end of a session, for all projects of a state dir. `take_over` ends the saver, if one runs."""

    def __init__(
        self,
        saver: Saver,
        state: Path,
        *,
        check: Callable[[], None],
        holding: Callable[[ProjectRecord], Holding],
        take_over: Callable[[], None],
    ) -> None:
        self._saver = saver
        self._state = state
        self._check = check
        self._holding = holding
        self._take_over = take_over
        self._file = SessionFile(saver.store, saver.home, saver.session)
        self._shortfall = Shortfall(saver)
        self._held: dict[str, Holding] = {}
        self._problems: dict[str, errors.LauncherError] = {}
        self._codes: dict[tuple[str, str], int] = {}
        #: How often each file was tried, and why it failed, which the journal forgets with each change of the file.
        self._tries: dict[tuple[str, str], int] = {}
        self._causes: dict[tuple[str, str], str] = {}
        self._enough, self._has_looked = threading.Event(), threading.Event()
        #: By the last word's look, as soon as it was taken.
        self._missing: list[MissingFile] | None = None
        #: The batch that is being sent; whoever takes it, the sending thread or the end, counts what it confirmed.
        self._under_way: SaveReport | None = None
        self._taking = threading.Lock()
        self._reports = {one.id: SaveReport(one.id, one.home) for one in self._shortfall.records.values()}
        for project_id in self._shortfall.silent:
            self._reports[project_id] = SaveReport(project_id, str(saver.home.child(f"projects/{project_id}/")))

    def run(self, times: Times) -> FinishReport:
        """List, send, list again; over when `times` says so, whatever hangs."""
        began = time.monotonic()
        first = Apart("list", self._write_first)
        self._has_looked.wait(times.send_until - time.monotonic())
        until = times.send_until - _LOOKS_LATER * self._shortfall.look_s
        sending = Apart("finish", lambda: self._send(until))
        for work in (sending, first):
            work.wait(until - time.monotonic())
        self._enough.set()
        self._keep_confirmed()
        self._missing = None
        began_last = time.monotonic()
        last = Apart("last word", lambda: self._write(self._missing_now, is_end=True))
        last.wait(times.end - time.monotonic())
        is_cut_off = any(not work.is_over for work in (first, sending, last))
        is_hurried = times.is_hasty(began_last) and not last.is_over
        report = self._report([sending, last], is_cut_off=is_cut_off, is_hurried=is_hurried)
        report.is_begun = first.is_over and first.problem is None
        self._forget_stops(report.missing)
        report.seconds = time.monotonic() - began
        return report

    def _forget_stops(self, missing: Sequence[MissingFile]) -> None:
        """Where nothing is missing, all is saved that an earlier save did not come to."""
        for project_id in self._shortfall.records.keys() - {row.project for row in missing}:
            self._saver.forget_unsaved(self._shortfall.records[project_id])

    def _write_first(self) -> None:
        """The list, by a look that is the sending's, too: two at once would take twice as long."""
        try:
            looks = [self._missing_now()]
        finally:
            self._has_looked.set()
        self._write(lambda: looks.pop() if looks else self._missing_now(), is_end=False)

    def _missing_now(self) -> list[MissingFile]:
        found = self._missing = self._shortfall.missing(dict(self._problems), self._why)
        return found

    def _why(self, project: str, path: str) -> str:
        """Time is short only for what did not have its turn: a tool that never rests changes what was just sent."""
        key = project, path
        return self._causes.get(key) or (CHANGED_SINCE if key in self._tries else NO_TIME)

    def _write(self, missing: Callable[[], list[MissingFile]], *, is_end: bool) -> None:
        self._file.write(missing, self._shortfall.known_ids(), is_end=is_end)

    def _keep_confirmed(self) -> None:
        """What a batch that still hangs has confirmed until now is written down here: it may never come to it."""
        part = self._taken()
        if part is not None:
            self._saver.journal.put_items(part.project, list(part.not_noted))
            self._add(part)

    def _report(self, work: Sequence[Apart], *, is_cut_off: bool, is_hurried: bool) -> FinishReport:
        missing = self._missing_now() if self._missing is None else self._missing
        self._shortfall.describe(self._reports)
        for row in missing:
            item = Item(row.path, None, "").failed(row.cause, "It is still on this computer.")
            self._reports[row.project].failed.append(item)
        codes = [self._codes.get((row.project, row.path), errors.NotDone.exit_code) for row in missing]
        codes += [exc.exit_code for exc in self._problems.values()]
        unlisted = self._unlisted(missing)
        codes += [errors.NotDone.exit_code for project_id in unlisted if project_id not in self._problems]
        codes += [code for report in self._reports.values() for code in report.codes]
        codes += [one.problem.exit_code for one in work if one.problem is not None]
        if not work[-1].is_over:
            codes.append(errors.NotDone.exit_code if is_hurried else errors.Unreachable.exit_code)
        is_told = work[-1].is_over and work[-1].problem is None
        where = str(self._file.where) if is_told else None
        return FinishReport(
            self._reports,
            missing,
            unlisted,
            where,
            codes=codes,
            is_cut_off=is_cut_off,
            is_hurried=is_hurried,
            refusal=work[-1].problem,
        )

    def _unlisted(self, missing: Sequence[MissingFile]) -> dict[str, str]:
        """Of these no list names the last state: time was too short for it, or the server did not take it."""
        behind = self._shortfall.unlisted() - {row.project for row in missing}
        return {
            one: in_words(self._problems[one]) if one in self._problems else f"{NO_TIME}." for one in sorted(behind)
        }

    # Sending

    def _send(self, until: float) -> None:
        """Batch by batch, until nothing is left that could go, or the time is over."""
        self._take_over()
        left, sent, seconds = in_order(self._shortfall.found()) or self._left(), 0, 0.0
        while batch := self._next(left, speed_of(sent, seconds), until):
            began = time.monotonic()
            confirmed = self._send_batch(batch[0].record, batch, until)
            sent, seconds = sent + confirmed, seconds + time.monotonic() - began
            if batch[0].record.id not in self._problems:
                self._tries |= {one.key: one.tries + 1 for one in batch}
                went = {*map(id, batch)}
                left = [one for one in left if id(one) not in went]
            left = left or self._left()
        self._end_writing(until)

    def _next(self, left: list[Unsaved], bytes_per_s: float, until: float) -> list[Unsaved]:
        """What goes now; nothing when the time is over, or no project is left that may be written."""
        seconds = until - time.monotonic()
        if self._enough.is_set() or seconds <= 0:
            return []
        return next_batch([one for one in left if not self._is_barred(one.record.id)], bytes_per_s, seconds)

    def _is_barred(self, project_id: str) -> bool:
        problem = self._problems.get(project_id)
        return problem is not None and not isinstance(problem, _MAY_PASS)

    def _left(self) -> list[Unsaved]:
        return in_order(replace(one, tries=self._tries.get(one.key, 0)) for one in self._shortfall.unsaved())

    def _send_batch(self, record: ProjectRecord, batch: Sequence[Unsaved], until: float) -> int:
        """Bytes that were confirmed."""
        part = self._under_way = SaveReport(record.id, record.home)
        try:
            with turn(self._state, record.id, patience_s=max(until - time.monotonic(), 0)):
                self._save(record.id, part, {one.path: one.stat for one in batch})
            self._problems.pop(record.id, None)
        except errors.LauncherError as exc:
            self._problems[record.id] = exc
        except OSError as exc:
            self._problems[record.id] = disk_error(exc, record.dir)
        if self._taken(part) is not None:
            self._add(part)
        if isinstance(self._problems.get(record.id), _MAY_PASS):
            self._enough.wait(_AGAIN_S)
        return part.bytes

    def _taken(self, mine: SaveReport | None = None) -> SaveReport | None:
        """The batch that is still to be counted, if it is `mine` where that is said; nobody else gets it after this."""
        with self._taking:
            part = self._under_way
            if mine is not None and part is not mine:
                return None
            self._under_way = None
        return part

    def _save(self, project_id: str, part: SaveReport, only: dict[str, Stat]) -> None:
        """In our turn: what another process of this computer saved meanwhile is in the journal, and is not sent."""
        record = self._saver.journal.project(project_id) or self._shortfall.records[project_id]
        holding = self._held.setdefault(project_id, self._holding(record))

        def permit() -> None:
            self._check()
            holding.take()

        self._saver.save(record, part, only, after(permit))

    def _add(self, part: SaveReport) -> None:
        self._reports[part.project].add(part)
        for file in part.saved:
            self._causes.pop((part.project, file.path), None)
        codes = [code for code in part.codes if code != errors.CONFLICTS_KEPT]
        # A batch that hangs may be between a file and its code.
        self._codes |= {(part.project, item.path): code for item, code in zip(part.failed, codes, strict=False)}
        self._causes |= {(part.project, item.path): f"{item.cause}. {item.next}" for item in part.failed}

    def _end_writing(self, until: float) -> None:
        """The manifests that a broken off batch left behind, uploads of which nothing will come, and the leases."""
        for record in self._shortfall.records.values():
            is_more = self._shortfall.is_behind(record) or self._saver.has_orphans(record)
            if is_more and not self._is_barred(record.id):
                self._send_batch(record, [], until)
        for holding in self._held.values():
            holding.give_back()

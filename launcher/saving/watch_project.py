"""One project under the saver's eyes: looked at, saved when quiet, held while that is needed, stopped when in doubt."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from launcher import errors
from launcher.journal import ProjectRecord, Stat, once_more
from launcher.projects.disk_errors import disk_error
from launcher.projects.local_files import stat_of, walk
from launcher.projects.tree import Tree
from launcher.projects.whose import is_folder_of
from launcher.saving.ahead import Ahead
from launcher.saving.changes import standing
from launcher.saving.holding import Holding
from launcher.saving.line_speed import LineSpeed
from launcher.saving.plan import UNSAVED, Excluded
from launcher.saving.quiet import Looks, is_label
from launcher.saving.report import not_plain_files
from launcher.saving.save import Saver, SaveReport, after
from launcher.saving.shortfall import was_put_away
from launcher.saving.stopped import emptied, vanished
from launcher.saving.telling import Telling
from launcher.saving.turns import turn
from launcher.tools import tool
from launcher.tools.saving_rules import series_of

#: A scan finds what the system's events lost; it may cost a hundredth of the time at most.
SCAN_EVERY_S, _SHARE = 7.0, 100.0
#: After the last work the lease is kept this long, so that it is not written for every label.
IDLE_S = 60.0
_TURN_AGAIN_S, _HELD_AGAIN_S = 1.0, 8.0
_AHEAD_AGAIN_S = 1.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0


@dataclass(frozen=True, slots=True)
class Engine:
    """What every watched project shares. `check` raises if the server must not be written to."""

    saver: Saver
    state: Path
    check: Callable[[], None]
    holding: Callable[[ProjectRecord], Holding]
    has_runs: Callable[[ProjectRecord], bool]
    tell: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    #: Thins out the history while we hold the lease and nothing else is to do; in words what stood in the way.
    prune: Callable[[ProjectRecord], str] = lambda record: ""


class Watched:
    """One of them."""

    def __init__(self, engine: Engine, record: ProjectRecord, wake: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self.record = record
        kind = tool(record.tool_id)
        order = kind.saving_order()
        never = Excluded([*order.never, *engine.saver.exclude])
        self._is_label = partial(is_label, kind)
        self._looks = Looks(
            self._is_label,
            never.__contains__,
            lambda path: series_of(path, order.rewritten),
        )
        self._holding = engine.holding(record)
        self._ahead = Ahead(engine.saver, engine.state, self._permit, wake)
        self._line = LineSpeed()
        self._was_here = self._is_gone = False
        self._looked_at = self._scan_at = self._retry_at = self._worked_at = 0.0
        self._failures = 0
        self._telling = Telling(record, engine.saver.journal, engine.tell)

    # Looking

    def look(self, record: ProjectRecord, changed: Iterable[Path]) -> None:
        """Look at what changed, at what is due for its second look, and now and then at everything."""
        self.record = record
        now = self._looked_at = self._engine.clock()
        if now < self._scan_at:
            self._look_at({*self._looks.due(now), *self._inside(changed)}, now)
            return
        began = time.thread_time()
        try:
            self._scan(now)
        except errors.LauncherError as exc:
            self._is_gone = True
            self._stop(exc, now + SCAN_EVERY_S)
        self._scan_at = now + max(SCAN_EVERY_S, _SHARE * (time.thread_time() - began))

    def _scan(self, now: float) -> None:
        if not is_folder_of(self.record.dir, self.record.id):
            if not self._was_here and was_put_away(self._engine.saver.journal, self.record):
                return
            raise vanished(self.record.dir)
        once_more(partial(self._look_at_all, now))
        if self._is_gone:
            self._is_gone = False
            self._telling.problem(None)

    def _look_at_all(self, now: float) -> None:
        """At the first time, what the journal knows to be saved needs nothing; everything else waits to go quiet."""
        tree = Tree(self.record.dir)
        files = walk(tree) if self._was_here else self._settling(tree)
        first = next(files, None)
        if first is None and not tree.left_out and any(self._engine.saver.journal.each_item(self.record.id)):
            raise emptied(self.record.dir)
        self._looks.look(files if first is None else chain([first], files), now)
        self._was_here = True
        self._telling.failures(not_plain_files(tree.left_out))

    def _settling(self, tree: Tree) -> Iterator[tuple[str, Stat]]:
        saver = self._engine.saver
        rules = saver.rules(self.record)
        for path, stored, stat in saver.files(self.record, tree):
            if standing(path, stored, stat, rules)[0] not in UNSAVED:
                self._looks.settle({path: stat})
            yield path, stat

    def _inside(self, changed: Iterable[Path]) -> set[str]:
        folder = self.record.dir
        return {path.relative_to(folder).as_posix() for path in changed if folder in path.parents}

    def _look_at(self, paths: Iterable[str], now: float) -> None:
        for path in paths:
            with suppress(OSError, UnicodeEncodeError):  # a scan names what cannot be looked at
                path.encode()
                self._looks.look_at(path, stat_of(self.record.dir / path), now)

    # Saving

    def next_at(self) -> float:
        """When there is something to do again."""
        due = self._looks.next_due()
        if due is not None:
            return min(self._scan_at, max(due, self._retry_at))
        if self._holding.is_held:
            return min(self._scan_at, max(self._worked_at + IDLE_S, self._retry_at))
        return self._scan_at

    def work(self) -> None:
        """Save one batch of what is quiet, if there is any."""
        now = self._engine.clock()
        if not self._was_here or self._is_gone or now < self._retry_at:
            return
        quiet = self._without_large(self._looks.quiet(self._looked_at), now)
        if quiet or self._is_manifest_behind():
            self._attempt(self._looks.batch(quiet, self._line.at_most))
        elif self._holding.is_held and self._looks.is_idle and now >= self._worked_at + IDLE_S:
            self._rest(now)

    def _without_large(self, quiet: Mapping[str, Stat], now: float) -> dict[str, Stat]:
        """Large files go ahead first, so that the label files of the next minutes need not wait for them."""
        at_most = self._line.at_most
        others = {path: stat for path, stat in quiet.items() if not self._is_label(path, stat.size)}
        large = [path for path, stat in others.items() if self._ahead.takes(self.record, path, stat, at_most)]
        for path in large:
            self._ahead.offer(self.record, path, quiet[path])
        self._looks.put_off_until(large, now + _AHEAD_AGAIN_S)
        return {path: stat for path, stat in quiet.items() if path not in large}

    def _is_manifest_behind(self) -> bool:
        return self._looks.is_idle and not self._engine.saver.journal.manifest_is_current(self.record)

    def _attempt(self, batch: Mapping[str, Stat]) -> None:
        try:
            with turn(self._engine.state, self.record.id, patience_s=0):
                self._save(batch)
        except errors.Held:  # another process of this computer saves it at this moment
            self._retry_at = self._engine.clock() + _TURN_AGAIN_S

    def _save(self, batch: Mapping[str, Stat]) -> None:
        saver, report, began = self._engine.saver, SaveReport(self.record.id, self.record.home), time.monotonic()
        # Whoever had the turn before us may have written a newer manifest.
        record = saver.journal.project(self.record.id) or self.record
        try:
            saver.save(record, report, batch, after(self._permit))
        except errors.Held as exc:
            self._stop(exc, self._engine.clock() + _HELD_AGAIN_S)
        except errors.LauncherError as exc:
            self._back_off(exc)
        except OSError as exc:
            self._back_off(disk_error(exc, record.dir))
        except Exception as exc:  # noqa: BLE001 - a mistake of ours here must not stop the saving of other projects
            self._back_off(errors.LauncherError(record.name, title="The launcher made a mistake", detail=repr(exc)))
        else:
            self._failures = 0
            self._telling.problem(None)
            self._put_off_failures(report)
            self._looks.settle({path: stat for path, stat in batch.items() if path not in _failed(report)})
            if self._looks.is_idle:
                saver.forget_unsaved(record)
        finally:
            self._count_confirmed(report, batch, time.monotonic() - began)

    def _permit(self) -> None:
        self._engine.check()
        self._holding.take()

    def _count_confirmed(self, report: SaveReport, batch: Mapping[str, Stat], seconds: float) -> None:
        """Also when the rest could not be tried."""
        self._worked_at = self._engine.clock()
        ahead = [through for path, stat in batch.items() if (through := self._ahead.through(path, stat))]
        self._line.learn(report.bytes - sum(through.stat.size for through in ahead), seconds)
        for through in ahead:
            self._line.learn(through.bytes, through.seconds)
        whole_time = seconds + sum(through.seconds for through in ahead)
        self._looks.sent((file.path for file in report.saved), self._worked_at, whole_time)
        sent = {file.path: file.changed or batch.get(file.path) for file in report.saved}
        self._looks.settle({path: stat for path, stat in sent.items() if stat is not None})
        self._telling.saved(report)

    def _put_off_failures(self, report: SaveReport) -> None:
        """They are tried again later, or when they change."""
        self._looks.put_off(_failed(report), self._engine.clock())
        self._telling.failures(report.failed)

    def _rest(self, now: float) -> None:
        self._worked_at = now
        if words := self._engine.prune(self.record):
            self._telling.say(words)
        if not self._engine.has_runs(self.record):
            self._holding.give_back()

    def end(self) -> None:
        """Nobody watches it any more."""
        self._ahead.end()
        self._holding.give_back()

    @property
    def is_hanging(self) -> bool:
        """Is something still under way that nobody waits for?"""
        return self._ahead.is_busy

    # Trouble

    def _back_off(self, exc: errors.LauncherError) -> None:
        pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(self._failures, 10))
        self._failures += 1
        self._ahead.again()
        self._stop(exc, self._engine.clock() + pause * random.uniform(0.5, 1.0))  # noqa: S311

    def _stop(self, exc: errors.LauncherError, until: float) -> None:
        self._retry_at = until
        self._telling.problem(exc)


def _failed(report: SaveReport) -> set[str]:
    return {item.path for item in report.failed}

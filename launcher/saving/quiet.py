"""When may a file that was changed be saved? When it has gone quiet: pure decisions from looks at the disk.

A file is quiet when two looks, a while apart, show the same fingerprint. Times are those of a clock that only counts
forward, and are given by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from launcher.journal import Stat
from launcher.tools.protocol import Part, PoseTool

#: What a person made by hand is on its way sooner than what a program can make again.
LABEL_QUIET_S, QUIET_S = 2.0, 8.0
#: What has kept changing for this long is taken in a calm moment, if a half-written one of its kind would be noticed.
RESTLESS_S, CALM_S = 30.0, 1.0
_TELLING = (".slp", ".h5", ".csv", ".yaml", ".yml", ".json", ".png", ".pt", ".ckpt", ".txt", ".log", ".jsonl")
#: After one network of a series was sent, the next one waits: sending takes a tenth of the time at most.
_PACE_S, _LONGEST_PACE_S, _SHARE = 30.0, 600.0, 9.0
#: A series in which nothing was written for this long is no running training's any more.
_SERIES_OVER_S = 60.0
LABEL_BYTES = 8 * 1024 * 1024
_TEXTS = (".json", ".yaml", ".yml")
#: A file that could not be saved is tried again after this long, then after twice that, and so on; or when it changes.
_FIRST_PUT_OFF_S, _LONGEST_PUT_OFF_S = 15.0, 600.0
#: One batch is sent before anything else is looked at, so it stays small; a single file may be larger.
BATCH_BYTES, BATCH_FILES = 256 * 1024 * 1024, 2_000


def is_label(tool: PoseTool, path: str, size: int) -> bool:
    """Is it a label or config file, for which the shorter promise holds?"""
    is_one = tool.part_of(path) in (Part.CONFIG, Part.LABELS) or path.lower().endswith(_TEXTS)
    return is_one and size <= LABEL_BYTES


@dataclass(frozen=True, slots=True)
class Seen:
    """A changed file: how it looks, since when, and when it may be tried again after a failure."""

    stat: Stat
    since: float
    first: float
    tries: int = 0
    not_before: float = 0.0


def _seal(path: str, stat: Stat) -> bytes:
    """Which file it is and how it looks; a path holds no NUL."""
    told = f"{path}\0{stat.size} {stat.mtime_ns} {stat.ctime_ns} {stat.file_id}"
    return blake2b(told.encode(), digest_size=16).digest()


class Looks:
    """What the looks at one project have shown: `settled` files need nothing, the others wait to go quiet."""

    def __init__(
        self,
        is_label: Callable[[str, int], bool],
        is_excluded: Callable[[str], bool],
        series: Callable[[str], str | None] = lambda path: None,
    ) -> None:
        self._is_label = is_label
        self._is_excluded = is_excluded
        self._series = series
        self._written: dict[str, float] = {}
        self._paced: dict[str, float] = {}
        #: Path and fingerprint in sixteen bytes: of 200,000 files, most are here.
        self._settled: set[bytes] = set()
        self._waiting: dict[str, Seen] = {}

    @property
    def is_idle(self) -> bool:
        """Nothing waits."""
        return not self._waiting

    def settle(self, files: Mapping[str, Stat]) -> None:
        """These need nothing as long as they stay as they are here."""
        for path, stat in files.items():
            self._settled.add(_seal(path, stat))
            if path in self._waiting and self._waiting[path].stat == stat:
                del self._waiting[path]

    def look(self, files: Iterable[tuple[str, Stat]], now: float) -> None:
        """A look at the whole project, file by file; what does not come by is gone."""
        gone, before = set(self._waiting), self._settled
        self._settled = set()
        try:
            for path, stat in files:
                gone.discard(path)
                if (seal := _seal(path, stat)) in before:
                    before.remove(seal)  # never in memory twice
                    self._settled.add(seal)
                self.look_at(path, stat, now)
        except BaseException:
            self._settled |= before  # it was no whole look
            raise
        for path in gone:
            del self._waiting[path]

    def look_at(self, path: str, stat: Stat | None, now: float) -> None:
        """A look at one file; None when it is gone, which is nobody's business but the person's."""
        if stat is None or _seal(path, stat) in self._settled:
            self._waiting.pop(path, None)
        elif path not in self._waiting and self._is_excluded(path):
            self._settled.add(_seal(path, stat))
        elif path not in self._waiting or self._waiting[path].stat != stat:
            seen = self._waiting.get(path)
            first = seen.first if seen is not None and not seen.tries else now
            self._waiting[path] = Seen(stat, now, first)
            if (series := self._series(path)) is not None:
                self._written[series] = now

    def due(self, now: float) -> list[str]:
        """Files whose second look is due."""
        return [path for path, seen in self._waiting.items() if self._due_at(path, seen) <= now]

    def next_due(self) -> float | None:
        """When the next second look is due; None while nothing waits."""
        return min((self._due_at(path, seen) for path, seen in self._waiting.items()), default=None)

    def quiet(self, now: float) -> dict[str, Stat]:
        """What the looks until now have shown to be quiet; looks at what was `due` come first."""
        return {path: self._waiting[path].stat for path in self.due(now)}

    def put_off(self, paths: Iterable[str], now: float) -> None:
        """These could not be saved: later, unless they change."""
        for path in paths:
            if (seen := self._waiting.get(path)) is not None:
                pause = min(_LONGEST_PUT_OFF_S, _FIRST_PUT_OFF_S * 2.0**seen.tries)
                self._waiting[path] = replace(seen, tries=seen.tries + 1, not_before=now + pause)

    def put_off_until(self, paths: Iterable[str], moment: float) -> None:
        """Somebody else is busy with these; they are looked at again then."""
        for path in paths:
            if (seen := self._waiting.get(path)) is not None:
                self._waiting[path] = replace(seen, not_before=moment)

    def sent(self, paths: Iterable[str], now: float, seconds: float) -> None:
        """These went, in so many seconds: others of their series can wait while a training goes on."""
        for path in paths:
            if (series := self._series(path)) is not None:
                self._paced[series] = now + min(_LONGEST_PACE_S, max(_PACE_S, _SHARE * seconds))

    def batch(self, quiet: Mapping[str, Stat], at_most: float = BATCH_BYTES) -> dict[str, Stat]:
        """What goes next: every label file, or else as many of the others as one batch takes, small ones first.

        Of a series only the newest; `at_most` is how many bytes go in the time that label files may have to wait.
        """
        labels = {path: stat for path, stat in quiet.items() if self._is_label(path, stat.size)}
        if labels:
            return labels
        chosen: dict[str, Stat] = {}
        size = 0
        newest = self._newest(quiet)
        for path, stat in sorted(newest.items(), key=lambda entry: (entry[1].size, entry[0]))[:BATCH_FILES]:
            size += stat.size
            if chosen and size > min(at_most, BATCH_BYTES):
                break
            chosen[path] = stat
        return chosen

    def _newest(self, quiet: Mapping[str, Stat]) -> dict[str, Stat]:
        """Without the older ones of each series."""
        newest: dict[str, str] = {}
        for path, stat in quiet.items():
            series = self._series(path) or path
            if series not in newest or stat.mtime_ns > quiet[newest[series]].mtime_ns:
                newest[series] = path
        return {path: quiet[path] for path in newest.values()}

    def _due_at(self, path: str, seen: Seen) -> float:
        quiet_s = LABEL_QUIET_S if self._is_label(path, seen.stat.size) else QUIET_S
        due = seen.since + quiet_s
        if path.lower().endswith(_TELLING):
            due = min(due, max(seen.first + RESTLESS_S, seen.since + CALM_S))
        return max(due, seen.not_before, self._pause(path))

    def _pause(self, path: str) -> float:
        """Until when a network waits because one of its series went a moment ago."""
        series = self._series(path)
        if series is None or series not in self._paced:
            return 0.0
        return min(self._paced[series], self._written.get(series, 0.0) + _SERIES_OVER_S)

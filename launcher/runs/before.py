"""The files that a tool may change or lose as soon as it opens a project, kept aside before it starts.

DeepLabCut rewrites its configuration, SLEAP deletes the old labels before it writes the new ones. After a crash the
launcher offers what was kept. One folder for each run below the store; its list is written last, so that a folder
without one is nothing. Nothing is forced to disk: this is for a tool's crash, the home bucket is for everything worse.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from launcher import errors
from launcher.journal import Stat
from launcher.projects import local_files
from launcher.projects.stage_plan import in_words
from launcher.projects.whose import CORNER
from launcher.runs.cloning import copy_content, sha256_of
from launcher.runs.kept_states import FILES, Kept, KeptFile, KeptStates
from launcher.tools.protocol import PoseTool

#: This much of the disk stays free for the tool itself; files below the second size are kept all the same.
RESERVE, ALWAYS = 512 * 1024 * 1024, 1024 * 1024
_ATTEMPTS = 3


class Now(StrEnum):
    """How a file stands against its kept copy."""

    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Offer:
    """What is different from what was kept before a run."""

    run: str
    folder: Path
    at: float
    differences: Mapping[str, Now]

    @property
    def sentence(self) -> str:
        """What a person is told after a crash."""
        counts = [(now, list(self.differences.values()).count(now)) for now in Now]
        told = " and ".join(f"{count} {'is' if count == 1 else 'are'} {now}" for now, count in counts if count)
        when = time.strftime("%H:%M", time.localtime(self.at))
        return (
            f"Copies of the project's files from before the tool started at {when} are kept; since then {told}. "
            f"To bring them back: pose-launcher runs restore {self.run}. What is there now is kept too."
        )


def keep_aside(marker: Path, kind: PoseTool, run: str, store: Path) -> Kept:
    """Copy what opening the project may change or lose into the store, each copy compared with its original.

    `marker` is the project's own file, beside which the rest of it lies.

    What cannot be kept is named, and does not keep the tool from starting; raises `LocalDisk` if nothing can.
    """
    folder = marker.parent
    kept = _keep(folder, _at_risk(marker, kind), run, store)
    KeptStates(store).forget_old(folder)
    return kept


def _at_risk(marker: Path, kind: PoseTool) -> Mapping[str, Stat]:
    """A project that is one file may lie in any folder, beside our own store too: only its own files are copied."""
    if not kind.is_one_file:
        here = local_files.scan(marker.parent).files
        return {path: stat for path, stat in here.items() if kind.at_risk(path)}
    own = [file for file in marker.parent.iterdir() if _stem(file) == _stem(marker) and kind.at_risk(file.name)]
    return {file.name: stat for file in own if (stat := local_files.stat_of(file)) is not None}


def _stem(file: Path) -> str:
    """`a` of `a.slp`, `a.pkg.slp` and `a.predictions.slp`."""
    return file.name.partition(".")[0]


def offered(run: str, store: Path) -> Offer | None:
    """What differs now from what was kept before a run; None if nothing does, or nothing was kept."""
    kept = KeptStates(store).read(run)
    if kept is None:
        return None
    differences = {path: now for path, was in kept.files.items() if (now := _now(kept.folder / path, was)) is not None}
    return Offer(run, kept.folder, kept.at, differences) if differences else None


def restore(run: str, store: Path) -> Sequence[str]:
    """Put back what differs and return its paths; what is there now is kept first, as a state of its own.

    All copies are looked at before the first file is touched. The tool must have ended.
    """
    kept, offer = KeptStates(store).read(run), offered(run, store)
    if kept is None:
        raise errors.NotFound(run, title="Nothing was kept before this run", hint="See `pose-launcher runs`.")
    if offer is None:
        return ()
    if not kept.folder.is_dir():
        raise errors.NotFound(
            kept.folder, title="The project's folder is not there", hint="Bring the project here again."
        )
    wanted = sorted(offer.differences)
    for path in wanted:
        _check_copy(store / run / FILES / path, kept.files[path], path)
    seen = _keep_present(kept.folder, wanted, run, store)
    folders = local_files.Folders(kept.folder)
    partial = folders.target(f"{CORNER}/restore-{os.getpid()}")
    for done, path in enumerate(wanted):
        try:
            _put_back(store / run / FILES / path, partial, folders.target(path), seen.get(path))
        except errors.LauncherError as exc:
            if done:
                exc.hint = f"Put back before that: {', '.join(wanted[:done])}. Do it again for the rest. {exc.hint}"
            raise
    return wanted


def _keep(folder: Path, wanted: Mapping[str, Stat], run: str, store: Path) -> Kept:
    target = store / run
    files: dict[str, KeptFile] = {}
    left_out: dict[str, str] = {}
    try:
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.mkdir(mode=0o700)
    except OSError as exc:  # also for a second state of one run: the first one stays
        raise _disk(exc, target) from exc
    try:
        for path in sorted(wanted, key=lambda path: (wanted[path].size, path)):  # labels before large packages
            try:
                files[path] = _kept(folder / path, target / FILES / path, wanted[path])
            except _NotKept as exc:
                left_out[path] = str(exc)
        kept = Kept(run, folder, time.time(), files, left_out)
        KeptStates(store).write(kept)
    except OSError as exc:
        shutil.rmtree(target, ignore_errors=True)
        raise _disk(exc, target) from exc
    return kept


class _NotKept(Exception):
    """Why one file was left out, in words."""


def _kept(source: Path, copy: Path, stat: Stat) -> KeptFile:
    """Copy one file that holds still, and compare."""
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for _ in range(_ATTEMPTS):
        free = shutil.disk_usage(copy.parent).free
        if stat.size > ALWAYS and free - stat.size < RESERVE:
            raise _NotKept(f"there is no room for a copy: {in_words(stat.size)}, and {in_words(free)} are free")
        try:
            copy_content(source, copy)
            digest = sha256_of(copy)
            if sha256_of(source) == digest and local_files.stat_of(source) == stat:
                return KeptFile(copy.stat().st_size, digest)
        except OSError as exc:
            copy.unlink(missing_ok=True)
            raise _NotKept(f"it cannot be copied ({exc.strerror})") from exc
        copy.unlink()
        found = local_files.stat_of(source)
        if found is None:
            raise _NotKept("it is gone")
        stat = found
    raise _NotKept("it is being written at this moment")


def _now(file: Path, was: KeptFile) -> Now | None:
    stat = local_files.stat_of(file)
    if stat is None:
        return Now.GONE
    try:
        return None if stat.size == was.size and sha256_of(file) == was.sha256 else Now.CHANGED
    except OSError:
        return Now.CHANGED


def _check_copy(copy: Path, was: KeptFile, path: str) -> None:
    if _now(copy, was) is not None:
        raise errors.Damaged(
            path,
            title="The copy that was kept of this file is damaged",
            hint="Nothing was put back and nothing was changed. Restore the last saved state from the home bucket.",
        )


def _keep_present(folder: Path, paths: Iterable[str], run: str, store: Path) -> Mapping[str, Stat]:
    """Keep what is about to be replaced; nothing is replaced that was not kept."""
    present = {path: stat for path in paths if (stat := local_files.stat_of(folder / path)) is not None}
    if present:
        undone = _keep(folder, present, f"{run}-undone-{time.time_ns()}", store)
        for path, reason in undone.left_out.items():
            raise errors.LocalDisk(
                path,
                title=f"What is there now could not be kept first: {reason}",
                hint="Nothing was put back and nothing was changed. Make room, then try again.",
            )
    return present


def _put_back(copy: Path, partial: Path, target: Path, seen: Stat | None) -> None:
    """In our own corner of the project first, whole and on disk, then under its name."""
    try:
        partial.unlink(missing_ok=True)
        copy_content(copy, partial)
        local_files.flush(partial)
        local_files.place(partial, target, seen)
        local_files.flush(target.parent)
    except OSError as exc:
        raise _disk(exc, target, "This file was not changed.") from exc
    finally:
        partial.unlink(missing_ok=True)


def _disk(exc: OSError, where: Path, safe: str = "The project itself was not changed.") -> errors.LocalDisk:
    return errors.LocalDisk(
        where,
        title=f"A copy of the project's files could not be written ({exc.strerror})",
        hint=f"{safe} Free some space on this disk, then try again.",
    )

"""One mount as a process of its own: start it apart, know it again by number and birth, end it in whatever state.

Nothing here touches what is below a mount point: that could hang. The system's own list of mounts is read instead.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from launcher import errors
from launcher.projects.private_folder import is_out_of_reach, is_trusted
from launcher.runs.keeper import birth, write_json
from launcher.runs.process import detached, is_alive
from launcher.session.mount_points import system_mounts
from launcher.storage.mount_probe import Health, probe
from launcher.storage.mount_rules import PointState

_RECORD = "mount.json"
_READY_WITHIN_S, _ENDS_WITHIN_S, _LOOK_EVERY_S = 12.0, 2.0, 0.05
_UNMOUNT_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Mounted:
    """A mount that was started: what, where, and by which process."""

    uri: str
    point: str
    pid: int = 0
    birth: str = ""
    at: float = 0.0
    notice: str = ""
    has_cache: bool = False

    @property
    def is_running(self) -> bool:
        """Its process is there; whether it answers is another question."""
        return is_alive(self.pid, self.birth)


def recorded(folder: Path) -> Mounted | None:
    """What was started last for this folder of ours; None if nothing was, or it was stopped."""
    try:
        return Mounted(**json.loads((folder / _RECORD).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def program() -> str:
    """The mount program of the wheel that this Python has, or one on the path."""
    name = "rclone.exe" if os.name == "nt" else "rclone"
    own = Path(sysconfig.get_path("scripts"), name)
    found = str(own) if own.is_file() else shutil.which(name)
    if found is None:
        raise errors.NotDone(name, title="The program that mounts buckets is not installed", hint=_WITHOUT)
    return found


_WITHOUT = "Nothing is lost: everything works from S3 without mounts. Tell your admin."


def start(folder: Path, command: Sequence[str], environ: Mapping[str, str], wanted: Mounted) -> Mounted:
    """Start what is `wanted` so that it outlives us; returns when it answers, with its process filled in."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "output.log").open("wb") as log:
        child = subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **detached(sys.platform),
        )
    mounted = replace(wanted, pid=child.pid, birth=birth(child.pid), at=time.time())
    point = Path(mounted.point)
    write_json(str(folder / _RECORD), asdict(mounted))
    until = time.monotonic() + _READY_WITHIN_S
    while child.poll() is None and time.monotonic() < until:
        if (mounted.point in system_mounts() or os.name == "nt") and probe(point).health is Health.WELL:
            child.returncode = 0  # it goes on without us; nobody waits for it
            return mounted
        time.sleep(_LOOK_EVERY_S)
    end(mounted)
    child.wait()  # its record stays: whoever watches the mounts tries again
    raise errors.NotDone(wanted.uri, title="The mount did not start", hint=_WITHOUT, detail=_last_words(folder))


def _last_words(folder: Path) -> str:
    """Of the program, for the log; it names no keys."""
    for name in ("rclone.log", "output.log"):
        with contextlib.suppress(OSError):
            if lines := (folder / name).read_text("utf-8", "replace").strip().splitlines():
                return lines[-1][:500]
    return ""


def end(mounted: Mounted) -> None:
    """Take it away, also when it is frozen or dead; programs that read there get an error instead of waiting."""
    unmount(Path(mounted.point))
    with contextlib.suppress(psutil.Error):
        if mounted.is_running:
            process = psutil.Process(mounted.pid)
            process.terminate()
            until = time.monotonic() + _ENDS_WITHIN_S
            while mounted.is_running and time.monotonic() < until and process.status() != psutil.STATUS_STOPPED:
                time.sleep(_LOOK_EVERY_S)
            if mounted.is_running:
                process.kill()


def forget(folder: Path) -> None:
    """It was stopped on purpose."""
    (folder / _RECORD).unlink(missing_ok=True)


def unmount(point: Path) -> None:
    """Take the point out of the tree at once; on Windows the point goes with its process."""
    tool = shutil.which("fusermount3") or shutil.which("fusermount")
    if os.name == "nt" or tool is None or str(point) not in system_mounts():
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run([tool, "-u", "-z", str(point)], capture_output=True, check=False, timeout=_UNMOUNT_WITHIN_S)


def state_of(path: Path) -> PointState:
    """What is at a place, without following a link or looking into a mount."""
    if str(path) in system_mounts():
        return PointState.NOT_OURS
    if not is_out_of_reach(path.parent if os.path.lexists(path) else path):
        return PointState.NOT_OURS
    if not os.path.lexists(path):
        return PointState.MISSING if _is_makeable(path) else PointState.NOT_MAKEABLE
    if path.is_symlink() or not path.is_dir():
        return PointState.NO_FOLDER
    if not is_trusted(path) or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return PointState.NOT_OURS
    with os.scandir(path) as entries:
        return PointState.FILLED if next(entries, None) else PointState.EMPTY


def _is_makeable(path: Path) -> bool:
    there = next((parent for parent in path.parents if parent.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)

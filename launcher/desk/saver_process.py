"""The saver's process: start it apart, find it again by number and birth, and end it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import launcher
from launcher import errors
from launcher.desk.desk import Setup
from launcher.projects.disk_errors import writing
from launcher.projects.private_folder import make_private
from launcher.runs.keeper import birth, write_json
from launcher.runs.notes import note_of
from launcher.runs.process import detached, is_alive

_LOCK, _PID, _LOG = "saver.lock", "saver.json", "saver.log"
_LOG_BYTES = 1024 * 1024
_STARTS_WITHIN_S = 20.0
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class SaverProcess:
    """A process is known by its number and its birth."""

    pid: int
    birth: str

    @property
    def is_running(self) -> bool:
        """Is it still there?"""
        return is_alive(self.pid, self.birth)


def find(state: Path) -> SaverProcess | None:
    """The saver of a state dir, if one runs."""
    try:
        process = note_of(SaverProcess, (state / _PID).read_bytes())
    except OSError:
        return None
    return process if process is not None and process.is_running else None


def ask_to_end(process: SaverProcess) -> None:
    """Tell it; on Windows, where nobody can be told, it is ended, which costs nothing but a repeated file."""
    import psutil  # 50 ms, and most commands end nothing

    with contextlib.suppress(psutil.Error):
        asked = psutil.Process(process.pid)
        if process.is_running:
            asked.terminate()


def end(process: SaverProcess, patience_s: float) -> None:
    """Ask it, wait, and end it if it does not."""
    ask_to_end(process)
    until = time.monotonic() + patience_s
    while process.is_running and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
    import psutil

    with contextlib.suppress(psutil.Error):
        if process.is_running:
            psutil.Process(process.pid).kill()


def saver_row(state: Path) -> dict[str, Any]:
    """The saver as `status` tells it (contract)."""
    process = find(state)
    return {"running": process is not None, "pid": process.pid if process else None}


# Being it


@contextmanager
def only_one(state: Path) -> Iterator[bool]:
    """Are we the saver of this state dir? The system's lock says so; it goes with the process that holds it."""
    from filelock import FileLock, Timeout

    make_private(state)
    try:
        with FileLock(state / _LOCK, timeout=0, mode=0o600):
            write_json(str(state / _PID), asdict(SaverProcess(os.getpid(), birth(os.getpid()))))
            yield True
    except Timeout:
        yield False


# Starting it apart


def start(setup: Setup, environ: Mapping[str, str]) -> SaverProcess:
    """Start the saver so that it outlives us; the one that runs already, if there is one."""
    state = setup.state.path
    running = find(state)
    if running is not None:
        return running
    make_private(state)
    with writing(state / _LOG):
        log = _log(state / _LOG)
    try:
        with log:
            child = subprocess.Popen(
                command(setup),
                cwd=state,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **detached(sys.platform),
            )
    except OSError as exc:
        raise _not_started(state, repr(exc)) from exc
    return _started(child, state)


def command(setup: Setup) -> list[str]:
    """Its command line; our own code by its full path, whatever folder we are in."""
    root = Path(launcher.__file__).parents[1]
    begin = "import sys; sys.path.insert(0, sys.argv.pop(1)); from launcher.__main__ import main; sys.exit(main())"
    site = ["--site", str(setup.site.path.absolute())] if setup.site else []
    flags = [*site, "--state-dir", str(setup.state.path.absolute())]
    return [sys.executable, "-I", "-X", "utf8", "-c", begin, str(root), *flags, "watch"]


def _log(file: Path) -> Any:
    """Appended to, and begun anew when it has grown large."""
    mode = "wb" if file.exists() and file.stat().st_size > _LOG_BYTES else "ab"
    file.touch(mode=0o600)
    return file.open(mode)


def _started(child: subprocess.Popen[bytes], state: Path) -> SaverProcess:
    until = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < until:
        process = find(state)
        if process is not None:
            # It goes on without us. Should it end first, the system is told that we know, and forgets it.
            threading.Thread(target=child.wait, name="the saver's end", daemon=True).start()
            return process
        if child.poll() not in (None, errors.DONE):
            break  # else it runs, or has found that another one does, which may be about to write down its number
        time.sleep(_LOOK_EVERY_S)
    raise _not_started(state)


def _not_started(state: Path, detail: str = "") -> errors.NotDone:
    return errors.NotDone(
        state / _LOG,
        title="The saver did not start, so nothing is saved by itself",
        hint="Save by hand with `pose-launcher save`; the log says why.",
        detail=detail,
    )

"""The saver of a state dir: run it here, start it apart, find it, end it."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

import launcher
from launcher import errors
from launcher.desk.desk import Desk, Setup
from launcher.journal import ProjectRecord
from launcher.runs.keeper import birth, write_json
from launcher.runs.process import detached, is_alive

if TYPE_CHECKING:
    from launcher.saving.finish import FinishReport
    from launcher.saving.holding import Holding
    from launcher.saving.save import Saver, SaveReport
    from launcher.saving.watch import Watch

_LOCK, _PID, _LOG = "saver.lock", "saver.json", "saver.log"
_LOG_BYTES = 1024 * 1024
#: The file in the saver's hand gets this long when it is asked to end; what is cut off goes on at the next start.
LAST_FILE_S = 8.0
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
        data = json.loads((state / _PID).read_bytes())
        process = SaverProcess(int(data["pid"]), str(data["birth"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return process if process.is_running else None


def ask_to_end(process: SaverProcess) -> None:
    """Tell it; on Windows, where nobody can be told, it is ended, which costs nothing but a repeated file."""
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
    with contextlib.suppress(psutil.Error):
        if process.is_running:
            psutil.Process(process.pid).kill()


# Running it


def run(desk: Desk, tell: Callable[[str], None]) -> bool:
    """Be the saver until told to end; False at once if another process is it already."""
    watch = _watch(desk, tell)
    with _ends_when_told(watch.stop), _only_one(desk.setup.state.path) as is_ours:
        if is_ours:
            watch.run()
        return is_ours


@contextmanager
def _only_one(state: Path) -> Iterator[bool]:
    from filelock import FileLock, Timeout

    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with FileLock(state / _LOCK, timeout=0, mode=0o600):
            write_json(str(state / _PID), asdict(SaverProcess(os.getpid(), birth(os.getpid()))))
            yield True
    except Timeout:
        yield False


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


@contextmanager
def _ends_when_told(stop: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and Ctrl-C end the saver softly, and for certain: what hangs on a dead server is cut off."""
    cut_off = threading.Timer(LAST_FILE_S, os._exit, (0,))
    cut_off.daemon = True

    def told(*_: object) -> None:
        stop()
        with contextlib.suppress(RuntimeError):  # told twice
            cut_off.start()

    signals = [signal.SIGTERM, signal.SIGINT]
    earlier = {one: signal.signal(one, told) for one in signals}
    try:
        yield
    finally:
        cut_off.cancel()
        for one, handler in earlier.items():
            signal.signal(one, handler)


def once(check: Callable[[], None]) -> Callable[[], None]:
    """The same check, not made again after it has passed."""
    passed: list[bool] = []

    def checked() -> None:
        if not passed:
            check()
            passed.append(True)

    return checked


# The other two that save: they take turns with the saver, and share its lease


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


def finish(desk: Desk, deadline_s: float, began: float) -> FinishReport:
    """End the session within so many seconds of `began`; the saver, if one runs, hands over."""
    from launcher.saving.finish import PATIENCE, Finish
    from launcher.saving.leaving import times_of

    desk.patience = PATIENCE
    state, running, times = desk.setup.state.path, find(desk.setup.state.path), times_of(began, deadline_s)
    if running is not None:
        ask_to_end(running)
    ending = Finish(
        desk.saver(),
        state,
        check=once(desk.check_strength),
        holding=lambda record: holding(desk, record),
        take_over=lambda: end(running, min(LAST_FILE_S, deadline_s / 6)) if running else None,
    )
    return ending.run(times)


# What all three need


def holding(desk: Desk, record: ProjectRecord) -> Holding:
    """The right of this state dir, in this session, to write a project."""
    from launcher.saving.holding import Holding
    from launcher.saving.lease import Holder, Lease

    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())  # for people to read; nothing is decided by it
    who = desk.facts.user or getpass.getuser()
    # What tells this state dir from any other, also on a computer with the same name.
    writer = desk.journal.settled_fact("writer", secrets.token_hex(8))
    me = Holder(f"{writer}:{desk.session_id}", who, socket.gethostname(), since)
    return Holding(Lease(desk.store, desk.home, record.id, me), me)


def has_runs(desk: Desk, record: ProjectRecord) -> bool:
    """Does a pose tool that was started from here have the project open?"""
    from launcher.journal.run_records import RunRecords
    from launcher.runs.runs import Runs

    records = RunRecords(desk.journal)
    runs = Runs(records, desk.setup.state.path / "runs")
    mine = [run for run in records.listed() if run.project == record.id and not run.state]
    return any(not runs.look(run).state.is_over for run in mine)


# Starting it apart


def start(setup: Setup, environ: Mapping[str, str]) -> SaverProcess:
    """Start the saver so that it outlives us; the one that runs already, if there is one."""
    state = setup.state.path
    running = find(state)
    if running is not None:
        return running
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _log(state / _LOG) as log:
        child = subprocess.Popen(
            command(setup),
            cwd=state,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **detached(sys.platform),
        )
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
            child.returncode = 0  # it goes on without us; nobody waits for it
            return process
        if child.poll() is not None:
            break
        time.sleep(_LOOK_EVERY_S)
    raise errors.NotDone(
        state / _LOG,
        title="The saver did not start, so nothing is saved by itself",
        hint="Save by hand with `pose-launcher save`; the log says why.",
    )


def saver_row(state: Path) -> dict[str, Any]:
    """The saver as `status` tells it (contract)."""
    process = find(state)
    return {"running": process is not None, "pid": process.pid if process else None}


def status_row(desk: Desk, record: ProjectRecord) -> dict[str, Any] | None:
    """One project of `status`; None for one that was put away when all of it was saved."""
    from launcher.saving.shortfall import was_put_away
    from launcher.saving.status import project_status, stopped_status

    try:
        plan, here, items = desk.saver().plan(record)
    except errors.NotFound as exc:
        return None if was_put_away(desk.journal, record) else stopped_status(record, exc)
    row = project_status(record, plan, here, items, is_recorded=desk.journal.manifest_is_current(record))
    return {**row, "problem": _told_by_saver(desk, record)}


def _told_by_saver(desk: Desk, record: ProjectRecord) -> Any:
    """Why the saver that runs now does not save this project; None if it does."""
    from launcher.saving.watch_project import problem_fact

    words = desk.journal.fact(problem_fact(record.id))
    return json.loads(words) if words and find(desk.setup.state.path) else None

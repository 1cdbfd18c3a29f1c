"""The process of a run and its keeper, with real processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from launcher.runs.ending import end_session
from launcher.runs.keeper import KEPT_OF_LOG, LONGEST_LOG, shorten, used_by
from launcher.runs.process import Outcome, RunFolder, Started, Used, detached, is_alive, start
from tests.scenario.test_full_disk import on_disk_of

CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def wait_until(come_true: Callable[[], object], within_s: float = 20.0) -> None:
    """Look again and again; fails when it takes too long."""
    pause = threading.Event()
    for _ in range(int(within_s / 0.02)):
        if come_true():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    made = RunFolder(tmp_path / "run")
    yield made
    started = made.started()
    if started is not None and started.is_alive:
        os.kill(started.pid, signal.SIGKILL)
    wait_until(lambda: started is None or not (started.is_alive or started.is_kept))


def run(folder: RunFolder, script: str) -> Started:
    start(folder, ["/bin/sh", "-c", script], CLEAN)
    started = folder.started()
    assert started is not None
    return started


def ended(folder: RunFolder) -> Outcome:
    wait_until(folder.outcome)
    outcome = folder.outcome()
    assert outcome is not None
    return outcome


def test_its_end_and_its_words_are_written_down(folder: RunFolder) -> None:
    started = run(folder, "echo to stdout; echo to stderr >&2; exit 7")
    assert ended(folder).exit_code == 7
    assert folder.log_tail() == "to stdout\nto stderr\n"
    wait_until(lambda: not started.is_kept)


def test_a_signal_is_a_negative_code(folder: RunFolder) -> None:
    run(folder, "kill -SEGV $$")
    assert ended(folder).exit_code == -signal.SIGSEGV


def test_a_program_that_is_not_there_is_an_outcome(folder: RunFolder) -> None:
    start(folder, ["/no/such/program"], CLEAN)
    assert folder.started() is None
    assert ended(folder).exit_code is None
    assert "No such file" in ended(folder).error


def test_it_starts_in_an_empty_folder_with_nothing_but_what_it_was_given(folder: RunFolder) -> None:
    secret = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(secret, True)
    try:
        run(folder, f"pwd; ls -A; /usr/bin/env; cat; test -e /proc/self/fd/{secret} && echo leaked; true")
        assert ended(folder).exit_code == 0
    finally:
        os.close(secret)
    lines = folder.log_tail().splitlines()
    assert lines[0] == str(folder.path / "work")
    assert set(lines[1:]) - {"_=/usr/bin/env", f"PWD={folder.path / 'work'}"} == {f"{k}={v}" for k, v in CLEAN.items()}


def test_what_it_used_is_written_down_with_what_it_started(folder: RunFolder) -> None:
    work = "import time; until = time.process_time() + {}\nwhile time.process_time() < until: pass"
    run(folder, f"{sys.executable} -I -c '{work.format(0.3)}' & {sys.executable} -I -c '{work.format(0.3)}'; wait")
    ended(folder)
    used = folder.used()
    assert used is not None and used.at > 0
    assert 0.6 <= used.cpu_seconds < 30 and used.memory_bytes > 5_000_000


def test_what_runs_is_counted_with_what_it_started(folder: RunFolder) -> None:
    started = run(folder, f"{sys.executable} -I -c 'while True: pass' & exec sleep 600")
    try:
        wait_until(lambda: Used(**used_by(started.pid)).cpu_seconds > 0, 60)  # type: ignore[arg-type]
        assert Used(**used_by(started.pid)).memory_bytes > 1_000_000  # type: ignore[arg-type]
    finally:
        os.kill(started.pid, signal.SIGKILL)
    ended(folder)


def test_only_this_person_can_read_its_log(folder: RunFolder) -> None:
    run(folder, "true")
    ended(folder)
    assert folder.log.stat().st_mode & 0o077 == 0
    assert (folder.path / "work").stat().st_mode & 0o077 == 0


def test_what_it_leaves_ends_with_it_whatever_session_it_chose(folder: RunFolder) -> None:
    run(folder, "sleep 600 & echo $!; setsid sleep 601 & echo $!; (trap '' TERM; sleep 602) & echo $!; exec sleep 0.1")
    assert ended(folder).exit_code == 0
    left = [int(line) for line in folder.log_tail().split()]
    assert len(left) == 3
    assert not [pid for pid in left if psutil.pid_exists(pid)]


def test_interrupts_that_its_parent_ignores_reach_the_tool(folder: RunFolder) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        started = run(folder, "exec sleep 600")
    finally:
        signal.signal(signal.SIGINT, before)
    os.kill(started.pid, signal.SIGINT)
    assert ended(folder).exit_code == -signal.SIGINT


def test_the_tool_goes_on_without_its_keeper(folder: RunFolder) -> None:
    started = run(folder, "sleep 600 & exec sleep 601")
    wait_until(lambda: len(psutil.Process(started.pid).children()) == 1)
    (child,) = psutil.Process(started.pid).children()
    os.kill(started.keeper, signal.SIGKILL)
    wait_until(lambda: not started.is_kept)
    assert started.is_alive
    os.kill(started.pid, signal.SIGKILL)
    wait_until(lambda: not started.is_alive)
    assert folder.outcome() is None
    wait_until(lambda: not psutil.pid_exists(started.pid))
    end_session(started.pid)
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_later_process_of_the_same_number_is_another_one(folder: RunFolder) -> None:
    started = run(folder, "exec sleep 600")
    assert is_alive(started.pid, started.birth)
    assert not is_alive(started.pid, started.birth + "0")
    assert not is_alive(started.pid, "")


def test_a_process_that_changes_its_program_stays_the_same(folder: RunFolder) -> None:
    started = run(folder, "echo one; exec sleep 600")
    wait_until(lambda: "one" in folder.log_tail())
    assert started.is_alive


def test_a_damaged_note_is_no_note(folder: RunFolder) -> None:
    run(folder, "true")
    ended(folder)
    for damaged in (
        '{"exit_code": 0',
        '{"exit_code": 0, "at": 1.0, "errpr": ""}',
        '{"exit_code": "0", "at": 1.0, "error": ""}',
        '{"exit_code": 0, "at": NaN, "error": ""}',
        "[1]",
        "[" * 100_000,
    ):
        (folder.path / "outcome.json").write_text(damaged)
        assert folder.outcome() is None, damaged
    (folder.path / "started.json").write_text(
        '{"pid": 1e999, "birth": "x", "at": 1.0, "keeper": 1, "keeper_birth": ""}'
    )
    assert folder.started() is None


_FULL = """
import os, sys
from pathlib import Path
from launcher import errors
from launcher.runs.process import RunFolder, start
disk, sign = Path(sys.argv[1]), Path(sys.argv[2])
with (disk / "by a tool").open("wb") as file:
    room = os.statvfs(disk)
    os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)
folder = RunFolder(disk / "run")
try:
    start(folder, ["/bin/sh", "-c", f"touch '{sign}'; sleep 600"], {"PATH": "/usr/bin:/bin"})
except errors.LocalDisk as exc:
    print(exc)
else:
    sys.exit(f"started: {folder.started()} {folder.outcome()}")
"""


def test_of_which_nothing_can_be_written_down_no_tool_is_started(tmp_path: Path) -> None:
    """Nobody would know that it has the project open, and what it works on would be replaced under its hands."""
    disk, sign = tmp_path / "disk", tmp_path / "the tool ran"
    disk.mkdir()
    done = on_disk_of(256, disk, _FULL, str(disk), str(sign))
    assert (done.returncode, done.stderr) == (0, "")
    assert "The tool was not started, since nothing can be written down about it" in done.stdout
    assert not sign.exists()


def test_the_log_is_read_from_its_end(folder: RunFolder) -> None:
    run(folder, "head -c 300000 /dev/zero | tr '\\0' x; echo; echo the end")
    ended(folder)
    assert folder.log_tail().endswith("x\nthe end\n")
    assert len(folder.log_tail()) == 64 * 1024


def test_a_tool_that_prints_without_end_does_not_fill_the_disk(folder: RunFolder) -> None:
    run(folder, f"head -c {LONGEST_LOG} /dev/zero | tr '\\0' x; echo; echo the end; exec sleep 600")
    wait_until(lambda: folder.log.stat().st_size > LONGEST_LOG)
    wait_until(lambda: folder.log.stat().st_size < 2 * KEPT_OF_LOG)
    assert folder.log_tail().endswith("x\nthe end\n")


def test_what_is_written_after_a_log_was_shortened_comes_behind_it(tmp_path: Path) -> None:
    log = tmp_path / "tool.log"
    with log.open("ab", buffering=0) as tool:
        tool.write(b"first\n" * 100 + b"last\n")
        shorten(str(log), longest=605, kept=5)
        assert log.stat().st_size == 605, "it is not too long yet"
        shorten(str(log), longest=604, kept=5)
        tool.write(b"more\n")
    dropped, *kept = log.read_text().splitlines()
    assert "the beginning of this log was dropped" in dropped
    assert kept == ["last", "more"]


def test_a_keeper_is_out_of_reach_of_the_terminal() -> None:
    assert detached("linux") == {"start_new_session": True}
    assert detached("win32") == {"creationflags": 0x8 | 0x200 | 0x1000000}

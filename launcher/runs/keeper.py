"""The keeper of one run: starts the tool, waits for its end, writes down how it ended, and leaves nothing behind.

Run by path with the standard library alone (`python -I -S keeper.py FOLDER PROGRAM ARGUMENT…`), so that it starts in
milliseconds and stays small for hours. It outlives the launcher, ends with the tool, and holds no secrets: its
environment and its working folder are the tool's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

STARTED, OUTCOME, LOG, USED = "started.json", "outcome.json", "tool.log", "used.json"
#: What a tool leaves running gets this long to end by itself.
_PATIENCE_S = 3.0
_LOOK_EVERY_S = 0.02
#: Two processes, by number and birth, take less than half of this.
_ROOM = 512
#: A log that has grown longer is cut down to its end.
LONGEST_LOG, KEPT_OF_LOG = 64 * 1024 * 1024, 1024 * 1024
_LOOK_AT_LOG_EVERY_S = 2.0
#: What a run used is written down now and then, so that it is known of one whose keeper was ended too.
_TELL_USE_EVERY_S = 30.0


def birth(pid: int) -> str:
    """What tells this process from a later one of the same number; empty when it runs no more."""
    if sys.platform == "win32":
        return _birth_on_windows(pid)
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat, open("/proc/sys/kernel/random/boot_id", "rb") as boot:  # noqa: PTH123
            # The name, in brackets, may itself hold brackets and spaces.
            state, *rest = stat.read().rpartition(b")")[2].split()
            return "" if state in b"ZX" else f"{boot.read(8).decode()}-{int(rest[18])}"
    except OSError:
        return ""


def write_json(file: str, data: dict[str, object]) -> None:
    """Whole or not at all, on disk when it returns."""
    _write(file, "w", data)


def _write(file: str, mode: str, data: dict[str, object]) -> None:
    draft = f"{file}.new"
    with open(draft, mode, encoding="utf-8") as opened:  # noqa: PTH123
        json.dump(data, opened)
        opened.flush()
        os.fsync(opened.fileno())
    os.replace(draft, file)  # noqa: PTH105


def _make_room(file: str) -> None:
    """Have the disk give what `_write_in_room` will need: of a tool that runs already it could not be told any more."""
    with open(f"{file}.new", "w", encoding="utf-8") as opened:  # noqa: PTH123
        opened.write(" " * _ROOM)
        opened.flush()
        os.fsync(opened.fileno())


def _write_in_room(file: str, data: dict[str, object]) -> None:
    """Over the blanks that stand there, which JSON allows behind it, so that also a full disk takes it."""
    _write(file, "r+", data)


def main(folder: str, command: list[str]) -> None:
    """Keep one run."""
    if sys.platform == "win32":
        _keep_on_windows(folder, command)
    else:
        if os.fork():  # the launcher waits for this parent only, and no process of ours stays its child
            os._exit(0)
        _keep(folder, command)


def _start(folder: str, command: list[str], **how: Any) -> subprocess.Popen[bytes] | None:
    """The tool: no input, its words in the log, none of our files, a group of its own."""
    _make_room(_in(folder, STARTED))
    log = os.open(_in(folder, LOG), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        tool = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **how)
    except OSError as exc:
        _tell_outcome(folder, None, time.time(), exc.strerror or str(exc))
        return None
    finally:
        os.close(log)
    _write_in_room(_in(folder, STARTED), {"pid": tool.pid, "birth": birth(tool.pid), "at": time.time(), **_myself()})
    os.close(1)  # the launcher's sign that it can go on
    return tool


def _myself() -> dict[str, object]:
    return {"keeper": os.getpid(), "keeper_birth": birth(os.getpid())}


def _in(folder: str, name: str) -> str:
    return os.path.join(folder, name)  # noqa: PTH118 - pathlib would double the time that a keeper needs to start


def _tell_outcome(folder: str, exit_code: int | None, at: float, error: str = "") -> None:
    write_json(_in(folder, OUTCOME), {"exit_code": exit_code, "at": at, "error": error})


def shorten(log: str, longest: int = LONGEST_LOG, kept: int = KEPT_OF_LOG) -> None:
    """Keep the end of a log that grew too long. Whoever writes it appends, and so goes on behind what is kept."""
    with open(log, "r+b", buffering=0) as opened:  # noqa: PTH123
        size = opened.seek(0, os.SEEK_END)
        if size <= longest:
            return
        opened.seek(size - kept)
        end = b"[the beginning of this log was dropped: it grew too long]\n" + opened.read(kept)
        opened.seek(0)
        opened.write(end)
        opened.truncate()  # last, so that whoever reads the end of the log finds it there at any moment


if sys.platform != "win32":

    def _keep(folder: str, command: list[str]) -> None:
        # A handler of ours, unlike "ignore", is not inherited by the tool.
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        _inherit_orphans()
        tool = _start(folder, command, start_new_session=True)
        if tool is None:
            return
        threading.Thread(target=_bound_log, args=(_in(folder, LOG),), daemon=True).start()
        threading.Thread(target=_keep_telling_use, args=(_in(folder, USED), tool.pid), daemon=True).start()
        exit_code, at = tool.wait(), time.time()
        _end_the_rest()
        with suppress(OSError):  # a full disk keeps nobody from being told of the end
            write_json(_in(folder, USED), _used_by_ended(at))
        _tell_outcome(folder, exit_code, at)

    def _bound_log(log: str) -> None:
        with suppress(OSError):  # the log was removed, or its disk fails: the tool goes on without a bound
            while True:
                time.sleep(_LOOK_AT_LOG_EVERY_S)
                shorten(log)

    def _keep_telling_use(file: str, session: int) -> None:
        with suppress(OSError):
            while True:
                time.sleep(_TELL_USE_EVERY_S)
                write_json(file, used_by(session))

    def used_by(session: int) -> dict[str, object]:
        """Processor seconds and the largest memory of what runs in the tool's session, and of what ended in it."""
        ticks, peak = 0, 0
        for name in os.listdir("/proc"):
            with suppress(OSError, ValueError, IndexError):
                if not name.isdigit():
                    continue
                with open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123
                    told = stat.read().rpartition(b")")[2].split()
                if int(told[3]) == session:
                    ticks += sum(map(int, told[11:15]))
                    peak += _largest_memory(name)
        return {"at": time.time(), "cpu_seconds": ticks / os.sysconf("SC_CLK_TCK"), "memory_bytes": peak}

    def _largest_memory(pid: str) -> int:
        with open(f"/proc/{pid}/status", "rb") as status:  # noqa: PTH123
            for line in status:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0

    def _used_by_ended(at: float) -> dict[str, object]:
        """The same of all that has ended, its memory that of the largest process."""
        import resource

        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"at": at, "cpu_seconds": used.ru_utime + used.ru_stime, "memory_bytes": used.ru_maxrss * 1024}

    def _inherit_orphans() -> None:
        """What the tool starts and leaves becomes our child, whatever group it chose."""
        import ctypes

        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)

    def _end_the_rest() -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            until = time.monotonic() + _PATIENCE_S
            told: set[int] = set()
            while (rest := _rest()) and time.monotonic() < until:
                for pid in rest - told:
                    os.kill(pid, number)  # not reaped yet, so the number is still its own
                told |= rest
                time.sleep(_LOOK_EVERY_S)

    def _rest() -> set[int]:
        """Children of ours that still run, once those that ended are reaped."""
        try:
            with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listed:  # noqa: PTH123
                children = {int(pid) for pid in listed.read().split()}
        except FileNotFoundError:  # a kernel that keeps no such list
            return set()
        for pid in list(children):
            if os.waitpid(pid, os.WNOHANG)[0]:
                children.discard(pid)
        return children


if sys.platform == "win32":

    def _birth_on_windows(pid: int) -> str:
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        process = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
        if not process:
            return ""
        made, ended, _, __ = times = [wintypes.FILETIME() for _ in range(4)]
        known = kernel.GetProcessTimes(wintypes.HANDLE(process), *map(ctypes.byref, times))
        kernel.CloseHandle(wintypes.HANDLE(process))
        if not known or ended.dwHighDateTime:
            return ""
        return f"{made.dwHighDateTime:x}-{made.dwLowDateTime:x}"

    def _keep_on_windows(folder: str, command: list[str]) -> None:
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        job = wintypes.HANDLE(kernel.CreateJobObjectW(None, None))
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        tool = _start(folder, command, creationflags=flags)
        if tool is None:
            return
        kernel.AssignProcessToJobObject(job, wintypes.HANDLE(int(tool._handle)))
        exit_code, at = tool.wait(), time.time()
        kernel.TerminateJobObject(job, 1)  # what the tool left running
        _tell_outcome(folder, exit_code, at)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

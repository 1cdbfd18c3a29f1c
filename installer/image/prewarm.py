"""What an application opens in its first minute: the list that the service reads ahead when an instance starts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePath

import psutil

from launcher import errors

LOOK_EVERY_S = 0.2
#: Not on the image, or not the same there.
ELSEWHERE = ("/proc/", "/sys/", "/dev/", "/run/", "/tmp/", "/var/tmp/", "/home/", "/root/")  # noqa: S108 - left out
WINDOWS_ELSEWHERE = ("c:\\users\\", "c:\\windows\\temp\\", "d:\\")


def trace(command: Sequence[str], seconds: float, say: Callable[[str], None]) -> set[str]:
    """Start it, watch its processes for so long, end it; every file that any of them had open or mapped."""
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError as exc:
        hint = f"Nothing was listed. The system says: {exc.strerror}."
        raise errors.BadUsage(command[0], title="This program cannot be started", hint=hint) from exc
    process, found = psutil.Process(child.pid), set[str]()
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until and child.poll() is None:
            found.update(_open_now(process))
            time.sleep(LOOK_EVERY_S)
        if child.returncode:
            hint = "Nothing was listed. Start it by hand and see what it says."
            raise errors.NotDone(command[0], title=f"This program ended with {child.returncode} at once", hint=hint)
    finally:
        _end(process)
        child.wait()
    say(f"{len(found)} files were opened by {PurePath(command[0]).name} and what it started.")
    return found


def _open_now(process: psutil.Process) -> Iterator[str]:
    with suppress(psutil.Error):
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error, OSError):
                yield from (file.path for file in one.open_files())
                yield from (mapped.path for mapped in one.memory_maps(grouped=True))


def _end(process: psutil.Process) -> None:
    """It and everything that it started, and nothing else."""
    with suppress(psutil.Error):
        family = [*process.children(recursive=True), process]
        for one in family:
            with suppress(psutil.Error):
                one.terminate()
        for one in psutil.wait_procs(family, timeout=5)[1]:
            with suppress(psutil.Error):
                one.kill()


def forget_reading(folders: Iterable[Path]) -> None:
    """Set the time of the last reading of every file to the epoch, so that `read_since` sees who was read.

    The system notes a reading where the time is older than that of the last change, also when it is sparing (relatime).
    """
    for path in _files(folders):
        with suppress(OSError):
            os.utime(path, ns=(0, path.stat().st_mtime_ns), follow_symlinks=False)


def read_since(folders: Iterable[Path]) -> Iterator[str]:
    """What was read since, also what was open for a moment; nothing where the file system keeps no such times."""
    for path in _files(folders):
        with suppress(OSError):
            if path.stat().st_atime_ns > 0:
                yield str(path)


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for place, _, names in os.walk(folder):
            yield from (path for name in names if not (path := Path(place, name)).is_symlink())


def manifest(
    paths: Iterable[str], *, windows: bool, is_file: Callable[[str], bool] = lambda path: Path(path).is_file()
) -> str:
    """One full path a line, each once, only what lies on the image itself."""
    kept = sorted({path for path in paths if _belongs(path, windows=windows) and is_file(path)})
    return "".join(f"{path}\n" for path in kept)


def _belongs(path: str, *, windows: bool) -> bool:
    if any(ord(letter) < 32 for letter in path):
        return False
    if windows:
        return path[1:3] == ":\\" and not path.lower().startswith(WINDOWS_ELSEWHERE)
    return path.startswith("/") and not path.startswith(ELSEWHERE) and not path.endswith(" (deleted)")

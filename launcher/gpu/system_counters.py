"""Windows' own count of each program's GPU memory, where NVML does not tell it.

`typeperf`, a part of Windows, writes the performance counters as CSV. It samples for about a second, so it runs beside
the readings and its last answer is used until there is a newer one. Its counter names are English on English systems
only; elsewhere it finds nothing and the memory stays unknown.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PureWindowsPath
from typing import IO

COUNTER = r"\GPU Process Memory(*)\Dedicated Usage"
EVERY_S, GIVE_UP_S = 10.0, 20.0
#: `\\HOST\GPU Process Memory(pid_4242_luid_0x00000000_0x0000D1F2_phys_0)\Dedicated Usage`
_INSTANCE = re.compile(r"\(pid_(\d+)_[^)]*\)\\[^\\]*$")
_NO_WINDOW = 0x08000000


def typeperf(environ: Mapping[str, str] = os.environ) -> Sequence[str]:
    """The command line: Windows' own program by its full path."""
    system = PureWindowsPath(environ.get("SYSTEMROOT", r"C:\Windows"))
    return [str(system / "System32" / "typeperf.exe"), COUNTER, "-sc", "1"]


def memory_by_process(lines: Iterable[str]) -> Mapping[int, int]:
    """Bytes per process, added up over its adapters; anything that is not a table of counters is empty."""
    rows = (row for row in csv.reader(lines) if len(row) > 1)
    names, values = next(rows, []), next(rows, [])
    found: dict[int, int] = {}
    for name, value in zip(names, values, strict=False):
        instance = _INSTANCE.search(name)
        with contextlib.suppress(ValueError, OverflowError):  # a program that has just ended has a blank value
            if instance:
                found[int(instance[1])] = found.get(int(instance[1]), 0) + int(float(value))
    return found


class SystemCounters:
    """Asks now and then, and never waits."""

    def __init__(self, command: Sequence[str] | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._command = command or typeperf()
        self._clock = clock
        self._asking: tuple[subprocess.Popen[bytes], IO[bytes]] | None = None
        self._asked_at = -EVERY_S
        self._last: Mapping[int, int] = {}

    def read(self) -> Mapping[int, int]:
        """Bytes per process as last told."""
        self._collect()
        if self._asking is None and self._clock() - self._asked_at >= EVERY_S:
            self._start()
        return self._last

    def close(self) -> None:
        """End a question that is under way."""
        if self._asking:
            process, output = self._asking
            self._asking = None
            process.kill()
            process.wait()
            output.close()

    def _start(self) -> None:
        self._asked_at = self._clock()
        output = tempfile.TemporaryFile()  # noqa: SIM115 - lives until it is told; a pipe that nobody reads would fill up
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                creationflags=_NO_WINDOW if os.name == "nt" else 0,
            )
        except OSError:
            output.close()
            return
        self._asking = process, output

    def _collect(self) -> None:
        if self._asking is None:
            return
        process, output = self._asking
        if process.poll() is not None:
            output.seek(0)
            self._last = memory_by_process(output.read().decode("utf-8", "replace").splitlines())
            self.close()
        elif self._clock() - self._asked_at >= GIVE_UP_S:
            self.close()

"""The most memory that each saving command takes of a project of 200,000 files (`python -m tests.bench.saver_memory`).

The project is saved once, which takes minutes; then each command is run with nothing changed, and with a hundredth of
the files changed. The saver is looked at when it has seen everything, after one changed file, and after a hundredth.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.bench.measure import measure, peak_mb
from tests.bench.saver_costs import ENDS_WITHIN_S, HOME, Lab
from tests.bench.server_process import BenchServer
from tests.bench.workloads import change_tiny, make_tiny

#: It is at rest when it has used less than this of the processor for so long.
LOOK_EVERY_S, AT_REST_S = 20.0, 0.2
ONE = "tiny000/frame000001.bin"


class Bench:
    """A saved project, and what was measured of it."""

    def __init__(self, folder: Path, server: BenchServer, files: int) -> None:
        self._lab = Lab(folder, server, server.url)
        self._many = files // 100
        self._turn = 0
        server.keep_versions(HOME)
        make_tiny(self._lab.folder, files)
        self.told: dict[str, dict[str, float]] = {}
        self.command("the first save", "save", str(self._lab.folder))

    def change(self) -> None:
        """Each hundredth file."""
        self._turn += 1
        change_tiny(self._lab.folder, self._many, self._turn)

    def command(self, name: str, *arguments: str) -> None:
        """One command to its end."""
        cost = measure(self._lab.launcher.command(self._lab.state, *arguments))
        self.told[name] = {"peak_mb": round(cost.peak_mb), "cpu_s": round(cost.cpu_s, 1)}

    def everything(self, idle_s: float) -> None:
        """In the order of a session."""
        project = str(self._lab.folder)
        self.command("save, nothing changed", "save", project)
        self.command("status", "status")
        self.command("verify", "verify", project)
        self.change()
        self.command("save, a hundredth changed", "save", project)
        with self._saver() as process:
            self._rested("watch, the first look", process)
            time.sleep(idle_s)
            self._rested(f"watch, {idle_s:.0f} s of nothing", process)
            (self._lab.folder / ONE).write_bytes(os.urandom(4096))
            self._rested("watch, one changed", process)
            self.change()
            self._rested("watch, a hundredth changed", process)
        self.command("finish, nothing left", "finish", "--deadline", "300")
        self.change()
        self.command("finish, a hundredth left", "finish", "--deadline", "300")

    @contextmanager
    def _saver(self) -> Iterator[psutil.Process]:
        saver = self._lab.saver()
        try:
            yield psutil.Process(saver.pid)
        finally:
            saver.terminate()
            saver.wait(ENDS_WITHIN_S)

    def _rested(self, name: str, process: psutil.Process) -> None:
        used, before = -1.0, sum(process.cpu_times()[:2])
        while (now := sum(process.cpu_times()[:2])) - used > AT_REST_S:
            used = now
            time.sleep(LOOK_EVERY_S)
        self.told[name] = {"peak_mb": round(peak_mb(process.pid)), "cpu_s": round(now - before, 1)}


def main() -> None:
    """One JSON line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.saver_memory", description=__doc__)
    parser.add_argument("--files", type=int, default=200_000)
    parser.add_argument("--idle-s", type=float, default=150.0, help="how long nothing happens to the saver")
    parser.add_argument("--folder", type=Path, help="where all of it is made, and deleted; else the system's own place")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="bench-", dir=chosen.folder) as name, BenchServer(seconds=3600) as server:
        bench = Bench(Path(name), server, chosen.files)
        bench.everything(chosen.idle_s)
    sys.stdout.write(json.dumps({"files": chosen.files, **bench.told}) + "\n")


if __name__ == "__main__":
    main()

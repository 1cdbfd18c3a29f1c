"""What the saver costs beside a training, and how long a session's end takes (`python -m tests.bench.saver_costs`).

`watch`: a training rewrites a checkpoint of 100 MB each minute and appends to its log; the CPU seconds of the saver
and what it starts, scaled to an hour. `finish`: 200 MB are left after much was saved, over a way of so many MB a
second; the seconds, and how often they are what the bytes alone would take.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from tests.bench.clients import SITE, Launcher
from tests.bench.measure import CommandFailed, measure
from tests.bench.narrow import NarrowWay
from tests.bench.server_process import BenchServer
from tests.bench.workloads import add_labelled_frames, make_large, make_project

DATA, HOME, OTHER, NAME = "bench-data", "bench-home", "bench-other", "few-Bench-2026-01-01"
MB = 1000 * 1000
EPOCH_S, CHECKPOINT, LOG_EVERY_S = 60.0, 100 * MB, 1.0
TRAINING = "dlc-models-pytorch/iteration-0/train"
#: What is left at the end: one checkpoint, and frames for the rest.
LEFT_LARGE, LEFT_FRAMES = 100 * MB, 900
ENDS_WITHIN_S = 30.0
TRIES = 3
#: One of those that were saved before.
NETWORK = 100 * MB


class Lab:
    """A server, a staged project, and our program with a memory of its own."""

    def __init__(self, folder: Path, server: BenchServer, endpoint: str) -> None:
        self.server, self.folder, self.state = server, folder / "project", folder / "state"
        for bucket in (DATA, HOME, OTHER):
            server.create_bucket(bucket)
        made, site, person = folder / NAME, folder / "site.toml", folder / "person"
        make_project(made, 5, 1, seed=1)
        server.fill(DATA, f"{NAME}/", made)
        site.write_text(SITE.format(endpoint=endpoint, home=HOME, data=DATA, many=OTHER), encoding="utf-8")
        person.mkdir()
        self.launcher = Launcher(site, person)
        self.run("stage", f"s3://{DATA}/{NAME}/", str(self.folder))

    def run(self, *arguments: str) -> tuple[float, Mapping[str, Any]]:
        """One command to its end: seconds, and what it says."""
        cost = measure(self.launcher.command(self.state, *arguments))
        return cost.wall_s, json.loads(cost.output)

    def saver(self) -> subprocess.Popen[bytes]:
        """The saver, as a process that is ours to end."""
        command = self.launcher.command(self.state, "watch")
        return subprocess.Popen(command.arguments, env=dict(command.environment), cwd=command.folder, stdout=sys.stderr)


def watch(folder: Path, seconds: float) -> dict[str, object]:
    """The saver beside a training, after it has seen what was there before."""
    with BenchServer(latency_ms=30, seconds=seconds + 600) as server:
        lab = Lab(folder, server, server.url)
        training = lab.folder / TRAINING
        training.mkdir(parents=True)
        saver = lab.saver()
        try:
            time.sleep(EPOCH_S / 6)
            server.counts()
            before, began = _cpu_s(saver.pid), time.monotonic()
            _train(training, seconds)
            lasted, used = time.monotonic() - began, _cpu_s(saver.pid) - before
            counts = server.counts()
        finally:
            saver.terminate()
            saver.wait(ENDS_WITHIN_S)
    hour = {
        "cpu_s_per_hour": round(used * 3600 / lasted, 1),
        "mb_sent_per_hour": round(counts.bytes_received * 3600 / lasted / MB),
    }
    return {"what": "watch", "seconds": round(lasted), "cpu_s": round(used, 2), **hour, "requests": counts.requests}


def _train(folder: Path, seconds: float) -> None:
    """An epoch a minute, as PyTorch writes it: in place, and never the same."""
    content, until, next_epoch, epoch = bytearray(CHECKPOINT), time.monotonic() + seconds, time.monotonic(), 0
    content[:] = Random(0).randbytes(MB) * (CHECKPOINT // MB)
    while time.monotonic() < until:
        if time.monotonic() >= next_epoch:
            epoch, next_epoch = epoch + 1, next_epoch + EPOCH_S
            content[::4096] = bytes([epoch % 256]) * len(content[::4096])
            (folder / "snapshot.pt").write_bytes(content)
        with (folder / "train.txt").open("a", encoding="utf-8") as log:
            log.write(f"Epoch {epoch}, loss {1 / (epoch + 1):.5f}\n")
        time.sleep(LOG_EVERY_S)


def finish(folder: Path, saved_files: int, saved_gb: float, mb_per_s: float) -> dict[str, object]:
    """The end of a session with 200 MB left, after so many files were saved, and networks of so many GB."""
    bodies = folder / "bodies"
    bodies.mkdir()
    with BenchServer(seconds=3600, folder=bodies) as server, NarrowWay(server.url) as way:
        lab = Lab(folder, server, way.url)
        add_labelled_frames(lab.folder, saved_files, 20, seed=2, name="saved")
        _make_networks(lab.folder, saved_gb)
        saved_bytes = _save_all(lab)
        add_labelled_frames(lab.folder, LEFT_FRAMES, 5, seed=3, name="left")
        make_large(lab.folder / "snapshot-200.pt", LEFT_LARGE)
        way.bytes_per_s = mb_per_s * MB
        server.counts()
        seconds, told = lab.run("finish", "--deadline", "300")
        sent = server.counts().bytes_received
    alone = sent / (mb_per_s * MB)
    sizes = {"mb_saved_before": round(saved_bytes / MB), "mb_left": round(sent / MB), "mb_per_s": mb_per_s}
    times = {"seconds": round(seconds, 2), "bytes_alone_s": round(alone, 2), "ratio": round(seconds / alone, 2)}
    return {"what": "finish", **sizes, **times, "complete": told["complete"]}


def _make_networks(project: Path, gb: float) -> None:
    """Of 100 MB each, no two with the same content in any of their parts."""
    content = bytearray(Random(4).randbytes(MB) * (NETWORK // MB))
    for number in range(round(gb * 1000 * MB / NETWORK)):
        content[::4096] = bytes([number % 256]) * len(content[::4096])
        (project / f"snapshot-before-{number:03d}.bin").write_bytes(content)


def _save_all(lab: Lab) -> int:
    """Bytes of it; a disk that is busy with so many may keep the server from answering, and what was sent stays."""
    for _ in range(TRIES):
        with suppress(CommandFailed):
            lab.run("save", str(lab.folder))
    _, last = lab.run("status", str(lab.folder))
    assert last["projects"][0]["all_saved"], "it could not be saved"
    return sum(row["bytes"] for row in last["projects"][0]["items"])


def _cpu_s(pid: int) -> float:
    """Of a process and all below it, those that ended included."""
    process = psutil.Process(pid)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system + one.children_user + one.children_system for one in times))


def main() -> None:
    """One JSON line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.saver_costs", description=__doc__)
    parser.add_argument("what", choices=("watch", "finish"))
    parser.add_argument("--seconds", type=float, default=600.0, help="how long the training runs")
    parser.add_argument("--saved-files", type=int, default=5000, help="frames of 20 to 200 KB saved before the end")
    parser.add_argument("--saved-gb", type=float, default=0.0, help="and networks of so many GB, twice on the disk")
    parser.add_argument("--folder", type=Path, help="where all of it is made, and deleted; else the system's own place")
    parser.add_argument("--mb-per-s", type=float, default=20.0, help="what the way to the server takes")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="bench-", dir=chosen.folder) as name:
        folder = Path(name)
        told = (
            watch(folder, chosen.seconds)
            if chosen.what == "watch"
            else finish(folder, chosen.saved_files, chosen.saved_gb, chosen.mb_per_s)
        )
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()

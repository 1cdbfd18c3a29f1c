"""Window and saver with nobody at them (`python -m tests.idle.pair --seconds 3600`): what they cost, as one JSON line.

A screen and a server of their own, one project that was brought, and the program as a person starts it. Processor
seconds are those of the processes themselves, so other work on the computer changes them little. Memory is the
proportional set size: a page that several processes share counts in parts. Ends early when its standard input does.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from launcher.desk import saver_process
from launcher.storage.seaweed import SeaweedFS
from tests.conftest import ROOT, Site, s3_client
from tests.display import running_display

MIB = 1024 * 1024
SAMPLE = ROOT / "resources" / "sample" / "open-arena-Sample-2026-01-15"
_STARTS_WITHIN_S, _ENDS_WITHIN_S = 120.0, 20.0


@dataclass(frozen=True, slots=True)
class Cost:
    """One process over the time that was watched; its processor in percent of one core."""

    who: str
    cpu_percent: float
    pss_mib: float
    rss_mib: float


def watch(folder: Path, settle_s: float, seconds: float) -> list[Cost]:
    """From the first look, when everything that a start brings with it is over."""
    with SeaweedFS(folder / "cloud") as server, running_display() as display:
        site = a_site(folder, server)
        with window_of(site, display) as window:
            _rest(settle_s)
            saver = saver_process.find(site.state)
            assert saver is not None, "the saver runs as soon as something is here"
            watched = {"window": psutil.Process(window.pid), "saver": psutil.Process(saver.pid)} | _helpers(
                window, saver
            )
            before = {who: _cpu_s(process) for who, process in watched.items()}
            began = time.monotonic()
            _rest(seconds)
            lasted = time.monotonic() - began
            return [
                _cost(who, process, before[who], lasted) for who, process in watched.items() if process.is_running()
            ]


def a_site(folder: Path, server: SeaweedFS) -> Site:
    """A catalogue with two buckets, and the sample in one of them."""
    s3, name = s3_client(server.url, server.keys.access, server.keys.secret), secrets.token_hex(4)
    site = Site(folder, server.url, server.keys.access, server.keys.secret, f"data-{name}", f"home-{name}", s3)
    for bucket in (site.data_bucket, site.home_bucket):
        s3.create_bucket(Bucket=bucket)
    site.write()
    site.upload(SAMPLE, f"{SAMPLE.name}/")
    return site


@contextmanager
def window_of(site: Site, display: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program with a project that was brought and saved; its saver ends with it."""
    assert site.run("stage", f"{site.data_uri}{SAMPLE.name}/").code == 0
    assert site.run("save").code == 0
    environ = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": str(site.folder)}
    window = site.start(environ=environ)
    try:
        until = time.monotonic() + _STARTS_WITHIN_S
        while saver_process.find(site.state) is None:
            assert window.poll() is None and time.monotonic() < until, "the window did not come so far"
            time.sleep(0.1)
        _tell({"what": "begun"})
        yield window
    finally:
        window.terminate()
        window.wait(_ENDS_WITHIN_S)
        if saver := saver_process.find(site.state):
            saver_process.end(saver, _ENDS_WITHIN_S)


def _rest(seconds: float) -> None:
    """Do nothing for so long; whoever wanted to know may be gone."""
    there, _, _ = select.select([sys.stdin], [], [], seconds)
    if there and not os.read(sys.stdin.fileno(), 1):
        raise SystemExit("nobody waits for it any more")


def _helpers(window: subprocess.Popen[bytes], saver: saver_process.SaverProcess) -> dict[str, psutil.Process]:
    """What the window started beside the saver, by the module that it runs."""
    below = psutil.Process(window.pid).children(recursive=True)
    modules = {child: re.search(r"launcher\.projects\.(\w+)", " ".join(child.cmdline())) for child in below}
    return {found[1]: child for child, found in modules.items() if found is not None and child.pid != saver.pid}


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _cost(who: str, process: psutil.Process, before_s: float, seconds: float) -> Cost:
    memory = process.memory_full_info()
    cpu = 100 * (_cpu_s(process) - before_s) / seconds
    return Cost(who, round(cpu, 3), round(memory.pss / MIB, 1), round(memory.rss / MIB, 1))


def _tell(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    """One JSON line when it has begun, one with the answer, one at the end, whatever it was."""
    parser = argparse.ArgumentParser(prog="python -m tests.idle.pair", description=__doc__)
    parser.add_argument("--settle", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--seconds", type=float, default=600.0)
    wanted = parser.parse_args()
    try:
        with TemporaryDirectory(prefix="idle-") as name:
            costs = watch(Path(name), wanted.settle, wanted.seconds)
        _tell({"what": "idle", "seconds": wanted.seconds, "costs": [asdict(cost) for cost in costs]})
    finally:
        _tell({"what": "ended"})


if __name__ == "__main__":
    main()

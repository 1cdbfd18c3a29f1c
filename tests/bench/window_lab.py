"""Where windows are measured: a screen of their own, a server with projects, and each window as a child that tells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import psutil

from tests.bench.clients import SITE, environment
from tests.bench.server_process import ROOT, BenchServer
from tests.bench.workloads import DATA as SAMPLES
from tests.bench.workloads import OPEN_FIELD, copy_open_field
from tests.display import running_display

__all__ = ["SAMPLES"]
DATA, HOME, MANY = "bench-data", "bench-home", "bench-many"
#: A window that is not so far by then never will be.
LIMIT_S = 180.0
_SAVER_ENDS_S = 20.0

#: As `launcher.__main__` starts the window: the collector is off before anything is imported.
_OURS = (
    "import gc, runpy; gc.disable(); runpy.run_module('tests.bench.window_ours', run_name='__main__', alter_sys=True)"
)


class Child:
    """One window, from its start to its end."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            list(command), env=dict(environ), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._end = threading.Timer(LIMIT_S, self.process.kill)
        self._end.start()

    def until(self, *events: str) -> dict[str, Any]:
        """Wait for the first of these events."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told: dict[str, Any] = json.loads(line)
            if told["what"] in events:
                return told
            if told["what"] == "failed":
                raise RuntimeError(f"waiting for {events}: {told}")
        raise RuntimeError(f"{events} never came; the window's own words are above")

    def seconds_to(self, *events: str) -> list[float]:
        """Wait for events, in whichever order they come, and say how long after the start each was."""
        seen: dict[str, float] = {}
        while missing := set(events) - set(seen):
            told = self.until(*missing)
            seen[told["what"]] = float(told["at"]) - self.began
        return [seen[what] for what in events]

    def say(self, word: str) -> None:
        """Ask for something."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n".encode())
        self.process.stdin.flush()

    def close(self) -> dict[str, Any]:
        """Its last words."""
        self.say("close")
        return self.until("ended")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: object, trace: TracebackType | None) -> None:
        if kind is not None:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait()
        self._end.cancel()


@dataclass(frozen=True)
class Lab:
    """A person's desk: the screen, the site, and a folder for what the program remembers."""

    display: str
    server: BenchServer
    folder: Path

    @property
    def site(self) -> Path:
        """The catalogue."""
        return self.folder / "site.toml"

    @property
    def environ(self) -> dict[str, str]:
        """What a window needs of ours."""
        return {**environment(self.folder), "DISPLAY": self.display}

    def flags(self, state: str) -> list[str]:
        """Our program's site and its memory."""
        return ["--site", str(self.site), "--state-dir", str(self.folder / state)]

    def ours(self, state: str = "state") -> Child:
        """Our window."""
        return Child([sys.executable, "-c", _OURS, *self.flags(state)], self.environ)

    def bare(self) -> Child:
        """Its peer."""
        return Child([sys.executable, "-m", "tests.bench.window_bare"], self.environ)

    def add_project(self, folder: Path) -> None:
        """Put a project into the data bucket."""
        self.server.fill(DATA, f"{folder.name}/", folder)

    def uri_of(self, project: str) -> str:
        """Where a project is then."""
        return f"s3://{DATA}/{project}/"

    def end_savers(self) -> None:
        """A saver outlives its window by design, and holds the project; here it ends with the measurement."""
        savers = [process for process in psutil.process_iter(["cmdline"]) if self._is_ours(process)]
        for process in savers:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        psutil.wait_procs(savers, timeout=_SAVER_ENDS_S)

    def _is_ours(self, process: psutil.Process) -> bool:
        return any(str(self.folder) in word for word in process.info["cmdline"] or ())

    def command(self, state: str, *words: str) -> dict[str, Any]:
        """One of our commands, to its end."""
        line = [sys.executable, "-m", "launcher", *self.flags(state), *words, "--json"]
        done = subprocess.run(line, env=self.environ, cwd=ROOT, stdout=subprocess.PIPE, timeout=LIMIT_S, check=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@contextmanager
def open_lab(data: Path) -> Iterator[Lab]:
    """Everything there, until the end of the `with`."""
    with (
        TemporaryDirectory(prefix="window-") as name,
        BenchServer(seconds=3600) as server,
        running_display() as display,
    ):
        folder = Path(name)
        for bucket in (DATA, HOME, MANY):
            server.create_bucket(bucket)
        text = SITE.format(endpoint=server.url, home=HOME, data=DATA, many=MANY)
        (folder / "site.toml").write_text(text, encoding="utf-8")
        lab = Lab(display, server, folder)
        project = folder / "made" / OPEN_FIELD
        copy_open_field(project, data)
        lab.add_project(project)
        try:
            yield lab
        finally:
            lab.end_savers()


def circumstances() -> str:
    """The machine and how busy it is: without them a figure says little."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, load {load}, Python {sys.version.split()[0]}, {time.strftime('%Y-%m-%d %H:%M')}"

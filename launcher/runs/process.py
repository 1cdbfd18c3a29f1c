"""The process of one run: start it through its keeper, and know it again later, also from another launcher."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from launcher import errors
from launcher.projects.disk_errors import writing
from launcher.runs import keeper
from launcher.runs.keeper import birth
from launcher.runs.notes import note_of

T = TypeVar("T")

#: The last part of a log is enough to understand an end, and bounded whatever a tool prints.
TAIL_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Started:
    """The tool's process and its keeper's; a process is known by its number and its birth."""

    pid: int
    birth: str
    at: float
    keeper: int
    keeper_birth: str

    @property
    def is_alive(self) -> bool:
        """The tool itself still runs."""
        return is_alive(self.pid, self.birth)

    @property
    def is_kept(self) -> bool:
        """Its end will be written down."""
        return is_alive(self.keeper, self.keeper_birth)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a tool ended: its exit code, negative for a signal; or `error` if the system could not start it."""

    exit_code: int | None
    at: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """What a run used up to a moment: processor seconds of all its processes, and the most memory they held."""

    at: float
    cpu_seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where everything about one run lies, for this person alone."""

    path: Path

    @property
    def log(self) -> Path:
        """What the tool printed."""
        return self.path / keeper.LOG

    def started(self) -> Started | None:
        """The process, once there is one."""
        return self._read(keeper.STARTED, Started)

    def outcome(self) -> Outcome | None:
        """Its end, once it is over and nothing of it is left."""
        return self._read(keeper.OUTCOME, Outcome)

    def used(self) -> Used | None:
        """What it used; None where nobody has told yet (Windows tells nothing)."""
        return self._read(keeper.USED, Used)

    def _read(self, name: str, kind: type[T]) -> T | None:
        try:
            return note_of(kind, (self.path / name).read_bytes())
        except FileNotFoundError:
            return None

    def log_tail(self) -> str:
        """The end of the log; empty when there is none."""
        try:
            with self.log.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(0, size - TAIL_BYTES))
                return log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""


def is_alive(pid: int, its_birth: str) -> bool:
    """Is it that very process, and not a later one with its number?"""
    return bool(its_birth) and birth(pid) == its_birth


def start(folder: RunFolder, argv: Sequence[str], environ: Mapping[str, str]) -> None:
    """Start a tool in an empty folder of its own; returns when it runs, or its outcome says why it does not."""
    work = folder.path / "work"
    with writing(work):
        work.mkdir(parents=True, mode=0o700)
    command = [sys.executable, "-I", "-S", "-B", keeper.__file__, str(folder.path), *argv]
    try:
        with subprocess.Popen(
            command,
            cwd=work,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **detached(sys.platform),
        ) as process:
            assert process.stdout is not None
            process.stdout.read()  # it ends when the tool runs, or the keeper does not
            if sys.platform == "win32":
                process.returncode = 0  # the keeper itself, which goes on; elsewhere it has left its parent
    except OSError as exc:
        raise errors.ToolFailed(title="No further program can be started on this computer", detail=repr(exc)) from exc
    if folder.started() is None and folder.outcome() is None:
        raise errors.LocalDisk(
            folder.path,
            title="The tool was not started, since nothing can be written down about it",
            hint="Your project is unchanged. Free some space on this disk, then try again.",
        )


def detached(system: str) -> dict[str, Any]:
    """How a process is started so that neither the terminal's end nor Ctrl-C reaches it."""
    if system != "win32":
        return {"start_new_session": True}
    detached_process, own_group, no_job_of_ours = 0x8, 0x200, 0x1000000
    return {"creationflags": detached_process | own_group | no_job_of_ours}

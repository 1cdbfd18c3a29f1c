"""The project's own `.venv`: made from the hashed lock, noticed when it is not whole, made by one set-up at a time."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from installer.bootstrap_rules import (
    Goal,
    Stamp,
    Step,
    base_interpreter,
    locks_for,
    pip_arguments,
    plan,
    python_in,
    read_stamp,
    site_packages,
    stamp_text,
)
from installer.steps import run, say, told
from installer.system_packages import bring, parts_for, this_machine

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP, LOCK, PATHS = ".set-up.json", ".set-up.lock", "pose-launcher.pth"


def prepare(goal: Goal, *, window: bool) -> None:
    """Leave an environment that holds what the goal's locks name, and nothing half-done."""
    wanted, machine = digests(goal), this_machine()
    parts = parts_for(window=window, screen=goal is Goal.TEST) if sys.platform != "win32" else ()
    is_kept = next_step(wanted) is Step.KEEP
    bring(replace(machine, has_ensurepip=True) if is_kept else machine, parts)
    if is_kept:
        return
    with alone() as lock:
        # Another set-up may have done the work while we waited for it.
        if (step := next_step(wanted)) is not Step.KEEP:
            fill(step, locks_for(goal)[-1], lock)
            leave_stamp(wanted)


def digests(goal: Goal) -> Mapping[str, str]:
    """The locks that the goal needs, by what they contain."""
    return {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in locks_for(goal)}


def next_step(wanted: Mapping[str, str]) -> Step:
    """What the environment on disk needs now."""
    try:
        stamp = read_stamp((VENV / STAMP).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        stamp = None
    return plan(stamp, str(ROOT), interpreter_now(), wanted)


def interpreter_now() -> str:
    """The Python that the environment would really start; empty if none, or another than the one it was made from."""
    try:
        made_from = base_interpreter((VENV / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace"))
        python = Path(python_in(VENV)).resolve(strict=True)
    except OSError:
        return ""
    is_same = Path(made_from).is_file() if sys.platform == "win32" else str(python) == made_from
    return made_from if is_same else ""


def fill(step: Step, lock_name: str, lock: int) -> None:
    """Make or complete the environment; the stamp goes first, so that an interruption shows."""
    (VENV / STAMP).unlink(missing_ok=True)
    if step is Step.REBUILD:
        rebuild(lock)
    with told(f"installing the packages of {lock_name}, every hash checked"):
        run([str(python_in(VENV)), "-m", "pip", *pip_arguments(str(ROOT / lock_name))], lock)


def rebuild(lock: int) -> None:
    """An empty environment that finds the project's own packages from every folder."""
    with told(f"making .venv with Python {sys.version.split()[0]}"):
        clear(VENV)
        run([sys.executable, "-I", "-m", "venv", str(VENV)], lock)
        # Python reads .pth files in the encoding of the locale.
        Path(site_packages(VENV, sys.version_info[:2]), PATHS).write_text(f"{ROOT}\n", encoding="locale")


def clear(venv: Path) -> None:
    """Remove everything but the lock that we hold."""
    for child in venv.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        elif child.name != LOCK:
            child.unlink()


def leave_stamp(wanted: Mapping[str, str]) -> None:
    """Say what is installed, whole or not at all."""
    draft = VENV / f"{STAMP}.draft"
    stamp = Stamp(str(ROOT), interpreter_now(), sys.version.split()[0], wanted)
    draft.write_text(stamp_text(stamp), encoding="utf-8")
    draft.replace(VENV / STAMP)


@contextmanager
def alone() -> Iterator[int]:
    """Only one set-up of this folder at a time; the lock dies with its holder."""
    VENV.mkdir(exist_ok=True)
    with (VENV / LOCK).open("a", encoding="ascii") as file:
        wait_for(file)
        yield file.fileno()


if sys.platform == "win32":
    import msvcrt

    def wait_for(file: IO[str]) -> None:
        """Wait until the lock is ours."""
        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            except OSError:
                continue  # it gives up after ten seconds; a set-up takes longer
            return

else:
    import fcntl

    def wait_for(file: IO[str]) -> None:
        """Wait until the lock is ours; where the disk knows no locks, go on without."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("set-up: another set-up is at work in this folder; waiting for it\n")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            return

"""Build a pose tool's environment from its lock: apart from ours, all or nothing, again after it was cut off."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from launcher import errors
from launcher.projects.stage_plan import in_words
from launcher.runs.alone import alone
from launcher.runs.environments import (
    RESOURCES,
    Environments,
    Installed,
    Variant,
    interpreter,
    read_stamp,
    resources,
    write_stamp,
)
from launcher.runs.locks import Chosen, choose, cpu_torch_wheel, read, supported
from launcher.runs.pip_settings import PipSettings, pip_settings
from launcher.runs.uv_program import Progress, Uv
from launcher.tools import tool as tool_of
from launcher.tools.running import EnvironmentSpec

TEST_SHIM = RESOURCES / "test_shim"
CACHE, LOCK, TURN = "cache", "packages.lock", "installing.lock"
#: What a set takes on the disk, rounded up; the downloads of the cache are the same files. And what is needed at least,
#: for compiled modules, when everything was downloaded before.
NEEDED_BYTES: dict[Variant, int] = {"cpu": 6_000_000_000, "cuda": 10_000_000_000}
AT_LEAST_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Telling:
    """Where an installation reports to: sentences for a person, and how far it is."""

    say: Callable[[str], None] = lambda _: None
    progress: Callable[[Progress], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is going to be built, from what, and with which Python (a program, or a range for uv to look for)."""

    goal: Installed
    chosen: Chosen
    python: str
    needed_bytes: int


def install(tool_id: str, environments: Environments, telling: Telling, *, test_shim: bool = False) -> Installed:
    """The tool's environment as this launcher's lock has it; there at once if it was built before.

    `test_shim` is for the test suite alone: it lets a CPU set import a torchvision that was made for CUDA.
    """
    settings = pip_settings()
    plan = plan_for(tool_id, environments.root, settings, test_shim=test_shim)
    return carry_out(plan, environments.root, settings, telling)


def plan_for(tool_id: str, root: Path, settings: PipSettings, *, test_shim: bool) -> Plan:
    """What `install` would build here."""
    spec = tool_of(tool_id).environment
    chosen = _choose(resources(tool_id), spec, settings)
    shims = ("torchvision",) if test_shim and chosen.variant == "cpu" and sys.platform != "win32" else ()
    version = chosen.lock.version(spec.package)
    folder = root / tool_id / chosen.folder_name(version, shims)
    goal = Installed(tool_id, version, folder, interpreter(folder), chosen.variant, shims, 0)
    return Plan(goal, chosen, python_for(spec), NEEDED_BYTES[chosen.variant])


def _choose(folder: Path, spec: EnvironmentSpec, settings: PipSettings) -> Chosen:
    if sys.platform == "win32":
        return choose(folder, "win32", None)
    oldest, newest = supported(spec)
    running = sys.version_info[:2]
    if not oldest <= running <= newest:
        return choose(folder, "linux", None)
    version = read(folder / "linux.lock").version("torch")
    return choose(folder, "linux", cpu_torch_wheel(settings.wheel_folders, version, running))


def python_for(spec: EnvironmentSpec, running: tuple[int, int] = sys.version_info[:2]) -> str:
    """The Python that the launcher itself came from, else any on this computer in the tool's range."""
    oldest, newest = supported(spec)
    if oldest <= running <= newest:
        return str(getattr(sys, "_base_executable", sys.executable))
    return f">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"


def carry_out(plan: Plan, root: Path, settings: PipSettings, telling: Telling) -> Installed:
    """Build it, unless it is there or another process is just building it."""
    if found := read_stamp(plan.goal.folder):
        return found
    if plan.chosen.message:
        telling.say(plan.chosen.message)
    with alone(root / TURN, lambda pid: telling.say(waiting_for(pid))) as held:
        told = {**settings.for_uv(), **plan.chosen.uv}
        uv = Uv(root / CACHE, told, keep_open=(held,), has_registry=settings.has_registry)
        return read_stamp(plan.goal.folder) or _build(plan, uv, telling)


def remove(tool_id: str, version: str | None, environments: Environments, telling: Telling) -> list[Installed]:
    """Delete a tool's environments, and the downloads that no other environment uses."""
    root = environments.root
    environments.require(tool_id, version)
    with alone(root / TURN, lambda pid: telling.say(waiting_for(pid))):
        gone = environments.remove(tool_id, version)
        Uv(root / CACHE, {}).forget(unused_downloads(root / CACHE))
    return gone


def waiting_for(pid: int) -> str:
    """Why nothing happens for now: one process at a time changes what is installed."""
    return f"Process {pid or '(unknown)'} is installing or removing a pose tool; waiting for it."


def unused_downloads(cache: Path) -> list[str]:
    """Packages that were unpacked in uv's cache and share no file with an environment any more."""
    unused = (
        unpacked
        for unpacked in cache.glob("archive-v*/*")
        if not any(file.stat().st_nlink > 1 for file in unpacked.rglob("*") if file.is_file())
    )
    return sorted({info.name.partition("-")[0] for unpacked in unused for info in unpacked.glob("*.dist-info")})


def _build(plan: Plan, uv: Uv, telling: Telling) -> Installed:
    """What was cut off is made anew: its downloads are in the cache, and a package half in place looks whole to uv."""
    goal = plan.goal
    shutil.rmtree(goal.folder, ignore_errors=True)
    goal.folder.parent.mkdir(parents=True, exist_ok=True)
    require_space(goal, max(plan.needed_bytes - size_of(uv.cache), AT_LEAST_BYTES))
    uv.make_environment(goal.folder, plan.python)
    lock = goal.folder / LOCK
    lock.write_text(plan.chosen.lock.text, encoding="utf-8")
    uv.install(goal.python, lock, telling.progress)
    if goal.shims:
        _add_test_shim(goal.folder)
    made = replace(goal, size=size_of(goal.folder))
    write_stamp(made)
    return made


def require_space(goal: Installed, needed: int) -> None:
    """Refuse beforehand, with numbers, what cannot fit."""
    free = shutil.disk_usage(goal.folder.parent).free
    if free < needed:
        raise errors.LocalDisk(
            goal.folder.parent,
            title=f"{goal.tool_id} needs {in_words(needed)} and only {in_words(free)} are free",
            hint="Nothing was installed. Free some space, or name another folder with POSE_LAUNCHER_TOOLS_DIR.",
        )


def _add_test_shim(folder: Path) -> None:
    (packages,) = folder.glob("lib/python*/site-packages")
    for file in TEST_SHIM.glob("pose_launcher_test_shim.*"):
        shutil.copyfile(file, packages / file.name)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; zero if there is none."""
    total, waiting = 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue
    return total

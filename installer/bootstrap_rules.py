"""What `bootstrap.py` decides, as pure functions for both systems.

Standard library only: this runs before anything is installed. Paths come as pure paths, so that the rules of Windows
are tested on Linux too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum, StrEnum
from pathlib import PurePath, PureWindowsPath

RUNTIME_LOCK, TEST_LOCK = "requirements.lock", "tests/requirements.lock"

#: Each of these would send an interpreter or pip into another environment than the project's own.
FOREIGN = frozenset(
    {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    | {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON"}
)


class Goal(StrEnum):
    """What the person asked for."""

    DEMO = "demo"
    TEST = "test"
    ADMIN = "admin"


class Step(Enum):
    """What the environment needs before it can be used."""

    KEEP = "keep"
    ADD = "add"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What was installed, and from where it cannot be moved; written last, so its absence means "interrupted"."""

    root: str
    interpreter: str
    python: str
    locks: Mapping[str, str]


def locks_for(goal: Goal) -> Sequence[str]:
    """The locks that must be in the environment; the last one is a superset of the others and is the one to install."""
    return (RUNTIME_LOCK,) if goal is Goal.DEMO else (RUNTIME_LOCK, TEST_LOCK)


def plan(stamp: Stamp | None, root: str, interpreter: str, wanted: Mapping[str, str]) -> Step:
    """Keep, complete or rebuild: `interpreter` is what the environment starts now, `wanted` the locks' digests."""
    if stamp is None or stamp.root != root or stamp.interpreter != interpreter:
        return Step.REBUILD
    if any(stamp.locks.get(name, digest) != digest for name, digest in wanted.items()):
        return Step.REBUILD
    return Step.KEEP if wanted.keys() <= stamp.locks.keys() else Step.ADD


def stamp_text(stamp: Stamp) -> str:
    """The stamp as it lies in the environment."""
    return json.dumps(asdict(stamp), indent=1, sort_keys=True) + "\n"


def read_stamp(text: str) -> Stamp | None:
    """The stamp of `text`, or nothing if it is not whole."""
    try:
        data = json.loads(text)
        locks = {str(name): str(digest) for name, digest in data["locks"].items()}
        return Stamp(str(data["root"]), str(data["interpreter"]), str(data["python"]), locks)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def shows_window(goal: Goal, arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a window will be shown, so that its libraries are needed; without a screen the demo runs without one."""
    has_screen = bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    return goal is Goal.DEMO and has_screen and "--headless" not in arguments


def python_in(venv: PurePath) -> PurePath:
    """The interpreter of an environment."""
    return _programs(venv) / ("python.exe" if isinstance(venv, PureWindowsPath) else "python")


def program_beside(python: PurePath, name: str) -> PurePath:
    """A program that a package brought into the environment of `python`."""
    return python.with_name(name + ".exe" if isinstance(python, PureWindowsPath) else name)


def site_packages(venv: PurePath, python: tuple[int, int]) -> PurePath:
    """Where the environment looks for packages and for `.pth` files."""
    if isinstance(venv, PureWindowsPath):
        return venv / "Lib" / "site-packages"
    return venv / "lib" / f"python{python[0]}.{python[1]}" / "site-packages"


def _programs(venv: PurePath) -> PurePath:
    return venv / ("Scripts" if isinstance(venv, PureWindowsPath) else "bin")


def base_interpreter(pyvenv_cfg: str) -> str:
    """The Python that an environment was made from, by its `pyvenv.cfg`; empty if it does not say."""
    pairs = (line.partition("=") for line in pyvenv_cfg.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}.get("executable", "")


def own_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what belongs to another Python; pip's index, certificate and cache settings stay."""
    return {name: value for name, value in environment.items() if name.upper() not in FOREIGN}


def pip_arguments(lock: str) -> Sequence[str]:
    """What follows `python -m pip`: exactly what the lock names, with its hashes, and nothing is built."""
    return ("install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location",
            "--require-hashes", "--only-binary", ":all:", "--no-deps", "--requirement", lock)  # fmt: skip


def last_command(goal: Goal, python: str, arguments: Sequence[str]) -> Sequence[str]:
    """What takes over when the environment is ready; `-P` keeps the folder the person stands in out of the imports."""
    if goal is Goal.DEMO:
        return (python, "-P", "-m", "launcher", "demo", *arguments)
    module = "installer.check" if goal is Goal.TEST else "installer"
    return (python, "-P", "-m", module, *arguments)

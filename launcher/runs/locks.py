"""Locks of the pose tools as text: every package, its exact version, the hashes that its files may have. No address.

Per tool and system there is a lock whose torch has CUDA (`linux.lock`, `windows.lock`). On Linux a CPU set is the same
lock with another torch; for Windows, where the registry's own torch has no CUDA, there is `windows-cpu.lock`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launcher import errors
from launcher.runs.environments import Variant
from launcher.tools.running import EnvironmentSpec

#: The launcher's own oldest Python; environments are made with the same one where the tool allows.
OLDEST_PYTHON = (3, 11)
#: The CUDA that torch's Linux wheels on the registry are built for; on Windows torch's own index is asked for the same.
CUDA = "cu130"
#: Published as source only, and too old to ask for a build tool of its own: built from its hashed source with the
#: hashed setuptools of the same lock. Everything else must be a wheel.
FROM_SOURCE = ("antlr4-python3-runtime", "pims")
#: The hashes of torch's CPU-only wheels, beside the tools' folders.
CPU_TORCH = "linux-cpu-torch.lock"

_PACKAGE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)")
# What torch brings for CUDA alone. DALI reads videos, on a CPU too, and belongs to Lightning Pose.
_CUDA_ONLY = re.compile(r"nvidia-(?!dali)|cuda-|triton$")


@dataclass(frozen=True, slots=True)
class Package:
    """One package of a lock, with its lines as they are written."""

    name: str
    version: str
    lines: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A whole lock."""

    packages: tuple[Package, ...]

    @classmethod
    def parse(cls, text: str) -> Lock:
        """From a requirements file: an entry starts at the margin, what belongs to it is indented."""
        entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n?", "", text))
        named = ((_PACKAGE.match(entry), entry.rstrip("\n")) for entry in entries)
        return cls(tuple(Package(found[1].lower(), found[2], entry) for found, entry in named if found))

    @property
    def text(self) -> str:
        """As uv reads it."""
        return "".join(f"{package.lines}\n" for package in self.packages)

    def version(self, name: str) -> str:
        """The version of a package that must be there."""
        for package in self.packages:
            if package.name == name:
                return package.version
        raise errors.BadUsage(name, title="The lock does not hold this package", hint="Nothing was changed.")

    def with_cpu_torch(self, torch: Lock) -> Lock:
        """The CPU set: this lock with another torch, and without what only CUDA needs."""
        other = {package.name: package for package in torch.packages}
        kept = (package for package in self.packages if not _CUDA_ONLY.match(package.name))
        return Lock(tuple(other.get(package.name, package) for package in kept))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What will be installed, and what a person should know about the choice."""

    lock: Lock
    variant: Variant
    message: str = ""
    #: What uv must be told beside the site's settings to find this set.
    uv: Mapping[str, str] = field(default_factory=dict)

    def folder_name(self, version: str, shims: Sequence[str] = ()) -> str:
        """Where it goes, beside other versions and other sets of the same version."""
        made_from = "\n".join([self.lock.text, *shims])
        return f"{version}-{hashlib.sha256(made_from.encode()).hexdigest()[:8]}"


def choose(folder: Path, system: str, cpu_wheel: Path | None) -> Chosen:
    """The set for this computer from a tool's resources; `cpu_wheel` is a CPU-only torch of the site's own folder."""
    if system == "win32":
        return _for_windows(folder)
    lock = read(folder / "linux.lock")
    if cpu_wheel is None:
        return Chosen(lock, "cuda")
    why = f"CPU set, because pip's settings here name a folder with {cpu_wheel.name}; it cannot use a GPU."
    return Chosen(lock.with_cpu_torch(read(folder.parent / CPU_TORCH)), "cpu", why)


def _for_windows(folder: Path) -> Chosen:
    if (folder / "windows.lock").exists():
        return Chosen(read(folder / "windows.lock"), "cuda", uv={"UV_TORCH_BACKEND": CUDA})
    why = f"CPU set, because no lock with CUDA was made for Windows: `pose-launcher tools lock {folder.name}` makes it."
    return Chosen(read(folder / "windows-cpu.lock"), "cpu", why)


def read(file: Path) -> Lock:
    """A lock that must be there."""
    try:
        return Lock.parse(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise errors.NotFound(
            file,
            title="There is no lock for this tool on this system",
            hint="Nothing was changed. Make it with `pose-launcher tools lock`, or install the launcher again.",
        ) from None


def cpu_torch_wheel(folders: Iterable[Path], version: str, python: tuple[int, int]) -> Path | None:
    """A CPU-only torch for this Python on 64-bit Linux in one of these folders."""
    tag = f"cp{python[0]}{python[1]}"
    for folder in folders:
        for wheel in sorted(folder.glob(f"torch-{version}+cpu-{tag}-{tag}-*linux*_x86_64.whl")):
            return wheel
    return None


def supported(spec: EnvironmentSpec) -> tuple[tuple[int, int], tuple[int, int]]:
    """The oldest and the newest Python that an environment is made with."""
    oldest, newest = spec.python
    return max(oldest, OLDEST_PYTHON), newest


def marker(spec: EnvironmentSpec, system: str) -> str:
    """What a lock is for, so that it is resolved for nothing else."""
    (major, oldest), (_, newest) = supported(spec)
    machine = {"linux": "platform_machine == 'x86_64'", "win32": "platform_machine == 'AMD64'"}[system]
    pythons = f"python_version >= '{major}.{oldest}' and python_version < '{major}.{newest + 1}'"
    return f"sys_platform == '{system}' and {machine} and {pythons}"

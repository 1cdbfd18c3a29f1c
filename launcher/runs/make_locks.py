"""`tools lock`: resolve a tool's requirements anew, for both systems; for developers and image builders."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from launcher import errors
from launcher.runs.environments import RESOURCES, resources
from launcher.runs.locks import CPU_TORCH, CUDA, Lock, cpu_torch_wheel, marker, supported
from launcher.runs.pip_settings import PipSettings, pip_settings
from launcher.runs.uv_program import Uv
from launcher.tools import tool as tool_of
from launcher.tools.running import EnvironmentSpec

_HEADER = "# Made by `pose-launcher tools lock {tool}` from requirements.in; names, versions and hashes, no address.\n"

#: File name, the system it is for, what uv calls that system, and where its torch comes from.
_KINDS: Sequence[tuple[str, str, str, Sequence[str]]] = (
    ("linux.lock", "linux", "x86_64-manylinux_2_28", ()),
    ("windows-cpu.lock", "win32", "x86_64-pc-windows-msvc", ()),
    ("windows.lock", "win32", "x86_64-pc-windows-msvc", ("--torch-backend", CUDA)),
)


def make_locks(tool_id: str, say: Callable[[str], None]) -> list[Path]:
    """Write every lock that can be made here; one whose index is out of reach is said and left as it was."""
    spec, folder = tool_of(tool_id).environment, resources(tool_id)
    settings = pip_settings()
    made = []
    with tempfile.TemporaryDirectory() as cache:
        uv = Uv(Path(cache), settings.for_uv(only_main_index=True))
        for name, system, platform, how in _KINDS:
            try:
                lock = _resolve(uv, spec, folder / "requirements.in", (system, platform, how))
            except errors.Unreachable as exc:
                if name != "windows.lock":
                    raise
                say(f"{name} was not made: torch's index with CUDA does not answer here. Make it on the image builder.")
                say(f"  ({exc.subject})")
                continue
            (folder / name).write_text(_HEADER.format(tool=tool_id) + lock, encoding="utf-8")
            made.append(folder / name)
    made += _cpu_torch(settings, spec, Lock.parse((folder / "linux.lock").read_text(encoding="utf-8")))
    return made


def _resolve(uv: Uv, spec: EnvironmentSpec, wanted: Path, kind: tuple[str, str, Sequence[str]]) -> str:
    """One lock for every Python in the range, then the proof that the service's system can install it."""
    system, platform, how = kind
    (major, oldest), _ = supported(spec)
    python = ["--python-version", f"{major}.{oldest}"]
    with tempfile.TemporaryDirectory() as scratch:
        bound, lock, proof = (Path(scratch, name) for name in ("bound.in", "lock", "proof"))
        bound.write_text(bind(wanted.read_text(encoding="utf-8"), marker(spec, system)), encoding="utf-8")
        uv.resolve(bound, lock, ["--universal", "--fork-strategy", "fewest", *python, *how])
        uv.resolve(bound, proof, ["--python-platform", platform, "--constraints", str(lock), *python, *how])
        return lock.read_text(encoding="utf-8")


def bind(requirements: str, condition: str) -> str:
    """Every requirement for one system only, beside the condition that it may have already."""
    lines = (line.partition("#")[0].partition(";") for line in requirements.splitlines())
    wanted = (
        (name.strip(), f"{condition} and ({own.strip()})" if own.strip() else condition) for name, _, own in lines
    )
    return "".join(f"{name} ; {when}\n" for name, when in wanted if name)


def _cpu_torch(settings: PipSettings, spec: EnvironmentSpec, lock: Lock) -> list[Path]:
    """The hashes of the CPU-only wheels that the site's own folder has; none there, nothing changed."""
    (major, oldest), (_, newest) = supported(spec)
    version = lock.version("torch")
    pythons = ((major, minor) for minor in range(oldest, newest + 1))
    found = [cpu_torch_wheel(settings.wheel_folders, version, python) for python in pythons]
    if not (wheels := [wheel for wheel in found if wheel]):
        return []
    file = RESOURCES / CPU_TORCH
    file.write_text(_CPU_HEADER + pinned(f"torch=={version}+cpu", map(_sha256, wheels)), encoding="utf-8")
    return [file]


_CPU_HEADER = (
    "# torch's CPU-only wheels for Linux, as they are published; where a site has one at hand, a CPU set is made.\n"
)


def pinned(requirement: str, digests: Iterable[str]) -> str:
    """A requirement with the hashes that its files may have, as uv writes it."""
    return " \\\n".join([requirement, *(f"    --hash=sha256:{digest}" for digest in sorted(digests))]) + "\n"


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()

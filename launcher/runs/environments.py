"""The pose tools' own environments on this computer: which are complete, and where.

Each lies in `<root>/<tool id>/<version>-<hash of what it was made from>/`. It is complete when its stamp is there,
which is written last; the stamp says everything else, so that looking costs no process and no import.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

import launcher
from launcher import errors
from launcher.runs.keeper import write_json
from launcher.tools import TOOLS

TOOLS_VARIABLE = "POSE_LAUNCHER_TOOLS_DIR"
RESOURCES = Path(launcher.__file__).parents[1] / "resources" / "tools"
STAMP = "environment.json"

#: Whether the set's torch was built with CUDA. A set with CUDA works on a CPU too.
Variant = Literal["cuda", "cpu"]


def tools_root(state_dir: Path, environ: Mapping[str, str]) -> Path:
    """Where environments lie: where an image put them for everyone, else in this person's state dir."""
    named = environ.get(TOOLS_VARIABLE)
    return Path(named).absolute() if named else state_dir / "tools"


def resources(tool_id: str) -> Path:
    """What we bring for a tool: its locks, and scripts that run in its environment."""
    return RESOURCES / tool_id


def interpreter(folder: Path, system: str = sys.platform) -> Path:
    """The Python of an environment; a link there is not followed, or the environment would be left."""
    return folder / "Scripts" / "python.exe" if system == "win32" else folder / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Installed:
    """One complete environment."""

    tool_id: str
    version: str
    folder: Path
    python: Path
    variant: Variant
    shims: tuple[str, ...]
    size: int

    @property
    def message(self) -> str:
        """What is special about it, for a person."""
        parts = ["installed"]
        if self.variant == "cpu":
            parts.append("CPU set: its torch has no CUDA")
        parts += [f"TEST SHIM for {name}: for tests only" for name in self.shims]
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `tools list` (contract, `tools`); `gpu` is None where only `tools check` can know."""

    id: str
    title: str
    version: str | None = None
    installed: bool = False
    python: str | None = None
    bytes: int = 0
    gpu: bool | None = None
    message: str = "not installed"

    def to_json(self) -> dict[str, Any]:
        """As the contract prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Environments:
    """All environments below one root."""

    root: Path

    def find(self, tool_id: str, version: str | None = None) -> Installed | None:
        """The newest complete one, or the newest of that version."""
        fitting = [one for one in self.of(tool_id) if version in (None, one.version)]
        return fitting[0] if fitting else None

    def of(self, tool_id: str) -> list[Installed]:
        """Every complete environment of a tool, the newest first."""
        folders = sorted(self._folders(tool_id), key=lambda folder: _age(folder / STAMP), reverse=True)
        found = [one for folder in folders if (one := read_stamp(folder)) is not None]
        return sorted(found, key=lambda one: version_order(one.version), reverse=True)

    def _folders(self, tool_id: str) -> Iterator[Path]:
        try:
            yield from (self.root / tool_id).iterdir()
        except (FileNotFoundError, NotADirectoryError):
            return

    def listed(self) -> list[Row]:
        """Every tool with its environments, for a person."""
        rows = []
        for tool in TOOLS:
            found = self.of(tool.tool_id)
            rows += [row_of(one, tool.title) for one in found] or [Row(tool.tool_id, tool.title)]
        return rows

    def remove(self, tool_id: str, version: str | None = None) -> list[Installed]:
        """Delete a tool's environments, or those of one version; refused while a process of theirs runs."""
        gone = [one for one in self.of(tool_id) if version in (None, one.version)]
        if not gone:
            raise _not_installed(tool_id, version)
        for one in gone:
            if running := processes_of(one.folder):
                raise errors.Held(
                    f"{tool_id} {one.version}",
                    title=f"This tool is running (process {running[0]})",
                    hint="Nothing was removed. Close the tool first, then remove it.",
                )
        for one in gone:
            (one.folder / STAMP).unlink()  # without it nothing takes the rest for an environment
            shutil.rmtree(one.folder)
        return gone

    def require(self, tool_id: str, version: str | None = None) -> Installed:
        """The newest complete one, or an error that says how to get it."""
        found = self.find(tool_id, version)
        if found is None:
            raise _not_installed(tool_id, version)
        return found


def row_of(one: Installed, title: str) -> Row:
    """An environment as `tools list` tells it."""
    gpu = False if one.variant == "cpu" else None
    return Row(one.tool_id, title, one.version, True, str(one.python), one.size, gpu, one.message)


def read_stamp(folder: Path) -> Installed | None:
    """The complete environment in this folder; None if it was never finished, or its interpreter is gone."""
    try:
        stamp = json.loads((folder / STAMP).read_bytes())
        found = Installed(
            stamp["tool_id"],
            stamp["version"],
            folder,
            interpreter(folder),
            stamp["variant"],
            tuple(stamp["shims"]),
            stamp["size"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.python.exists() else None


def write_stamp(one: Installed) -> None:
    """Say that an environment is complete."""
    stamp = {name: getattr(one, name) for name in ("tool_id", "version", "variant", "shims", "size")}
    write_json(str(one.folder / STAMP), stamp)


def version_order(version: str) -> tuple[int, ...]:
    """What sorts `1.10` after `1.9`."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def processes_of(folder: Path) -> list[int]:
    """Processes that were started from an environment.

    Its interpreter is a link on Linux, so that the program is another file: the command line names the folder.
    """
    start = str(folder) + os.sep
    found = []
    for process in psutil.process_iter(["exe", "cmdline"]):
        named = [process.info["exe"] or "", *(process.info["cmdline"] or [])[:2]]
        if any(name.startswith(start) for name in named):
            found.append(process.pid)
    return found


def _age(stamp: Path) -> float:
    try:
        return stamp.stat().st_mtime
    except OSError:
        return 0.0


def _not_installed(tool_id: str, version: str | None) -> errors.NotFound:
    what = f"{tool_id} {version}" if version else tool_id
    return errors.NotFound(
        what,
        title="This pose tool is not installed here",
        hint=f"Install it with `pose-launcher tools install {tool_id}`.",
    )

"""Whose program is it? Names and ancestors from the system, tools from who started them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import psutil

from launcher.gpu.readings import Device, GpuProcess, Reading


@dataclass(frozen=True, slots=True)
class ToolNow:
    """A pose tool that we know of: its running processes, and what is known about it and the GPU.

    `torch_sees_gpu` is what its own torch said when it was asked; None as long as nobody asked.
    """

    tool_id: str
    title: str
    pids: frozenset[int] = frozenset()
    is_training: bool = False
    torch_sees_gpu: bool | None = None


@dataclass(frozen=True, slots=True)
class Ancestry:
    """A program's name, and itself with everybody above it, nearest first."""

    name: str | None
    line: Sequence[int]


class Processes:
    """Looks programs up once and remembers them while they stay on the GPU.

    A child stays its tool's even when the process between them has ended.
    """

    def __init__(self) -> None:
        self._known: dict[int, Ancestry] = {}

    def look(self, pids: Iterable[int]) -> Mapping[int, Ancestry]:
        """Everything about these; the others are forgotten."""
        self._known = {pid: self._known.get(pid) or _ancestry(pid) for pid in pids}
        return self._known


def _ancestry(pid: int) -> Ancestry:
    try:
        process = psutil.Process(pid)
        return Ancestry(process.name(), (pid, *(parent.pid for parent in process.parents())))
    except psutil.Error:  # it has ended, is somebody else's, or lives outside our container
        return Ancestry(None, (pid,))


def pids_of(reading: Reading) -> set[int]:
    """Every program on any device."""
    return {process.pid for device in reading.devices for process in device.processes or ()}


def with_owners(reading: Reading, known: Mapping[int, Ancestry], tools: Sequence[ToolNow]) -> Reading:
    """The reading with the programs' names and tools filled in."""
    return replace(reading, devices=tuple(_with_owners(device, known, tools) for device in reading.devices))


def _with_owners(device: Device, known: Mapping[int, Ancestry], tools: Sequence[ToolNow]) -> Device:
    if device.processes is None:
        return device
    return replace(device, processes=tuple(_owned(process, known, tools) for process in device.processes))


def _owned(process: GpuProcess, known: Mapping[int, Ancestry], tools: Sequence[ToolNow]) -> GpuProcess:
    ancestry = known.get(process.pid, Ancestry(None, (process.pid,)))
    return replace(process, name=ancestry.name, tool=tool_of(ancestry.line, tools))


def tool_of(line: Sequence[int], tools: Sequence[ToolNow]) -> str | None:
    """The tool of the nearest ancestor that is one."""
    return next((tool.tool_id for pid in line for tool in tools if pid in tool.pids), None)

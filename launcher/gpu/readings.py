"""What was read of the computer's GPUs at one moment. Values only; what a driver does not tell is None."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Whether the driver answered at all."""

    READ = "read"
    NO_DRIVER = "no driver"
    MISMATCH = "driver mismatch"
    NO_PERMISSION = "no permission"
    STUCK = "stuck"
    FAILED = "failed"


class Use(StrEnum):
    """What a program does with a GPU."""

    COMPUTE = "compute"
    GRAPHICS = "graphics"
    BOTH = "compute and graphics"


class Throttle(StrEnum):
    """Why a GPU runs slower than it could, in words."""

    HEAT = "slowed by heat"
    POWER_SUPPLY = "slowed by its power supply"
    PROTECTION = "slowed to protect itself"
    POWER_LIMIT = "at its power limit"


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A program that holds memory of a GPU. `tool` is the id of the pose tool that it belongs to, if we started it."""

    pid: int
    use: Use
    memory: int | None = None
    name: str | None = None
    tool: str | None = None

    @property
    def computes(self) -> bool:
        """Does it calculate there, rather than only draw?"""
        return self.use is not Use.GRAPHICS

    def to_json(self) -> dict[str, Any]:
        """As in the contract."""
        return {"pid": self.pid, "name": self.name, "memory": self.memory, "tool": self.tool, "use": self.use.value}


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU, or one part of a divided one (`instance`). Bytes, percent, °C and watts.

    `processes` and `throttle` are None where the driver does not tell, which is not the same as empty.
    """

    index: int
    instance: int | None = None
    name: str | None = None
    memory_total: int | None = None
    memory_used: int | None = None
    utilization: int | None = None
    temperature: int | None = None
    power: float | None = None
    throttle: Sequence[Throttle] | None = None
    processes: Sequence[GpuProcess] | None = None
    is_lost: bool = False

    @property
    def fullness(self) -> float | None:
        """The used share of its memory, 0 to 1."""
        if self.memory_used is None or not self.memory_total:
            return None
        return self.memory_used / self.memory_total

    @property
    def computing(self) -> Sequence[GpuProcess]:
        """The programs that calculate on it, as far as the driver tells."""
        return [process for process in self.processes or () if process.computes]

    def to_json(self) -> dict[str, Any]:
        """As in the contract; lists are never null, `processes_known` says whether an empty one means nobody."""
        return {
            "index": self.index,
            "instance": self.instance,
            "name": self.name,
            "memory_total": self.memory_total,
            "memory_used": self.memory_used,
            "utilization": self.utilization,
            "temperature": self.temperature,
            "power": self.power,
            "throttle": None if self.throttle is None else [reason.value for reason in self.throttle],
            "processes": [process.to_json() for process in self.processes or ()],
            "processes_known": self.processes is not None,
            "lost": self.is_lost,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything at one moment. `detail` is the driver's own word for what failed."""

    at: datetime
    state: State
    driver: str | None = None
    cuda: str | None = None
    devices: Sequence[Device] = ()
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """As in the contract, without the verdict."""
        return {
            "at": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "driver": self.driver,
            "cuda": self.cuda,
            "devices": [device.to_json() for device in self.devices],
            "detail": self.detail,
        }

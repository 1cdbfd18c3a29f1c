"""The driver's numbers as our words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from launcher.gpu.readings import GpuProcess, State, Throttle, Use

#: NVML's error codes that say something about the whole driver, not about one value.
STATES: Mapping[int, State] = {
    1: State.FAILED,  # uninitialized: somebody unloaded the driver under us
    4: State.NO_PERMISSION,
    9: State.NO_DRIVER,  # the library is there, the kernel's part is not
    12: State.NO_DRIVER,  # no library
    18: State.MISMATCH,  # library and kernel part are of different versions: updated without a restart
}
NO_PERMISSION, NOT_FOUND, FUNCTION_NOT_FOUND, LOST, RESET_REQUIRED = 4, 6, 13, 15, 16

_SUPPLY, _HARDWARE, _HEAT, _LIMIT = 0x80, 0x08, 0x20 | 0x40, 0x04


def throttle_reasons(bits: int) -> Sequence[Throttle]:
    """What holds the clocks down, worst first. Idling, and clocks that somebody chose, are no reasons to tell."""
    found = [
        reason
        for mask, reason in ((_HEAT, Throttle.HEAT), (_SUPPLY, Throttle.POWER_SUPPLY), (_LIMIT, Throttle.POWER_LIMIT))
        if bits & mask
    ]
    # The hardware's own bit comes along with heat and power supply; alone, its cause is not told.
    if bits & _HARDWARE and not bits & (_SUPPLY | _HEAT):
        found.insert(0, Throttle.PROTECTION)
    return tuple(found)


def cuda_version(number: int) -> str:
    """12040 is CUDA 12.4."""
    return f"{number // 1000}.{number % 1000 // 10}"


class ProcessRow(Protocol):
    """How NVML names a program."""

    pid: int
    usedGpuMemory: int | None  # noqa: N815 - NVML's name


def merged(
    compute: Iterable[ProcessRow] | None, graphics: Iterable[ProcessRow] | None, *, desktop_computes: bool = False
) -> Sequence[GpuProcess] | None:
    """The two lists as one, each program once; None where the driver tells neither.

    Under Windows' display driver model every window of the desktop is in both lists (`desktop_computes`); there only a
    program in the first list alone really calculates.
    """
    if compute is None and graphics is None:
        return None
    rows: dict[int, GpuProcess] = {}
    for use, listed in ((Use.COMPUTE, compute), (Use.GRAPHICS, graphics)):
        for row in listed or ():
            rows[row.pid] = _joined(rows.get(row.pid), use, row, Use.GRAPHICS if desktop_computes else Use.BOTH)
    return tuple(rows[pid] for pid in sorted(rows))


def _joined(known: GpuProcess | None, use: Use, row: ProcessRow, in_both: Use) -> GpuProcess:
    if known is None:
        return GpuProcess(row.pid, use, row.usedGpuMemory)
    # Both lists tell the program's whole memory, so the larger is the later one.
    memory = max((size for size in (known.memory, row.usedGpuMemory) if size is not None), default=None)
    return GpuProcess(row.pid, known.use if known.use is use else in_both, memory)


def text(value: Any) -> str | None:
    """A name as text: older bindings answer in bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)

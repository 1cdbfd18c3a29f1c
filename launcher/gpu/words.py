"""Readings as short texts for people: the same in the window's bar and on the command line."""

from __future__ import annotations

from launcher.gpu.readings import Device, GpuProcess

MIB, GIB = 1024**2, 1024**3
_MAKER = "NVIDIA "
_OLD_LINES = ("Tesla ", "GRID ")


def short_name(device: Device) -> str:
    """`T4` rather than `NVIDIA Tesla T4`; a card that does not tell its name goes by its number."""
    if not device.name:
        return f"GPU {device.index}"
    name = device.name.removeprefix(_MAKER)
    for line in _OLD_LINES:
        name = name.removeprefix(line)
    return name


def size(held: int) -> str:
    """`412 MiB`, `5.8 GiB`: in the unit of the tools' own messages."""
    return f"{held / GIB:.1f} GiB" if held >= GIB else f"{held / MIB:.0f} MiB"


def memory(device: Device) -> str:
    """`6.1 of 15.0 GiB`; empty if the driver does not tell."""
    if device.memory_used is None or device.memory_total is None:
        return ""
    return f"{device.memory_used / GIB:.1f} of {device.memory_total / GIB:.1f} GiB"


def in_short(device: Device) -> str:
    """`T4 87 % 6.1 of 15.0 GiB`, for the bar; what is not told is left out."""
    if device.is_lost:
        return f"{short_name(device)} lost"
    use = "" if device.utilization is None else f"{device.utilization} %"
    return " ".join(part for part in (short_name(device), use, memory(device)) if part)


def in_full(device: Device) -> str:
    """The same with temperature, power and what slows it."""
    parts = [in_short(device)]
    if device.temperature is not None:
        parts.append(f"{device.temperature} °C")
    if device.power is not None:
        parts.append(f"{device.power:.0f} W")
    return ", ".join([*parts, *(reason.value for reason in device.throttle or ())])


def program(process: GpuProcess) -> str:
    """`python (process 4242)`."""
    return f"{process.name or 'a program'} (process {process.pid})"


def program_in_full(process: GpuProcess) -> str:
    """With its memory, what it does there, and the tool that it belongs to."""
    held = "" if process.memory is None else f", {size(process.memory)}"
    owner = f", {process.tool}" if process.tool else ""
    return f"{program(process)}{held}, {process.use.value}{owner}"

"""What a reading means for the person, in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from launcher.gpu import words
from launcher.gpu.owners import ToolNow
from launcher.gpu.readings import Device, GpuProcess, Reading, State, Throttle

#: From here on an allocation of the usual size fails.
NEARLY_FULL = 0.92
#: A desktop that is streamed keeps a GPU at a few percent.
BUSY_PERCENT = 20


class Code(StrEnum):
    """The verdict for programs; the values are part of the outside surface."""

    NO_DRIVER = "no_driver"
    DRIVER_MISMATCH = "driver_mismatch"
    NO_PERMISSION = "no_permission"
    STUCK = "stuck"
    UNREADABLE = "unreadable"
    NO_DEVICE = "no_device"
    LOST = "lost"
    TORCH_CANNOT_USE = "torch_cannot_use"
    HOT = "hot"
    THROTTLED = "throttled"
    NEARLY_FULL = "memory_nearly_full"
    TRAINING = "training_on_gpu"
    TOOL = "tool_on_gpu"
    TRAINING_ELSEWHERE = "training_not_on_gpu"
    BUSY = "busy_with_another"
    IDLE = "idle"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A code that stays, and a sentence that may be reworded."""

    code: Code
    reason: str

    def to_json(self) -> dict[str, str]:
        """As in the contract."""
        return {"verdict": self.code.value, "reason": self.reason}


_WITHOUT_READING = {
    State.NO_DRIVER: Verdict(
        Code.NO_DRIVER,
        "No NVIDIA driver was found: this computer has no GPU that the tools could use, so they work on the processor. "
        "In a stream, ask your admin for a fleet with graphics instances.",
    ),
    State.MISMATCH: Verdict(
        Code.DRIVER_MISMATCH,
        "The NVIDIA driver was updated and does not fit its own library until the computer is started again. "
        "Your data is safe; start a new session.",
    ),
    State.NO_PERMISSION: Verdict(
        Code.NO_PERMISSION,
        "There is a GPU, but this account may not use it. Ask your admin for the right to the NVIDIA devices.",
    ),
    State.FAILED: Verdict(
        Code.UNREADABLE,
        "The NVIDIA driver cannot be read now, so nothing is known about the GPU. The tools may still use it.",
    ),
}


def verdict(reading: Reading, tools: Sequence[ToolNow] = ()) -> Verdict:
    """The one thing that matters most now: what is broken, then what holds up, then who works."""
    if reading.state is State.STUCK:
        return _stuck(reading)
    if reading.state is not State.READ:
        return _WITHOUT_READING[reading.state]
    if not reading.devices:
        return Verdict(Code.NO_DEVICE, "The NVIDIA driver is installed, but it sees no GPU. Ask your admin.")
    return next(found for rule in _RULES if (found := rule(reading.devices, tools)))


def _stuck(reading: Reading) -> Verdict:
    return Verdict(
        Code.STUCK,
        f"The NVIDIA driver has not answered since {reading.at:%H:%M:%S} UTC. Saving goes on and your data is safe; "
        "if training stands still too, save and start a new session.",
    )


def _lost(devices: Sequence[Device], _: Sequence[ToolNow]) -> Verdict | None:
    lost = [device for device in devices if device.is_lost]
    if not lost:
        return None
    names = " and ".join(f"GPU {device.index}" for device in lost)
    return Verdict(
        Code.LOST,
        f"{names} stopped answering and is lost until the computer is started again. Training on it has ended; "
        "what was saved is safe. Save the rest, then start a new session.",
    )


def _torch(devices: Sequence[Device], tools: Sequence[ToolNow]) -> Verdict | None:
    """The driver is there, the tool cannot use it. A tool that is seen on the GPU proves the opposite."""
    there = {process.tool for process in _computing(devices)}
    blind = [tool for tool in tools if tool.torch_sees_gpu is False and tool.tool_id not in there]
    if not blind:
        return None
    return Verdict(
        Code.TORCH_CANNOT_USE,
        f"{words.short_name(devices[0])} is there, but {_titles(blind)} cannot use it: the installed torch is for "
        "the processor only, or needs a newer driver. Ask your admin to install the tool again for this GPU.",
    )


def _slowed(devices: Sequence[Device], _: Sequence[ToolNow]) -> Verdict | None:
    """A card at its power limit is a card at work; heat and failing supply are not."""
    for device in devices:
        reasons = [reason for reason in device.throttle or () if reason is not Throttle.POWER_LIMIT]
        if reasons:
            code = Code.HOT if Throttle.HEAT in reasons else Code.THROTTLED
            heat = "" if device.temperature is None else f" ({device.temperature} °C)"
            told = " and ".join(reasons)
            return Verdict(
                code,
                f"{words.short_name(device)} is {told}{heat}. Work goes on, but takes longer. "
                "If it lasts, tell your admin.",
            )
    return None


def _full(devices: Sequence[Device], _: Sequence[ToolNow]) -> Verdict | None:
    full = next((device for device in devices if (device.fullness or 0) >= NEARLY_FULL), None)
    if full is None:
        return None
    return Verdict(
        Code.NEARLY_FULL,
        f"The memory of {words.short_name(full)} is nearly full ({words.memory(full)}). If training stops with "
        '"out of memory", close other programs or take a smaller batch size.',
    )


def _training(devices: Sequence[Device], tools: Sequence[ToolNow]) -> Verdict | None:
    on = _tools_on(devices, (tool for tool in tools if tool.is_training))
    return Verdict(Code.TRAINING, f"{_titles(on)} trains on {_where(devices, on)}.") if on else None


def _training_elsewhere(devices: Sequence[Device], tools: Sequence[ToolNow]) -> Verdict | None:
    """Only where the driver names programs: else nobody knows."""
    training = [tool for tool in tools if tool.is_training]
    if not training or any(device.processes is None for device in devices):
        return None
    return Verdict(
        Code.TRAINING_ELSEWHERE,
        f"{_titles(training)} trains, but not on the GPU: it is still getting ready, or it works on the processor, "
        "which takes many times as long. If this stays, look at the tool's log.",
    )


def _tool(devices: Sequence[Device], tools: Sequence[ToolNow]) -> Verdict | None:
    on = _tools_on(devices, tools)
    return Verdict(Code.TOOL, f"{_titles(on)} uses {_where(devices, on)}.") if on else None


def _busy(devices: Sequence[Device], _: Sequence[ToolNow]) -> Verdict | None:
    device = next((device for device in devices if _is_busy(device)), None)
    if device is None:
        return None
    others = sorted(device.computing, key=_size, reverse=True)
    who = f"with {words.program(others[0])}, which was" if others else "with programs that were"
    much = "" if device.utilization is None else f" ({device.utilization} %)"
    return Verdict(
        Code.BUSY,
        f"{words.short_name(device)} is busy{much} {who} not started here. Training will share it and take longer.",
    )


def _idle(devices: Sequence[Device], _: Sequence[ToolNow]) -> Verdict | None:
    if not any(_is_known(device) for device in devices):
        return None
    free = f"{words.short_name(devices[0])} is" if len(devices) == 1 else f"All {len(devices)} GPUs are"
    return Verdict(Code.IDLE, f"{free} free: nothing calculates there now.")


def _present(devices: Sequence[Device], _: Sequence[ToolNow]) -> Verdict | None:
    return Verdict(Code.PRESENT, f"{words.short_name(devices[0])} is there; its driver does not tell how busy it is.")


_RULES: Sequence[Callable[[Sequence[Device], Sequence[ToolNow]], Verdict | None]] = (
    _lost, _slowed, _full, _training, _torch, _training_elsewhere, _tool, _busy, _idle, _present
)  # fmt: skip


def _is_busy(device: Device) -> bool:
    """By its use; a part of a divided GPU does not tell that, so there whoever calculates makes it busy."""
    return bool(device.computing) if device.utilization is None else device.utilization >= BUSY_PERCENT


def _is_known(device: Device) -> bool:
    return device.utilization is not None or device.processes is not None


def _computing(devices: Iterable[Device]) -> Iterable[GpuProcess]:
    return (process for device in devices for process in device.computing)


def _tools_on(devices: Sequence[Device], tools: Iterable[ToolNow]) -> Sequence[ToolNow]:
    there = {process.tool for process in _computing(devices)}
    return [tool for tool in tools if tool.tool_id in there]


def _where(devices: Sequence[Device], tools: Sequence[ToolNow]) -> str:
    """The devices with a program of these tools."""
    ids = {tool.tool_id for tool in tools}
    used = [device for device in devices if any(process.tool in ids for process in device.computing)]
    return " and ".join(words.short_name(device) for device in used)


def _titles(tools: Sequence[ToolNow]) -> str:
    return " and ".join(dict.fromkeys(tool.title for tool in tools))


def _size(process: GpuProcess) -> int:
    return process.memory or 0

"""Reads the NVIDIA driver through NVML. Any call may hang, so this runs in `bounded.NvmlThread` only."""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from launcher.gpu import driver_words as words
from launcher.gpu.readings import Device, GpuProcess, Reading, State
from launcher.gpu.system_counters import SystemCounters

#: Without a driver, a look costs a search for its library: this often is enough.
LOOK_AGAIN_S = 30.0
_GONE = frozenset({words.LOST, words.RESET_REQUIRED})
#: Every driver knows one of each pair: older images lack the new names, and newer drivers drop old ones.
_HEAT = ("nvmlDeviceGetTemperature", "nvmlDeviceGetTemperatureV")
_THROTTLE = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")
_COMPUTE = ("nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2")
_GRAPHICS = ("nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2")


class NvmlSource:
    """The driver's view. `library` is `pynvml` or what answers like it; it is opened once and kept open."""

    def __init__(
        self,
        library: Any = None,
        *,
        is_windows: bool = sys.platform == "win32",
        counters: SystemCounters | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library = library
        self._is_windows = is_windows
        self._counters = counters
        self._clock = clock
        self._is_open = False
        self._failed: Reading | None = None
        self._look_again = 0.0

    def read(self) -> Reading:
        """All devices now. Where nothing can be read, the same reading is given again until it is time to look anew."""
        if self._failed is not None and self._clock() < self._look_again:
            return self._failed
        self._failed = None
        try:
            self._open()
            return self._read()
        except self._nvml.NVMLError as exc:
            self.close()
            self._look_again = self._clock() + LOOK_AGAIN_S
            self._failed = Reading(_now(), words.STATES.get(exc.value, State.FAILED), detail=str(exc))
            return self._failed

    def close(self) -> None:
        """Let go of the driver."""
        if self._counters is not None:
            self._counters.close()
        if self._is_open:
            self._is_open = False
            with contextlib.suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()

    @property
    def _nvml(self) -> Any:
        if self._library is None:
            self._library = importlib.import_module("pynvml")  # late: its import costs more than all else here
        return self._library

    def _open(self) -> None:
        if not self._is_open:
            self._nvml.nvmlInit()
            self._is_open = True

    # One reading

    def _read(self) -> Reading:
        driver = words.text(self._value("nvmlSystemGetDriverVersion"))
        cuda = self._value("nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion")
        devices = tuple(self._devices())
        return Reading(_now(), State.READ, driver, cuda and words.cuda_version(cuda), devices)

    def _devices(self) -> Iterator[Device]:
        denied: list[Exception] = []
        count = self._nvml.nvmlDeviceGetCount()
        for index in range(count):
            try:
                yield from self._gpu(index)
            except self._nvml.NVMLError_NoPermission as exc:
                denied.append(exc)  # the count includes other people's devices
        if denied and len(denied) == count:
            raise denied[0]

    def _gpu(self, index: int) -> Sequence[Device]:
        """The device, or the parts that it is divided into."""
        try:
            handle = self._nvml.nvmlDeviceGetHandleByIndex(index)
            whole = self._device(index, handle)
            parts = [self._part(whole, number, part) for number, part in self._parts(handle)]
        except self._nvml.NVMLError as exc:
            if exc.value in _GONE:
                return [Device(index, is_lost=True)]
            raise
        return parts or [whole]

    def _device(self, index: int, handle: Any) -> Device:
        used, total = self._memory(handle)
        load = self._value("nvmlDeviceGetUtilizationRates", of=(handle,))
        milliwatts = self._value("nvmlDeviceGetPowerUsage", of=(handle,))
        bits = self._value(*_THROTTLE, of=(handle,))
        return Device(
            index,
            name=words.text(self._value("nvmlDeviceGetName", of=(handle,))),
            memory_total=total,
            memory_used=used,
            utilization=None if load is None else int(load.gpu),
            temperature=self._value(*_HEAT, of=(handle, self._nvml.NVML_TEMPERATURE_GPU)),
            power=None if milliwatts is None else milliwatts / 1000,
            throttle=None if bits is None else words.throttle_reasons(bits),
            processes=self._processes(handle),
        )

    def _parts(self, handle: Any) -> Iterator[tuple[int, Any]]:
        """The instances of a divided GPU (MIG). Their numbers have gaps."""
        mode = self._value("nvmlDeviceGetMigMode", of=(handle,))
        if not mode or not mode[0]:
            return
        for number in range(self._value("nvmlDeviceGetMaxMigDeviceCount", of=(handle,)) or 0):
            part = self._value("nvmlDeviceGetMigDeviceHandleByIndex", of=(handle, number))
            if part is not None:
                yield number, part

    def _part(self, whole: Device, number: int, handle: Any) -> Device:
        """An instance has memory and programs of its own; heat and power are the whole card's, its use is not told."""
        used, total = self._memory(handle)
        return replace(
            whole,
            instance=number,
            name=words.text(self._value("nvmlDeviceGetName", of=(handle,))) or whole.name,
            memory_total=total,
            memory_used=used,
            utilization=None,
            processes=self._processes(handle),
        )

    def _memory(self, handle: Any) -> tuple[int | None, int | None]:
        """Used and total; newer drivers count what they keep for themselves apart."""
        memory = self._value("nvmlDeviceGetMemoryInfo", of=(handle, self._nvml.nvmlMemory_v2))
        memory = memory or self._value("nvmlDeviceGetMemoryInfo", of=(handle,))
        return (None, None) if memory is None else (int(memory.used), int(memory.total))

    def _processes(self, handle: Any) -> Sequence[GpuProcess] | None:
        compute = self._value(*_COMPUTE, of=(handle,))
        graphics = self._value(*_GRAPHICS, of=(handle,))
        rows = words.merged(compute, graphics, desktop_computes=self._draws_desktop(handle))
        if not rows or self._counters is None or all(row.memory is not None for row in rows):
            return rows
        counted = self._counters.read()
        return tuple(replace(row, memory=counted.get(row.pid)) if row.memory is None else row for row in rows)

    def _draws_desktop(self, handle: Any) -> bool:
        """Does it run under Windows' display driver model, rather than for computing only?"""
        model = self._value("nvmlDeviceGetCurrentDriverModel", of=(handle,)) if self._is_windows else None
        return model is not None and model == self._nvml.NVML_DRIVER_WDDM

    # One value

    def _value(self, *names: str, of: tuple[Any, ...] = ()) -> Any:
        """The answer of the first of these calls that the driver knows; None where it does not tell."""
        for name in names:
            try:
                return getattr(self._nvml, name)(*of)
            except self._nvml.NVMLError as exc:
                if exc.value in _GONE or (exc.value in words.STATES and exc.value != words.NO_PERMISSION):
                    raise
                if exc.value != words.FUNCTION_NOT_FOUND:
                    return None
        return None


def _now() -> datetime:
    return datetime.now(UTC)

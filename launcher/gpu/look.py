"""One look at the GPU: what the driver says, whose programs those are, and what it means."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from launcher.gpu.bounded import PATIENCE_S, NvmlThread, Source
from launcher.gpu.nvml import NvmlSource
from launcher.gpu.owners import Processes, ToolNow, pids_of, with_owners
from launcher.gpu.readings import Reading
from launcher.gpu.system_counters import SystemCounters
from launcher.gpu.verdict import Verdict, verdict

#: Called at each look that found a device, in the thread that looks.
ToolsNow = Callable[[], Sequence[ToolNow]]


@dataclass(frozen=True, slots=True)
class Look:
    """A reading with its verdict."""

    reading: Reading
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """As in the contract."""
        return {**self.reading.to_json(), **self.verdict.to_json()}


class Gpu:
    """The computer's GPUs. Nothing is opened before the first look; a look never takes longer than its patience."""

    def __init__(self, source: Source | None = None, tools_now: ToolsNow = tuple) -> None:
        self._thread = NvmlThread(source or driver_source())
        self._processes = Processes()
        self._tools_now = tools_now

    def look(self, patience_s: float = PATIENCE_S) -> Look:
        """Everything now."""
        reading = self._thread.read(patience_s)
        tools = self._tools_now() if reading.devices else ()
        reading = with_owners(reading, self._processes.look(pids_of(reading)), tools)
        return Look(reading, verdict(reading, tools))

    def close(self) -> bool:
        """Let go of the driver; False if it hangs and does not let go."""
        return self._thread.close()


def driver_source() -> Source:
    """The real driver of this system."""
    return NvmlSource(counters=SystemCounters() if sys.platform == "win32" else None)
